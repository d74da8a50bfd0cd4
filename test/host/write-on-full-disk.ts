/** Run by files.test.ts on a tiny file system: writes what fits, then what does not, and prints what came of it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { diskFiles } from "../../src/host/files.ts";

const folder = process.argv[2]!;
const path = join(folder, "state.json");
await diskFiles.write(path, "old", 0o600);
const error = await diskFiles.write(path, "x".repeat(1 << 20), 0o600).catch((e) => e);
console.log(JSON.stringify({ problems: error.problems, text: readFileSync(path, "utf8"), names: readdirSync(folder) }));
