import type { KubeObject } from "../model/objects.ts";
import { PART_OF_LABEL } from "./applyset.ts";

/** Whose an object is, by its part-of label (KEP-3659: a member of another set must not be taken). */
export type Belonging =
  | { readonly type: "nobody" }
  | { readonly type: "own" }
  /** Of another stack of this project. */
  | { readonly type: "stack"; readonly stack: string }
  /** Of another project or another tool. `owner` is for people: `project shop`, or the set's id. */
  | { readonly type: "foreign"; readonly owner: string };

/** `stacks`: ApplySet id -> stack, of all stacks of the project that are known. */
export function belongingOf(live: KubeObject, own: string, stacks: ReadonlyMap<string, string>): Belonging {
  const set = live.metadata.labels?.[PART_OF_LABEL];
  if (set === undefined || set === "") return { type: "nobody" };
  if (set === own) return { type: "own" };
  const stack = stacks.get(set);
  if (stack !== undefined) return { type: "stack", stack };
  return { type: "foreign", owner: projectOf(live) ?? `the ApplySet ${set}` };
}

/** The label's applier names the project: our field manager is `k8sctl:<project>`. */
function projectOf(live: KubeObject): string | null {
  for (const { manager = "", fieldsV1 } of live.metadata.managedFields ?? []) {
    const labels = (fieldsV1?.["f:metadata"] as { "f:labels"?: object } | undefined)?.["f:labels"] ?? {};
    if (!Object.hasOwn(labels, `f:${PART_OF_LABEL}`)) continue;
    return manager.startsWith("k8sctl:") ? `project ${manager.slice("k8sctl:".length)}` : manager;
  }
  return null;
}
