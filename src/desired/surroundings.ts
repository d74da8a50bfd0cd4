import { type Results, Unknown } from "../model/desired.ts";
import { FILES, PLAN_TIMESTAMP, TIMESTAMP } from "./expression/ambient.ts";
import type { Reference } from "./expression/scope.ts";
import type { Value } from "./expression/value.ts";
import { members } from "./members.ts";
import { textOf } from "./time-values.ts";

/** The contents of a file that a stack reads, by a path from the project's root or an absolute one; null where there is none. */
export type FileReader = (path: string, stack: string) => Uint8Array | null;

/** What a name means that no stack declares: files, times, the workspace and its paths; undefined for any other name. */
export function surroundingName(
  name: string,
  results: Results,
  files: (path: string) => Uint8Array | null,
): Reference | Value | undefined {
  switch (name) {
    case "terraform":
      return { workspace: "default" };
    case "path":
      return { module: ".", root: ".", cwd: "." };
    case FILES:
      return members("file", null, (path) => {
        const bytes = files(path);
        return bytes === null ? null : Buffer.from(bytes).toString("base64");
      });
    // The time of the apply, and of the plan: neither is known before.
    case TIMESTAMP:
      return timeOr(results.applied, name);
    case PLAN_TIMESTAMP:
      return timeOr(results.now, name);
  }
  return undefined;
}

function timeOr(ms: number | undefined, name: string): Value {
  return ms === undefined ? new Unknown("", [name], false) : textOf(ms);
}
