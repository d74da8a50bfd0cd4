import type { Results, Template, Unknown } from "../model/desired.ts";
import { KubeError, userError } from "../model/errors.ts";
import { describeId, type ObjectKey, parseObjectKey, typeOf, wholeOf } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import { hasUnknowns, unknownsOf } from "../plan/body.ts";
import { managerOf } from "../plan/parts.ts";
import type { Clock, Kube, WriteAnswer } from "../ports.ts";
import type { Scrubber } from "./scrub.ts";
import { ownStrategy, takeOver } from "./takeover.ts";

/** Puts results in place of unknown leaves; what cannot be known yet stays `Unknown`. Pure (desired/program.ts). */
export type Fill = (stack: string, template: Template, results: Results) => Template;

export interface SendOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly fieldManager: string;
  readonly fill: Fill;
  readonly scrubber: Scrubber;
  readonly live: Map<ObjectKey, JsonObject>;
  readonly generated: Results["generated"];
  /** When applying began, in milliseconds since 1970. */
  readonly applied: number;
  /** Reads data sources that have become known, and gives all answers. */
  readonly readData: () => Promise<NonNullable<Results["data"]>>;
  /** Version to read an object of the plan with. */
  readonly apiVersionOf: (key: ObjectKey) => string | null;
  /** Plans an object for real whose layer this run has made; absent: everything was asked about when it was planned. */
  readonly again?: (item: PlanItem, body: KubeObject, results: Results) => Promise<PlanItem>;
  /** Aborts requests that are under way. */
  readonly signal: AbortSignal;
}

/** A type is served some time after its CRD is established (404, sometimes 429, then 200). */
const TYPE_APPEARS_MS = 15_000;
const TYPE_POLL_MS = 250;

/** What was sent in the end: the item as planned, or as planned again. */
interface Sent extends WriteAnswer {
  readonly item: PlanItem;
  readonly sent: KubeObject;
}

/** Applies exactly what was planned, with what has become known since filled in. */
export async function sendObject(options: SendOptions, planned: PlanItem): Promise<Sent> {
  const first = await filled(options, planned);
  const { live, generated, applied } = options;
  const item = (await options.again?.(planned, first, { live, generated, applied })) ?? planned;
  const object = item === planned ? first : await filled(options, item);
  hide(options, item, object);
  const { kube, clock, signal } = options;
  const fieldManager = managerOf(options.fieldManager, item.id);
  if (item.id.part !== undefined) await awaitWhole(options, item);
  const apply = { fieldManager, force: item.force, dryRun: false, signal };
  if ((item.takesOver ?? []).length > 0) await takeOver(kube, object, fieldManager);
  if (item.ownsStrategyFirst === true) await ownStrategy(kube, object, fieldManager);
  const deadline = clock.monotonic() + TYPE_APPEARS_MS;
  for (;;) {
    try {
      return { ...(await kube.apply(object, apply)), item, sent: object };
    } catch (error) {
      if (!typeMayAppear(error, item) || clock.monotonic() >= deadline) throw error;
    }
    await clock.sleep(TYPE_POLL_MS, signal);
    await kube.resourceTypes(true);
  }
}

/**
 * Asks the server, before the old object goes, whether it would take the new one: a dry run under another name, so that a
 * webhook or a missing right speaks while nothing is lost. An exceeded quota proves nothing, because the old object still
 * has its share of it; nor does a namespace that is made anew, too. Not asked: what is known by its name alone (cluster-scoped kinds), and Services, whose addresses
 * and ports are still taken.
 */
export async function rehearseReplace(options: SendOptions, item: PlanItem): Promise<void> {
  const { namespace, kind, part, name } = item.id;
  if (namespace === "" || part !== undefined || kind === "Service") return;
  const object = await filled(options, item);
  // The longest names that are allowed anywhere (CronJob, 52) leave no room: the end is replaced.
  const other = `${name.slice(0, 40).replace(/[^a-z0-9]+$/, "")}-rehearsal`;
  const apply = { fieldManager: options.fieldManager, force: true, dryRun: true, signal: options.signal };
  try {
    await options.kube.apply({ ...object, metadata: { ...object.metadata, name: other } }, apply);
  } catch (error) {
    const refused = error instanceof KubeError && [400, 403, 422].includes(error.status);
    if (refused && !/exceeded quota|being terminated/.test(error.message)) throw error;
    if (!(error instanceof KubeError)) throw error;
  }
}

/** A part is never applied to nothing: that would make an object of it. What the cluster makes itself takes a moment. */
async function awaitWhole({ kube, clock, signal }: SendOptions, item: PlanItem): Promise<void> {
  const { kind, namespace, name } = item.id;
  const deadline = clock.monotonic() + TYPE_APPEARS_MS;
  while ((await kube.get({ ...typeOf(item.apiVersion, kind), namespace, name })) === null) {
    if (item.prediction === null || clock.monotonic() >= deadline) {
      const message = `${describeId(wholeOf(item.id))} does not exist, and this only changes what is there`;
      throw userError("object-missing", message, { id: item.id, remedy: "declare the object, or make it first" });
    }
    await clock.sleep(TYPE_POLL_MS, signal);
  }
}

/** Only where planning already missed the type: a type that went away meanwhile is an error at once. */
function typeMayAppear(error: unknown, item: PlanItem): boolean {
  const unseen = item.prediction?.because === "type-missing" || item.prediction?.because === "cluster-missing";
  return error instanceof KubeError && error.status === 404 && unseen;
}

/** The body of an item that was planned for real, its secrets known to the scrubber. */
export async function bodyToSend(options: SendOptions, item: PlanItem): Promise<KubeObject> {
  const object = await filled(options, item);
  hide(options, item, object);
  return object;
}

function hide({ scrubber }: SendOptions, { sensitive }: PlanItem, object: KubeObject): void {
  scrubber.addSecret(object);
  scrubber.addPaths(object, sensitive);
}

async function filled(options: SendOptions, item: PlanItem): Promise<KubeObject> {
  const { fill, scrubber, live, generated, applied } = options;
  const results: Results = { live, generated, applied };
  const template = item.sent as Template;
  if (!hasUnknowns(template)) return template as unknown as KubeObject;
  await readDependencies(options, item);
  let body = fill(item.stack, template, results);
  // Only what waits for a data source is still unknown here.
  if (hasUnknowns(body)) body = fill(item.stack, body, { ...results, data: await options.readData() });
  const [missing] = unknownsOf(body);
  if (missing) throw notKnown(item, missing.unknown, missing.path.join("."));
  scrubber.addFilled(template, body);
  return body as unknown as KubeObject;
}

/** References may point at objects that this run did not have to touch. */
async function readDependencies(options: SendOptions, item: PlanItem): Promise<void> {
  for (const { on } of item.dependsOn) {
    if (on.type !== "object" || options.live.has(on.key)) continue;
    const apiVersion = options.apiVersionOf(on.key);
    if (apiVersion === null) continue;
    const { kind, namespace, name } = parseObjectKey(on.key);
    const object = await options.kube.get({ ...typeOf(apiVersion, kind), namespace, name });
    if (object) options.live.set(on.key, asJson(object));
  }
}

function notKnown(item: PlanItem, unknown: Unknown, path: string): Error {
  return userError("value-not-known", `${path} is still not known: ${unknown.expression}`, {
    id: item.id,
    ...(item.origin === null ? {} : { address: item.origin.address }),
    remedy: "the API server sets that value later or never: refer to another attribute, or run the command again",
  });
}
