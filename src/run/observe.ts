import { provesUnchanged } from "../fields/proof.ts";
import type { Desired, FieldPath } from "../model/desired.ts";
import { KubeError } from "../model/errors.ts";
import type { ObjectId, ObjectKey } from "../model/ids.ts";
import { describeId, objectKey, typeOf, wholeOf } from "../model/ids.ts";
import type { Inventory, InventoryEntry } from "../model/inventory.ts";
import type { KubeObject, ResourceType } from "../model/objects.ts";
import { idOf } from "../model/objects.ts";
import type { Observed, ObservedAnswer, Refusal } from "../model/observed.ts";
import { PART_OF_LABEL } from "../plan/applyset.ts";
import type { TemplateObject } from "../plan/body.ts";
import { askableBody, bodyOf, unknownsOf, yieldReplicas } from "../plan/body.ts";
import { onlyAutoscaled } from "../plan/ownership.ts";
import { hasApplied, managerOf } from "../plan/parts.ts";
import { afterTakeover } from "../plan/takeover.ts";
import type { Kube } from "../ports.ts";
import { mapLimit } from "./map-limit.ts";
import { Scrubber } from "./scrub.ts";

export interface ObserveInput {
  readonly desired: readonly Desired[];
  readonly inventories: readonly Inventory[];
  /** Stack name -> ApplySet id. */
  readonly applySets: ReadonlyMap<string, string>;
  readonly fieldManager: string;
  readonly force: boolean;
  readonly parallelism: number;
}

export interface Observation {
  readonly observed: ReadonlyMap<ObjectKey, Observed>;
  /** Body that was asked about and will be sent, by key; may hold unknowns. */
  readonly bodies: ReadonlyMap<ObjectKey, TemplateObject>;
  /** Live objects of inventory entries that are no longer desired; null: gone. */
  readonly leftovers: ReadonlyMap<ObjectKey, KubeObject | null>;
}

/**
 * Asks the cluster about every desired object and every inventory entry. One list per kind over the members of the
 * project's ApplySets; a dry run only where "unchanged" cannot be proved; a get only for what a list could not show.
 */
export async function observe(kube: Kube, input: ObserveInput): Promise<Observation> {
  const types = await kube.resourceTypes();
  const served = new Map(types.map((type) => [`${type.group}/${type.version}/${type.kind}`, type]));
  const byGroupKind = new Map(types.map((type) => [`${type.group}/${type.kind}`, type]));
  const live = await listMembers(kube, input, served, byGroupKind);
  const wanted = new Set(input.desired.map((d) => objectKey(d.id)));
  const namespaces = new Set(input.desired.filter((d) => isNamespace(d.id)).map((d) => d.id.name));
  const missing = await missingNamespaces(kube, input, namespaces, live);
  const autoscaled = autoscaledKeys(input.desired);
  const inventory = new Map(input.inventories.flatMap((inv) => inv.entries.map((e) => [objectKey(e.id), e] as const)));
  const own = new Map(
    input.inventories.flatMap((inv) => inv.entries.map((e) => [`${inv.stack} ${objectKey(e.id)}`, e] as const)),
  );

  const observed = new Map<ObjectKey, Observed>();
  const bodies = new Map<ObjectKey, TemplateObject>();
  await mapLimit(input.desired, input.parallelism, async (desired) => {
    const key = objectKey(desired.id);
    const apiVersion = String(desired.object["apiVersion"]);
    const type = served.get(`${typeKey(apiVersion, desired.id.kind)}`);
    const applySet = input.applySets.get(desired.origin.stack) ?? "";
    const entry = own.get(`${desired.origin.stack} ${key}`);
    const { part } = desired.id;
    const manager = managerOf(input.fieldManager, desired.id);
    let known = live.get(part === undefined ? key : objectKey(wholeOf(desired.id))) ?? null;
    let answer: ObservedAnswer;
    let body = bodyOf(desired, known, applySet, autoscaled.has(key));
    if (type === undefined) {
      answer = {
        type: "predicted",
        prediction: { because: "type-missing", group: desired.id.group, kind: desired.id.kind },
      };
    } else if (missing.has(desired.id.namespace)) {
      answer = { type: "predicted", prediction: { because: "namespace-missing", namespace: desired.id.namespace } };
    } else {
      if (part !== undefined) known ??= await kube.get({ ...type, ...place(desired.id) });
      const asked =
        part !== undefined && known === null
          ? { answer: missingWhole(desired, wanted), exists: false }
          : await ask(kube, manager, type, body, known, desired.sensitive);
      if (known === null && asked.exists) {
        known = await kube.get({ ...type, namespace: desired.id.namespace, name: desired.id.name });
        const again = bodyOf(desired, known, applySet, autoscaled.has(key));
        answer =
          JSON.stringify(again) === JSON.stringify(body)
            ? asked.answer
            : (await ask(kube, manager, type, again, known, desired.sensitive)).answer;
        body = again;
      } else answer = asked.answer;
      if (known !== null && answer.type === "conflict" && onlyAutoscaled(known, answer.refusal)) {
        yieldReplicas(body, known);
        answer = (await ask(kube, manager, type, body, known, desired.sensitive)).answer;
      }
    }
    const owned = isOwned(known, applySet, entry, manager, desired.id);
    if (!owned && part === undefined) answer = adopted(answer, askableBody(body, known), input.fieldManager);
    bodies.set(key, body);
    observed.set(key, { id: desired.id, live: known, owned, answer });
  });

  const leftovers = new Map<ObjectKey, KubeObject | null>();
  const left = [...inventory].filter(([key]) => !wanted.has(key));
  await mapLimit(left, input.parallelism, async ([key, entry]) => {
    const type = byGroupKind.get(`${entry.id.group}/${entry.id.kind}`);
    const found = live.get(key) ?? (type === undefined ? null : await kube.get({ ...type, ...place(entry.id) }));
    leftovers.set(key, found);
  });
  return { observed, bodies, leftovers };
}

function place(id: ObjectId): { namespace: string; name: string } {
  return { namespace: id.namespace, name: id.name };
}

function typeKey(apiVersion: string, kind: string): string {
  const type = typeOf(apiVersion, kind);
  return `${type.group}/${type.version}/${type.kind}`;
}

function isNamespace(id: ObjectId): boolean {
  return id.group === "" && id.kind === "Namespace" && id.part === undefined;
}

/** A part of an object that is not there: this plan makes it, the cluster does, or nobody. */
function missingWhole({ id, origin }: Desired, wanted: ReadonlySet<ObjectKey>): ObservedAnswer {
  const comes = wanted.has(objectKey(wholeOf(id))) || (id.kind === "ServiceAccount" && id.name === "default");
  if (comes) return { type: "predicted", prediction: { because: "object-missing" } };
  const message = `${describeId(wholeOf(id))} does not exist, and ${origin.address} only changes what is there`;
  return { type: "refused", refusal: { status: 404, reason: "NotFound", message, causes: [] } };
}

/** Adopting takes over what former managers own: fields of theirs that the code does not have will go. */
function adopted(answer: ObservedAnswer, body: KubeObject, manager: string): ObservedAnswer {
  if (answer.type === "dry-run") return { ...answer, result: afterTakeover(answer.result, body, manager) };
  if (answer.type !== "conflict" || answer.forced === null) return answer;
  return { ...answer, forced: afterTakeover(answer.forced, body, manager) };
}

/** A member of this stack by label, or held by its inventory under the same uid; a mere promise is not enough. */
function isOwned(
  live: KubeObject | null,
  applySet: string,
  entry: InventoryEntry | undefined,
  manager: string,
  id: ObjectId,
): boolean {
  if (live === null) return false;
  if (id.part !== undefined) return hasApplied(live, manager);
  if (live.metadata.labels?.[PART_OF_LABEL] === applySet) return true;
  return entry !== undefined && entry.uid !== null && entry.uid === live.metadata.uid;
}

/** Members of the project's ApplySets: one list per kind that is desired or in an inventory. */
async function listMembers(
  kube: Kube,
  input: ObserveInput,
  served: ReadonlyMap<string, ResourceType>,
  byGroupKind: ReadonlyMap<string, ResourceType>,
): Promise<Map<ObjectKey, KubeObject>> {
  const live = new Map<ObjectKey, KubeObject>();
  if (input.inventories.length === 0) return live;
  const kinds = new Map<string, ResourceType>();
  const add = (type: ResourceType | undefined): void => {
    if (type !== undefined) kinds.set(`${type.group}/${type.version}/${type.kind}`, type);
  };
  const covered = new Set<string>();
  for (const desired of input.desired) {
    add(served.get(typeKey(String(desired.object["apiVersion"]), desired.id.kind)));
    covered.add(`${desired.id.group}/${desired.id.kind}`);
  }
  for (const inventory of input.inventories) {
    for (const { id } of inventory.entries) {
      const groupKind = `${id.group}/${id.kind}`;
      if (!covered.has(groupKind)) add(byGroupKind.get(groupKind));
    }
  }
  const labelSelector = `${PART_OF_LABEL} in (${[...new Set(input.applySets.values())].join(",")})`;
  await mapLimit([...kinds.values()], input.parallelism, async (type) => {
    const { items } = await kube.list(type, { labelSelector });
    for (const item of items) live.set(objectKey(idOf(item)), item);
  });
  return live;
}

/** Namespaces of desired objects that do not exist yet: asking about what lives in them would be a 404. */
async function missingNamespaces(
  kube: Kube,
  input: ObserveInput,
  planned: ReadonlySet<string>,
  live: ReadonlyMap<ObjectKey, KubeObject>,
): Promise<Set<string>> {
  const used = new Set(input.desired.map((d) => d.id.namespace).filter((n) => n !== ""));
  const missing = new Set<string>();
  await mapLimit([...used], input.parallelism, async (name) => {
    if (live.has(objectKey({ group: "", kind: "Namespace", namespace: "", name }))) return;
    const found = await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name });
    if (found === null && planned.has(name)) missing.add(name);
  });
  return missing;
}

/** Objects whose replicas a desired HorizontalPodAutoscaler sets. */
function autoscaledKeys(desired: readonly Desired[]): Set<ObjectKey> {
  const keys = new Set<ObjectKey>();
  for (const { id, object } of desired) {
    if (id.group !== "autoscaling" || id.kind !== "HorizontalPodAutoscaler") continue;
    const target = (
      object["spec"] as { scaleTargetRef?: { apiVersion?: string; kind?: string; name?: string } } | undefined
    )?.scaleTargetRef;
    if (typeof target?.kind !== "string" || typeof target.name !== "string") continue;
    const { group } = typeOf(target.apiVersion ?? "apps/v1", target.kind);
    keys.add(objectKey({ group, kind: target.kind, namespace: id.namespace, name: target.name }));
  }
  return keys;
}

async function ask(
  kube: Kube,
  fieldManager: string,
  type: ResourceType,
  body: TemplateObject,
  live: KubeObject | null,
  sensitive: readonly FieldPath[],
): Promise<{ answer: ObservedAnswer; exists: boolean }> {
  const hasUnknowns = unknownsOf(body).length > 0;
  if (live !== null && !hasUnknowns && provesUnchanged({ live, desired: body, manager: fieldManager })) {
    return { answer: { type: "proved-unchanged" }, exists: true };
  }
  if (live === null && hasUnknowns) {
    const found = await kube.get({ ...type, ...place(idOf(body as unknown as KubeObject)) });
    if (found === null)
      return { answer: { type: "predicted", prediction: { because: "unknown-values" } }, exists: false };
    return { ...(await dryRun(kube, fieldManager, askableBody(body, found), sensitive)), exists: true };
  }
  return dryRun(kube, fieldManager, askableBody(body, live), sensitive);
}

async function dryRun(
  kube: Kube,
  fieldManager: string,
  object: KubeObject,
  sensitive: readonly FieldPath[],
): Promise<{ answer: ObservedAnswer; exists: boolean }> {
  const options = { fieldManager, dryRun: true };
  try {
    const { object: result, created, warnings } = await kube.apply(object, { ...options, force: false });
    return { answer: { type: "dry-run", result, warnings }, exists: !created };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const refusal = refusalOf(error, object, sensitive);
    if (error.status !== 409) {
      if (error.status === 401 || (error.status === 403 && error.reason === "Forbidden" && isAccessDenied(error)))
        throw error;
      return { answer: { type: "refused", refusal }, exists: error.status === 422 };
    }
    return { answer: await forced(kube, object, options, refusal, sensitive), exists: true };
  }
}

/** 403 because of missing permission, in contrast to a quota or admission refusal of this one object. */
function isAccessDenied(error: KubeError): boolean {
  return /User ".*" cannot (patch|create)/.test(error.message);
}

async function forced(
  kube: Kube,
  object: KubeObject,
  options: { fieldManager: string; dryRun: boolean },
  refusal: Refusal,
  sensitive: readonly FieldPath[],
): Promise<ObservedAnswer> {
  try {
    const { object: result } = await kube.apply(object, { ...options, force: true });
    return { type: "conflict", refusal, forced: result };
  } catch (error) {
    if (error instanceof KubeError) return { type: "refused", refusal: refusalOf(error, object, sensitive) };
    throw error;
  }
}

/** The server quotes the values that it refuses: secret ones are taken out before anybody sees the text. */
function refusalOf(error: KubeError, asked: KubeObject, sensitive: readonly FieldPath[]): Refusal {
  const scrubber = new Scrubber();
  scrubber.addSecret(asked);
  scrubber.addPaths(asked, sensitive);
  const causes = error.causes.map((cause) =>
    cause.message === undefined ? cause : { ...cause, message: scrubber.scrub(cause.message) },
  );
  return { status: error.status, reason: error.reason, message: scrubber.scrub(error.message), causes };
}
