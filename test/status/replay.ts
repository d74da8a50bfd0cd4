import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { objectKey } from "../../src/model/ids.ts";
import { idOf, type KubeObject } from "../../src/model/objects.ts";
import type { ObjectStatus, Verdict } from "../../src/model/status.ts";
import { leanEvent, leanPod } from "../../src/run/lean.ts";
import { type LogTarget, objectStatus, type Related, verdictOf } from "../../src/status/index.ts";

type Line =
  | { readonly t: number; readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  | {
      readonly t: number;
      readonly action: string;
      readonly of?: string;
      readonly logs?: Logs;
      readonly previousLogs?: Logs;
    };

/** `pod/container` -> text. */
type Logs = Readonly<Record<string, string>>;

export interface Frame {
  readonly t: number;
  readonly object: KubeObject;
  readonly status: ObjectStatus;
  readonly verdict: Verdict | null;
  readonly related: Related;
  readonly now: number;
}

const folder = new URL("../fixtures/histories/", import.meta.url);

interface History {
  readonly description: string;
  readonly lines: readonly Line[];
  readonly durationMs: number;
  /** Local time of `t` = 0: stamps in the recording are absolute, the first creations tie them to `t`. */
  readonly start: number;
}

const read = new Map<string, History>();

function readHistory(scenario: string): History {
  const known = read.get(scenario);
  if (known) return known;
  const text = readFileSync(new URL(`${scenario}.ndjson`, folder), "utf8");
  const [head, ...lines] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  const created = lines
    .filter((line) => line.type === "ADDED" && line.object.metadata.creationTimestamp)
    .slice(0, 3)
    .map((line) => Date.parse(line.object.metadata.creationTimestamp) - line.t);
  const history = { ...head, lines, start: Math.max(...created) };
  read.set(scenario, history);
  return history;
}

export function scenarios(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ndjson"))
    .map((file) => file.replace(/\.ndjson$/, ""))
    .sort();
}

/** Names an object within a scenario: `Deployment/web`. */
const nameOf = (object: KubeObject) => `${object.kind}/${object.metadata.name}`;

/**
 * Judges one object (`Deployment/web`) after each line of a recorded history, and once a second between them, as a run
 * would that begins with each apply of it. `skew`: ms by which the cluster's clock is ahead of ours, and we know it.
 */
export function replay(scenario: string, main: string, skew = 0): readonly Frame[] {
  const key = `${scenario} ${main} ${skew}`;
  const known = replayed.get(key) ?? judgeAll(scenario, main, skew);
  replayed.set(key, known);
  return known;
}

const replayed = new Map<string, readonly Frame[]>();

function judgeAll(scenario: string, main: string, skew: number): readonly Frame[] {
  const { lines, durationMs, start } = readHistory(scenario);
  const objects = new Map<string, KubeObject>();
  const frames: Frame[] = [];
  let firstSeen = start - skew;
  const judge = (t: number) => {
    const all = [...objects.values()];
    const object = all.find((each) => nameOf(each) === main);
    if (object === undefined) return;
    const related: Related = {
      pods: all.filter((each) => each.kind === "Pod"),
      events: all.filter((each) => each.kind === "Event"),
      firstSeen,
      clockAhead: skew,
    };
    const now = start + t - skew;
    const status = objectStatus(object, related, now);
    frames.push({ t, object, status, verdict: verdictOf(object, related, now), related, now });
  };
  let clock = 1000;
  for (const line of lines) {
    for (; clock < Math.min(line.t, durationMs); clock += 1000) judge(clock);
    if ("action" in line) {
      if (line.action === "logs") continue;
      if (line.of === main && line.action === "apply") firstSeen = start + line.t - skew;
      continue;
    }
    const key = objectKey(idOf(line.object));
    const kept = lean(line.object);
    if (line.type === "DELETED") objects.delete(key);
    else if (kept !== null) objects.set(key, kept);
    judge(line.t);
  }
  for (; clock <= durationMs; clock += 1000) judge(clock);
  return frames;
}

/** What a run keeps of what it watches. */
function lean(object: KubeObject): KubeObject | null {
  return object.kind === "Pod" ? leanPod(object) : object.kind === "Event" ? leanEvent(object) : object;
}

/** `progressing Unschedulable` and the like, each as often as it changed. */
export function phases(frames: readonly Frame[]): readonly string[] {
  const words = frames.map(({ status }) => `${status.phase} ${status.reason}`.trim());
  return words.filter((word, index) => word !== words[index - 1]);
}

/** `1.2 progressing 0/3 CrashLoopBackOff`: second, phase, counts and reason, a row whenever one of these changes. */
export function timeline(frames: readonly Frame[]): readonly string[] {
  const rows: string[] = [];
  let before = "";
  for (const { t, status } of frames) {
    const { phase, ready, total, reason } = status;
    const words = [phase, total === null ? "" : `${ready}/${total}`, reason].filter((word) => word !== "").join(" ");
    if (words !== before) rows.push(`${(t / 1000).toFixed(1)} ${words}`);
    before = words;
  }
  return rows;
}

/** The lines that the recording holds for a verdict; those of the run before where the newest run has none. */
export function recordedLog(scenario: string, target: LogTarget | null): string {
  const end = readHistory(scenario).lines.at(-1);
  if (target === null || end === undefined || !("action" in end)) return "";
  const of = `${target.pod}/${target.container}`;
  return end.logs?.[of] || end.previousLogs?.[of] || "";
}

/** What is written down for one scenario. */
interface Expected {
  /** Object -> rows of its timeline. */
  readonly timelines: Readonly<Record<string, readonly string[]>>;
  /** Object -> the paragraph that is printed when it first counts as failed. */
  readonly verdicts?: Readonly<Record<string, string>>;
}

export function expected(scenario: string): Expected {
  const text = readFileSync(new URL(`expected/${scenario}.yaml`, import.meta.url), "utf8");
  return parse(text);
}

/** All states of the objects of a kind, in order. */
export function recorded(scenario: string, kind: string, name: RegExp): readonly KubeObject[] {
  return readHistory(scenario).lines.flatMap((line) =>
    "object" in line && line.object.kind === kind && line.type !== "DELETED" && name.test(line.object.metadata.name)
      ? [line.object]
      : [],
  );
}
