import { isDeepStrictEqual } from "node:util";
import { displayPath } from "../fields/display.ts";
import { fieldElement } from "../fields/path-element.ts";
import type { Desired } from "../model/desired.ts";
import type { ObjectKey } from "../model/ids.ts";
import { objectKey } from "../model/ids.ts";
import { assertNever } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Observed, Refusal } from "../model/observed.ts";
import type { OwnershipRule } from "../model/ownership.ts";
import type { FieldChange, PlanItem } from "../model/plan.ts";
import { deprecationOf } from "../schema/deprecations.ts";
import { appliedDigest, causeUnderSameCode } from "./applied.ts";
import { PART_OF_LABEL } from "./applyset.ts";
import { belongingOf } from "./belonging.ts";
import { bodyOf, type TemplateObject } from "./body.ts";
import { changesBetween, changesOfCreate } from "./changes.ts";
import { consequencesOf } from "./consequences.ts";
import type { customTypesOf } from "./custom-types.ts";
import { dryRunDefaults } from "./defaulted.ts";
import { isImmutableRefusal } from "./immutable.ts";
import { replaced } from "./immutable-change.ts";
import { conflictingManagers, isDrift } from "./ownership.ts";
import { takesAll } from "./ownership-rules.ts";
import { managerOf } from "./parts.ts";
import { predicted } from "./predicted.ts";
import { givesUp, isFormer } from "./takeover.ts";
import { withVersionRules } from "./version-change.ts";

/** What the plan of one object looks at. */
export interface ItemInput {
  readonly observed: ReadonlyMap<ObjectKey, Observed>;
  readonly bodies: ReadonlyMap<ObjectKey, TemplateObject>;
  /** Stack name -> ApplySet id, of the stacks in the plan. */
  readonly applySets: ReadonlyMap<string, string>;
  /** ApplySet id -> stack, of every stack of the project that is known, in the plan or not. */
  readonly setOwners: ReadonlyMap<string, string>;
  readonly fieldManager: string;
  readonly forceConflicts: boolean;
  /** Fields that others may own. */
  readonly ownership?: readonly OwnershipRule[];
  /** "STACK KEY" -> digest of what was applied last. */
  readonly applied: ReadonlyMap<string, string>;
}

/** What is to be done to one wanted object, by what was seen of it. */
export function itemOf(desired: Desired, input: ItemInput, custom: ReturnType<typeof customTypesOf>): PlanItem {
  return withStacksWords(actionOf(desired, input, custom), desired);
}

function withStacksWords(item: PlanItem, desired: Desired): PlanItem {
  const { duringRestart: meanwhile, warnOnChange, versionRules = [] } = desired;
  const changes = ["create", "update", "adopt", "replace"].includes(item.action);
  const warnings = warnOnChange !== undefined && changes ? [...item.warnings, warnOnChange] : item.warnings;
  const told = withVersionRules({ ...item, warnings }, versionRules);
  if (meanwhile === undefined) return told;
  const consequences = told.consequences.map((each) => (each.type === "restarts-pods" ? { ...each, meanwhile } : each));
  return { ...told, consequences };
}

function actionOf(desired: Desired, input: ItemInput, custom: ReturnType<typeof customTypesOf>): PlanItem {
  const key = objectKey(desired.id);
  const seen = input.observed.get(key);
  const sent = input.bodies.get(key) ?? bodyOf(desired, null, input.applySets.get(desired.origin.stack) ?? "", false);
  const deprecated = deprecationOf(String(desired.object["apiVersion"]), desired.id.kind);
  const base: PlanItem = {
    id: desired.id,
    key,
    action: "create",
    stack: desired.origin.stack,
    origin: desired.origin,
    sent,
    sensitive: desired.sensitive,
    apiVersion: String(desired.object["apiVersion"]),
    uid: seen?.live?.metadata.uid ?? null,
    changes: [],
    consequences: [],
    prediction: null,
    refusal: null,
    warnings: deprecated === null ? [] : [deprecated],
    why: "",
    dependsOn: desired.dependsOn,
    lifecycle: desired.lifecycle,
    wait: desired.wait,
    force: false,
  };
  if (seen === undefined) return predicted(base, desired, { because: "cluster-missing" }, custom);
  const { answer, live } = seen;
  if (live !== null && desired.id.part === undefined) {
    const standing = standingOf(base, live, input);
    if (standing !== null) return standing;
  }
  switch (answer.type) {
    case "proved-unchanged":
      return { ...base, action: "unchanged" };
    case "predicted":
      return predicted(base, desired, answer.prediction, custom);
    case "dry-run":
      if (live === null)
        return {
          ...base,
          changes: changesOfCreate(desired, sent),
          defaults: dryRunDefaults(desired, sent, answer.result),
          warnings: joined(base.warnings, answer.warnings),
        };
      return {
        ...changed(base, desired, seen, live, answer.result, joined(base.warnings, answer.warnings), input),
        ...(answer.ownsStrategyFirst ? { ownsStrategyFirst: true } : {}),
      };
    case "conflict": {
      if (answer.forced === null || live === null) return { ...base, action: "blocked", refusal: answer.refusal };
      const drift = seen.owned && isDrift(live, answer.refusal, managerOf(input.fieldManager, desired.id));
      const item = changed(base, desired, seen, live, answer.forced, [], input);
      const taken = drift || desired.force || takesAll(desired, item.changes, input.ownership ?? []);
      if (input.forceConflicts || taken || (item.action === "adopt" && areFormer(live, answer.refusal)))
        return { ...item, action: item.action === "unchanged" ? "update" : item.action, force: true };
      return {
        ...item,
        action: "blocked",
        refusal: answer.refusal,
        why: "another manager owns a field; --take FIELD or --force-conflicts takes it",
      };
    }
    case "refused":
      if (live !== null && desired.id.part === undefined && isImmutableRefusal(answer.refusal))
        return replaced(base, desired, seen, live, answer.refusal, managerOf(input.fieldManager, desired.id));
      return { ...base, action: "blocked", refusal: answer.refusal, why: answer.refusal.message };
    default:
      return assertNever(answer);
  }
}

/** What tools that give an object up wrote otherwise goes with its adoption, as the plan shows. */
function areFormer(live: KubeObject, refusal: Refusal): boolean {
  const entries = live.metadata.managedFields ?? [];
  return conflictingManagers(refusal).every((manager) => {
    const claims = entries.filter((entry) => entry.manager === manager && entry.subresource !== "status");
    return claims.length > 0 && claims.every(givesUp);
  });
}

/** The server's own words come first; ours are for what no dry run has said. */
function joined(ours: readonly string[], servers: readonly string[]): readonly string[] {
  return servers.length > 0 ? servers : ours;
}

/** Objects that must not be applied to as they stand, whatever a dry run says; null for all others. */
function standingOf(base: PlanItem, live: KubeObject, input: ItemInput): PlanItem | null {
  const belonging = belongingOf(live, input.applySets.get(base.stack) ?? "", input.setOwners);
  if (belonging.type === "foreign") {
    return {
      ...base,
      action: "blocked",
      why: `it belongs to ${belonging.owner}; \`k8sctl state rm\` there gives it up`,
    };
  }
  if (belonging.type === "stack" && !input.applySets.has(belonging.stack)) {
    return { ...base, action: "blocked", why: `it belongs to stack ${belonging.stack}, which is not part of this run` };
  }
  if (live.metadata.deletionTimestamp === undefined) return null;
  const message = "it is being deleted, and is made anew when it is gone";
  return { ...base, action: "replace", consequences: [{ type: "replace", fields: [], message }] };
}

function changed(
  base: PlanItem,
  desired: Desired,
  seen: Observed,
  live: KubeObject,
  result: KubeObject,
  warnings: readonly string[],
  input: ItemInput,
): PlanItem {
  const found = changesBetween(desired, live, result, base.sent ?? {}, managerOf(input.fieldManager, desired.id));
  if (desired.id.part !== undefined) return changedPart(base, seen, live, found, warnings);
  const own = input.applySets.get(base.stack) ?? "";
  const belonging = belongingOf(live, own, input.setOwners);
  if (belonging.type === "stack") {
    const why = `moves here from stack ${belonging.stack}`;
    return { ...base, action: "update", changes: found, consequences: consequencesOf(live, found), warnings, why };
  }
  if (!seen.owned) {
    const former = (live.metadata.managedFields ?? []).filter(isFormer).map((entry) => entry.manager ?? "");
    const takesOver = [...new Set(former)];
    const gives = (live.metadata.managedFields ?? []).filter(givesUp).map((entry) => entry.manager ?? "");
    const changes = found.map((change) => ofAdoption(change, gives));
    const why = takesOver.length === 0 ? "" : `exists already; taken over from ${takesOver.join(", ")}`;
    return { ...base, action: "adopt", changes, consequences: consequencesOf(live, changes), warnings, why, takesOver };
  }
  const drifted = isAppliedAgain(base, input) ? found.map(causeUnderSameCode) : found;
  const changes = belonging.type === "nobody" ? [...drifted, labelAgain(own)] : drifted;
  const consequences = consequencesOf(live, changes);
  if (changes.length > 0) return { ...base, action: "update", changes, consequences, warnings };
  const claims = holdsMore(live, result, input.fieldManager);
  return { ...base, action: "unchanged", warnings, ...(claims ? { claims } : {}) };
}

/** Whether the very body that is to be sent was applied last. */
function isAppliedAgain({ stack, key, sent, sensitive }: PlanItem, { applied }: ItemInput): boolean {
  const last = applied.get(`${stack} ${key}`);
  return last !== undefined && sent !== null && appliedDigest(sent, sensitive) === last;
}

/** Whether the apply would give our manager other fields than it has, although no value changes. */
function holdsMore(live: KubeObject, result: KubeObject, manager: string): boolean {
  const own = ({ metadata: { managedFields = [] } }: KubeObject) =>
    managedFields.find((entry) => entry.manager === manager && entry.operation === "Apply")?.fieldsV1;
  return !isDeepStrictEqual(own(live), own(result));
}

/**
 * Nothing of what was never ours is drift: the stack's word takes the place of what a tool wrote that gives the object
 * up, and any other writer is the owner, from whom `--take` takes.
 */
function ofAdoption(change: FieldChange, gives: readonly string[]): FieldChange {
  const { cause } = change;
  if (cause.type !== "drift" || cause.manager === "") return change;
  return {
    ...change,
    cause: gives.includes(cause.manager) ? { type: "config" } : { type: "conflict", manager: cause.manager },
  };
}

/** Somebody took the label off an object that our inventory holds. */
function labelAgain(set: string): FieldChange {
  return {
    path: displayPath(["metadata", "labels", PART_OF_LABEL].map(fieldElement)),
    before: { kind: "absent" },
    after: { kind: "value", value: set },
    cause: { type: "drift", manager: "", time: null },
  };
}

/** A part is new until its manager holds something of the object, whoever owns the object itself. */
function changedPart(
  base: PlanItem,
  seen: Observed,
  live: KubeObject,
  changes: readonly FieldChange[],
  warnings: readonly string[],
): PlanItem {
  const action = !seen.owned ? "create" : changes.length > 0 ? "update" : "unchanged";
  return { ...base, action, changes, consequences: consequencesOf(live, changes), warnings };
}
