/**
 * Distills recorded histories of a real cluster (NDJSON, one scenario a file) into what test/embedded/histories plays
 * and compares: `jiti scripts/tell-histories.ts FOLDER`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { tell } from "../test/embedded/histories/tell.ts";

const [from = ""] = process.argv.slice(2);
const to = new URL("../test/fixtures/histories-told/", import.meta.url).pathname;
mkdirSync(to, { recursive: true });
for (const file of readdirSync(from).filter((name) => name.endsWith(".ndjson"))) {
  const [head, ...lines] = readFileSync(join(from, file), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  const { scenario, description, serverVersion, manifest, durationMs, watched } = head;
  const actions = lines.filter((line) => "action" in line).map(({ response: _, ...action }) => action);
  const told = tell(
    lines.filter((line) => "object" in line && "type" in line),
    manifest,
  );
  const text = stringify(
    { scenario, description, serverVersion, durationMs, watched, manifest, actions, told },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  writeFileSync(join(to, file.replace(".ndjson", ".yaml")), text);
}
