import { createHmac, timingSafeEqual } from "node:crypto";
import type { SynthStack, Template } from "../model/desired.ts";
import { type Problem, UserError, userError } from "../model/errors.ts";
import { describeId, type ObjectKey } from "../model/ids.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { OwnershipRule } from "../model/ownership.ts";
import type { Plan, PlanItem } from "../model/plan.ts";
import type { Secret } from "../model/secrets.ts";
import { TOOL_VERSION } from "./applyset.ts";
import { valueAt } from "./body.ts";
import { canonical } from "./canonical.ts";

/** Version of the file (docs/adr/0005-saved-plan.md). Only this one is read. */
const FORMAT = 1;

/** What a plan file says. Digests are HMAC-SHA256 under a key that the cluster holds; there is no value in it. */
export interface SavedPlan {
  readonly type: "k8sctl-plan";
  readonly format: number;
  readonly k8sctl: string;
  readonly project: string;
  /** Its key in k8sctl.yaml, and the uid of its namespace kube-system. */
  readonly cluster: { readonly name: string; readonly uid: string };
  /** `--stack`; null: all. */
  readonly selected: readonly string[] | null;
  readonly forceConflicts: boolean;
  /** `--take` and `--yield`. */
  readonly ownership: readonly OwnershipRule[];
  readonly stacks: readonly SavedStack[];
  readonly items: readonly SavedItem[];
  /** Over all of the above. */
  readonly seal: string;
}

interface SavedStack {
  readonly name: string;
  /** Digest per variable, and of what the code synthesized. */
  readonly vars: Readonly<Record<string, string>>;
  readonly code: string;
}

interface SavedItem {
  readonly key: ObjectKey;
  readonly stack: string;
  readonly action: PlanItem["action"];
  readonly uid: string | null;
  /** Digest of what each changed field was and becomes, by its path; none for creates, which the code's digest covers. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What a plan is bound to besides its own content. */
export interface Binding {
  readonly key: Secret;
  readonly cluster: SavedPlan["cluster"];
  readonly selected: SavedPlan["selected"];
  readonly forceConflicts: boolean;
  /** `--take` and `--yield`. */
  readonly ownership: readonly OwnershipRule[];
  readonly stacks: readonly SynthStack[];
  /** As seen when planned, for digests of what is not shown. */
  readonly live: ReadonlyMap<ObjectKey, JsonObject>;
}

/** The text of a plan file. Holds no value of the plan, no variable and no path of this machine. */
export function savePlan(plan: Plan, binding: Binding): string {
  const { key, cluster, selected, forceConflicts, ownership } = binding;
  const body: Omit<SavedPlan, "seal"> = {
    type: "k8sctl-plan",
    format: FORMAT,
    k8sctl: TOOL_VERSION,
    project: plan.project,
    cluster,
    selected,
    forceConflicts,
    ownership,
    stacks: binding.stacks.map((stack) => savedStack(stack, key)),
    items: plan.stacks.flatMap((stack) =>
      stack.items.filter((item) => item.action !== "unchanged").map((item) => savedItem(item, binding)),
    ),
  };
  return `${JSON.stringify({ ...body, seal: digest(key, body) }, null, 1)}\n`;
}

/** Throws UserError `plan-file-corrupt` or `plan-file-version`. The seal is not looked at yet: its key is elsewhere. */
export function readSavedPlan(text: string): SavedPlan {
  const document = parse(text);
  if (document["type"] !== "k8sctl-plan" || typeof document["format"] !== "number")
    throw corrupt("it is JSON, but no plan");
  if (document["format"] !== FORMAT || document["k8sctl"] !== TOOL_VERSION) {
    const made = `k8sctl ${String(document["k8sctl"])} (format ${document["format"]})`;
    throw userError("plan-file-version", `the plan was made by ${made}, this is ${TOOL_VERSION} (format ${FORMAT})`, {
      remedy: "plan again with this version",
    });
  }
  const whole =
    typeof document["project"] === "string" &&
    isJsonObject(document["cluster"]) &&
    Array.isArray(document["stacks"]) &&
    Array.isArray(document["items"]) &&
    Array.isArray(document["ownership"]) &&
    typeof document["seal"] === "string";
  if (!whole) throw corrupt("parts of it are missing");
  return document as unknown as SavedPlan;
}

/**
 * Whether the file is as it was written, and whether code and variables are what they were. Throws UserError
 * `plan-file-edited`, `plan-vars-changed` or `plan-code-changed`.
 */
export function checkSaved(saved: SavedPlan, { key, stacks }: Pick<Binding, "key" | "stacks">): void {
  const { seal, ...body } = saved;
  const expected = Buffer.from(digest(key, body));
  const given = Buffer.from(seal);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
    throw userError("plan-file-edited", "the plan file was changed after it was written, or its key was", {
      remedy: "plan again with `k8sctl plan --out`",
    });
  }
  const problems = stacks.flatMap((stack): Problem[] => {
    const was = saved.stacks.find(({ name }) => name === stack.name);
    const now = savedStack(stack, key);
    if (was === undefined) return [codeProblem("plan-code-changed", `stack ${stack.name} is not in the plan`)];
    const names = [...new Set([...Object.keys(was.vars), ...Object.keys(now.vars)])];
    const changed = names.filter((name) => was.vars[name] !== now.vars[name]);
    if (changed.length > 0)
      return [
        codeProblem(
          "plan-vars-changed",
          `stack ${stack.name}: ${changed.join(", ")} ${changed.length === 1 ? "is" : "are"} not as planned`,
        ),
      ];
    if (was.code === now.code) return [];
    return [codeProblem("plan-code-changed", `the code of stack ${stack.name} is not what was planned`)];
  });
  for (const { name } of saved.stacks) {
    if (!stacks.some((stack) => stack.name === name))
      problems.push(codeProblem("plan-code-changed", `stack ${name} is no longer in the project`));
  }
  if (problems.length > 0) throw new UserError(problems);
}

/**
 * Throws UserError `plan-outdated`, one problem for each object and field, where a plan made now would do anything else
 * than the saved one. What has been done by somebody in the meantime, or changed without being touched by the plan, is
 * no difference.
 */
export function checkOutdated(saved: SavedPlan, plan: Plan, binding: Binding): void {
  const before = new Map(saved.items.map((item) => [item.key, item]));
  const problems: Problem[] = [];
  for (const item of plan.stacks.flatMap((stack) => stack.items)) {
    if (item.action === "unchanged" || item.action === "forget") continue;
    const now = savedItem(item, binding);
    for (const what of outdated(before.get(item.key), now)) problems.push(outdatedProblem(item, what));
  }
  if (problems.length > 0) throw new UserError(problems);
}

function outdated(was: SavedItem | undefined, now: SavedItem): string[] {
  if (was === undefined) {
    const fields = Object.keys(now.fields);
    if (fields.length === 0) return [`the plan did not touch it, now it would ${now.action} it`];
    return fields.map((path) => `${path} has changed since the plan was made`);
  }
  if (was.uid !== now.uid) {
    if (was.uid === null) return ["it did not exist when the plan was made, and does now"];
    return [now.uid === null ? "it is gone since the plan was made" : "it was made anew since the plan was made"];
  }
  if (was.action !== now.action) return [`the plan was to ${was.action} it, now it would ${now.action} it`];
  return Object.keys(now.fields)
    .filter((path) => was.fields[path] !== now.fields[path])
    .map((path) => `${path} has changed since the plan was made`);
}

function outdatedProblem(item: PlanItem, what: string): Problem {
  return {
    code: "plan-outdated",
    message: `${describeId(item.id)}: ${what}`,
    ...(item.origin?.position === undefined ? {} : { position: item.origin.position }),
    remedy: "look at it, and plan again with `k8sctl plan --out`",
    severity: "error",
  };
}

function codeProblem(code: string, message: string): Problem {
  const remedy =
    code === "plan-vars-changed"
      ? "give the values of then, by --var and in k8sctl.yaml, or plan again"
      : "plan again: a saved plan is applied with the very code it was made from";
  return { code, message, remedy, severity: "error" };
}

function savedStack(stack: SynthStack, key: Secret): SavedStack {
  const vars = Object.entries(stack.vars).map(([name, value]) => [name, digest(key, ["var", name, value])]);
  return { name: stack.name, vars: Object.fromEntries(vars), code: digest(key, ["code", stack.after, stack.json]) };
}

function savedItem(item: PlanItem, { key, live }: Pick<Binding, "key" | "live">): SavedItem {
  const { action, stack, uid } = item;
  const saved = { key: item.key, stack, action, uid };
  if (action === "create" || action === "delete" || action === "forget") return { ...saved, fields: {} };
  const shown = item.changes.map(({ path, before, after }) => [path, digest(key, [path, before, after])] as const);
  const now = (live.get(item.key) ?? {}) as Template;
  // What is not shown is digested from the object itself: a changed secret is a change too.
  const hidden = hiddenPaths(item).map((path) => {
    const name = path.join(".");
    return [`${name} (sensitive)`, digest(key, [name, valueAt(now, path) ?? null])] as const;
  });
  return { ...saved, fields: Object.fromEntries([...shown, ...hidden]) };
}

/** Sensitive values that the apply would write over. */
function hiddenPaths(item: PlanItem): (string | number)[][] {
  if (item.id.group !== "" || item.id.kind !== "Secret") return item.sensitive.map((path) => [...path]);
  const data = item.sent?.["data"];
  return isJsonObject(data) ? Object.keys(data).map((key) => ["data", key]) : [];
}

function digest(key: Secret, value: unknown): string {
  return createHmac("sha256", Buffer.from(key.reveal(), "base64")).update(canonical(value)).digest("base64url");
}

function parse(text: string): { [key: string]: unknown } {
  try {
    const document: unknown = JSON.parse(text);
    if (isJsonObject(document)) return document;
  } catch {
    // Said below: what stands in it may be anything, and is not quoted.
  }
  throw corrupt("it is not a JSON document");
}

function corrupt(what: string): Error {
  return userError("plan-file-corrupt", `this plan file cannot be read: ${what}`, {
    remedy: "plan again with `k8sctl plan --out`",
  });
}
