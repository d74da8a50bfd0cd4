import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Script } from "./play.ts";
import type { Told } from "./tell.ts";

const folder = new URL("../../fixtures/histories-told/", import.meta.url);

export const scenarios: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.replace(/\.yaml$/, ""))
  .sort();

/** What was done in a recorded scenario, and what became of it. */
export function readScript(scenario: string): Script & { readonly told: Told; readonly watched?: readonly string[] } {
  return parse(readFileSync(new URL(`${scenario}.yaml`, folder), "utf8"));
}
