import type { Desired } from "../model/desired.ts";
import type { ObjectId, ObjectKey } from "../model/ids.ts";
import { describeId, objectKey, wholeOf } from "../model/ids.ts";
import type { Inventory, InventoryEntry } from "../model/inventory.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Observed, ObservedAnswer, Prediction } from "../model/observed.ts";
import type { OwnershipRule } from "../model/ownership.ts";
import { PART_OF_LABEL } from "../plan/applyset.ts";
import { autoscaledKeys } from "../plan/autoscaled.ts";
import type { TemplateObject } from "../plan/body.ts";
import { askableBody, bodyOf, yieldReplicas } from "../plan/body.ts";
import { onlyAutoscaled } from "../plan/ownership.ts";
import { yieldByRule } from "../plan/ownership-rules.ts";
import { hasApplied, managerOf } from "../plan/parts.ts";
import { afterOwningStrategy, mindsStrategy } from "../plan/strategy.ts";
import { afterTakeover } from "../plan/takeover.ts";
import type { Kube } from "../ports.ts";
import { ask } from "./ask.ts";
import { mapLimit } from "./map-limit.ts";
import { listMembers, missingNamespaces, ServedTypes } from "./members.ts";

export interface ObserveInput {
  readonly desired: readonly Desired[];
  readonly inventories: readonly Inventory[];
  /** Stack name -> ApplySet id. */
  readonly applySets: ReadonlyMap<string, string>;
  readonly fieldManager: string;
  readonly force: boolean;
  /** Fields that others may own. */
  readonly ownership?: readonly OwnershipRule[];
  readonly parallelism: number;
}

export interface Observation {
  readonly observed: ReadonlyMap<ObjectKey, Observed>;
  /** Body that was asked about and will be sent, by key; may hold unknowns. */
  readonly bodies: ReadonlyMap<ObjectKey, TemplateObject>;
  /** Live objects of inventory entries that are no longer desired; null: gone. */
  readonly leftovers: ReadonlyMap<ObjectKey, KubeObject | null>;
}

/** What is known before the single objects are asked about. */
interface Scene {
  readonly input: ObserveInput;
  readonly served: ServedTypes;
  /** Members of the project's ApplySets. */
  readonly live: ReadonlyMap<ObjectKey, KubeObject>;
  readonly wanted: ReadonlySet<ObjectKey>;
  readonly missingNamespaces: ReadonlySet<string>;
  readonly autoscaled: ReadonlySet<ObjectKey>;
  /** Inventory entries by stack and key: `postgres apps/StatefulSet/...`. */
  readonly entries: ReadonlyMap<string, InventoryEntry>;
}

interface One {
  readonly live: KubeObject | null;
  readonly body: TemplateObject;
  readonly answer: ObservedAnswer;
}

/**
 * Asks the cluster about every desired object and every inventory entry. One list per kind over the members of the
 * project's ApplySets; a dry run only where "unchanged" cannot be proved; a get only for what a list could not show.
 */
export async function observe(kube: Kube, input: ObserveInput): Promise<Observation> {
  const scene = await lookAround(kube, input);
  const observed = new Map<ObjectKey, Observed>();
  const bodies = new Map<ObjectKey, TemplateObject>();
  await mapLimit(input.desired, input.parallelism, async (desired) => {
    const key = objectKey(desired.id);
    const { live, body, answer } = await observeOne(kube, scene, desired);
    const owned = isOwned(live, scene, desired);
    const whole = desired.id.part === undefined;
    bodies.set(key, body);
    observed.set(key, {
      id: desired.id,
      live,
      owned,
      answer: owned || !whole ? answer : adopted(answer, askableBody(body, live), input.fieldManager),
    });
  });
  return { observed, bodies, leftovers: await observeLeftovers(kube, scene) };
}

async function lookAround(kube: Kube, input: ObserveInput): Promise<Scene> {
  const { desired, inventories } = input;
  const served = new ServedTypes(await kube.resourceTypes());
  const live = await listMembers(kube, input, served);
  const planned = new Set(desired.filter((d) => isNamespace(d.id)).map((d) => d.id.name));
  return {
    input,
    served,
    live,
    wanted: new Set(desired.map((d) => objectKey(d.id))),
    missingNamespaces: await missingNamespaces(kube, input, planned, live),
    autoscaled: autoscaledKeys(desired),
    entries: new Map(
      inventories.flatMap((inv) => inv.entries.map((e) => [`${inv.stack} ${objectKey(e.id)}`, e] as const)),
    ),
  };
}

async function observeOne(kube: Kube, scene: Scene, desired: Desired): Promise<One> {
  const { id, sensitive } = desired;
  const type = scene.served.of(desired);
  const known = scene.live.get(objectKey(wholeOf(id))) ?? null;
  const manager = managerOf(scene.input.fieldManager, id);
  const bodyFor = (live: KubeObject | null): TemplateObject => {
    const body = bodyOf(desired, live, applySetOf(scene, desired), scene.autoscaled.has(objectKey(id)));
    if (live !== null) yieldByRule(body, live, desired, scene.input.ownership ?? [], manager);
    return body;
  };
  const predicted = (prediction: Prediction): One => ({
    live: known,
    body: bodyFor(known),
    answer: { type: "predicted", prediction },
  });
  if (type === undefined) return predicted({ because: "type-missing", group: id.group, kind: id.kind });
  if (scene.missingNamespaces.has(id.namespace)) {
    return predicted({ because: "namespace-missing", namespace: id.namespace });
  }
  const askAbout = (body: TemplateObject, live: KubeObject | null) => ask(kube, manager, type, body, live, sensitive);
  const read = () => kube.get({ ...type, ...place(id) });

  let live = known ?? (id.part === undefined ? null : await read());
  let body = bodyFor(live);
  if (live === null && id.part !== undefined) return { live, body, answer: missingWhole(desired, scene.wanted) };
  let { answer, exists } = await askAbout(body, live);
  if (live === null && exists) {
    // It exists without our label: what is left to others may now take live values.
    live = await read();
    const asked = JSON.stringify(body);
    body = bodyFor(live);
    if (JSON.stringify(body) !== asked) ({ answer, exists } = await askAbout(body, live));
  }
  if (live !== null && answer.type === "conflict" && onlyAutoscaled(live, answer.refusal)) {
    yieldReplicas(body, live);
    ({ answer } = await askAbout(body, live));
  }
  if (live !== null && answer.type === "refused" && mindsStrategy(answer.refusal)) {
    const result = afterOwningStrategy(live, askableBody(body, live), manager);
    if (result !== null) answer = { type: "dry-run", result, warnings: [], ownsStrategyFirst: true };
  }
  return { live, body, answer };
}

/** Inventory entries that nobody wants any more, as they are now. */
async function observeLeftovers(kube: Kube, scene: Scene): Promise<Map<ObjectKey, KubeObject | null>> {
  const leftovers = new Map<ObjectKey, KubeObject | null>();
  const entries = scene.input.inventories.flatMap((inventory) => inventory.entries);
  const left = entries.filter(({ id }) => !scene.wanted.has(objectKey(id)));
  await mapLimit(left, scene.input.parallelism, async (entry) => {
    const { id } = entry;
    const key = objectKey(id);
    const type = scene.served.recorded(entry);
    leftovers.set(key, scene.live.get(key) ?? (type === undefined ? null : await kube.get({ ...type, ...place(id) })));
  });
  return leftovers;
}

function applySetOf(scene: Scene, { origin }: Desired): string {
  return scene.input.applySets.get(origin.stack) ?? "";
}

function place(id: ObjectId): { namespace: string; name: string } {
  return { namespace: id.namespace, name: id.name };
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
function isOwned(live: KubeObject | null, scene: Scene, desired: Desired): boolean {
  const { id, origin } = desired;
  if (live === null) return false;
  if (id.part !== undefined) return hasApplied(live, managerOf(scene.input.fieldManager, id));
  if (live.metadata.labels?.[PART_OF_LABEL] === applySetOf(scene, desired)) return true;
  const entry = scene.entries.get(`${origin.stack} ${objectKey(id)}`);
  return entry !== undefined && entry.uid !== null && entry.uid === live.metadata.uid;
}
