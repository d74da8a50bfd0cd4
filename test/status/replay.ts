import { readFileSync } from "node:fs";
import { objectKey } from "../../src/model/ids.ts";
import { idOf, type KubeObject } from "../../src/model/objects.ts";
import type { ObjectStatus, Verdict } from "../../src/model/status.ts";
import { objectStatus, type Related, verdictOf } from "../../src/status/index.ts";

interface Line {
  readonly t: number;
  readonly kind?: string;
  readonly type?: "ADDED" | "MODIFIED" | "DELETED";
  readonly object?: KubeObject;
}

interface Frame {
  readonly t: number;
  readonly status: ObjectStatus;
  readonly verdict: Verdict | null;
  readonly lagging: boolean;
}

const folder = new URL("../fixtures/histories/", import.meta.url);

function readHistory(scenario: string): { readonly lines: readonly Line[]; readonly durationMs: number } {
  const text = readFileSync(new URL(`${scenario}.ndjson`, folder), "utf8");
  const [head, ...lines] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return { lines, durationMs: head.durationMs };
}

/** Judges one object (`Deployment/web`) after each line of a recorded history, and once a second between them. */
export function replay(scenario: string, main: string): readonly Frame[] {
  const { lines, durationMs } = readHistory(scenario);
  const objects = new Map<string, KubeObject>();
  // Stamps in the recording are absolute: the first creation ties them to `t`.
  const start = Math.max(
    ...lines
      .filter((line) => line.type === "ADDED" && line.object?.metadata.creationTimestamp)
      .slice(0, 3)
      .map((line) => Date.parse(line.object?.metadata.creationTimestamp ?? "") - line.t),
  );
  const frames: Frame[] = [];
  const judge = (t: number) => {
    const all = [...objects.values()];
    const object = all.find((each) => `${each.kind}/${each.metadata.name}` === main);
    if (object === undefined) return;
    const related: Related = {
      pods: all.filter((each) => each.kind === "Pod"),
      events: all.filter((each) => each.kind === "Event"),
      firstSeen: start,
    };
    const now = start + t;
    const observed = (object["status"] as { observedGeneration?: number } | undefined)?.observedGeneration ?? 0;
    frames.push({
      t,
      status: objectStatus(object, related, now),
      verdict: verdictOf(object, related, now),
      lagging: observed < (object.metadata.generation ?? 0),
    });
  };
  let clock = 1000;
  for (const line of lines) {
    for (; clock < line.t; clock += 1000) judge(clock);
    const object = line.object;
    if (object === undefined || line.type === undefined) continue;
    const key = objectKey(idOf(object));
    if (line.type === "DELETED") objects.delete(key);
    else objects.set(key, object);
    judge(line.t);
  }
  for (; clock <= durationMs; clock += 1000) judge(clock);
  return frames;
}

/** `progressing Unschedulable` and the like, each as often as it changed. */
export function phases(frames: readonly Frame[]): readonly string[] {
  const words = frames.map(({ status }) => `${status.phase} ${status.reason}`.trim());
  return words.filter((word, index) => word !== words[index - 1]);
}

/** All states of the objects of a kind, in order. */
export function recorded(scenario: string, kind: string, name: RegExp): readonly KubeObject[] {
  return readHistory(scenario).lines.flatMap((line) =>
    line.object?.kind === kind && line.type !== "DELETED" && name.test(line.object.metadata.name) ? [line.object] : [],
  );
}
