import type { Canary } from "../model/canary.ts";
import { KubeError, userError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { describeId, typeOf } from "../model/ids.ts";
import { assertNever } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import type { Verdict } from "../model/status.ts";
import { PART_OF_LABEL } from "../plan/applyset.ts";
import { CANARY_LABEL, canaryBody } from "../plan/canary.ts";
import type { Clock, HttpGet, Kube, ObjectRef } from "../ports.ts";
import { bareVerdict, containersOf, relatedPods } from "../status/index.ts";
import type { ApplyFacts } from "./apply-facts.ts";
import { askPrometheus } from "./prometheus.ts";
import { awaitGone } from "./removal.ts";
import { AlreadyTold, type Telling } from "./telling.ts";
import type { Tracker } from "./track.ts";

export interface CanaryOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly facts: ApplyFacts;
  readonly telling: Telling;
  readonly tracker: Tracker;
  readonly fieldManager: string;
  readonly objectSeconds: number;
  /** Ends waiting. */
  readonly cut: AbortSignal;
  readonly get: HttpGet;
}

type Outcome = { readonly type: "passed" | "stopped" } | { readonly type: "failed"; readonly verdict: Verdict };

/**
 * Tries the new pods of a Deployment beside the old ones (docs/adr/0009-canary.md): `body` is what will be applied.
 * Resolves when they have passed; rejects, with the Deployment untouched, when they have not or the run was cut short.
 * Either way the canary is removed; its entry in the inventory was promised before, so that a kill leaves no orphan.
 */
export async function tryCanary(
  options: CanaryOptions,
  item: PlanItem,
  canary: Canary,
  body: KubeObject,
): Promise<void> {
  const { facts, kube, telling, emit } = options;
  const tell = teller(options, item, canary);
  const ref = { ...typeOf(item.apiVersion, canary.id.kind), namespace: canary.id.namespace, name: canary.id.name };
  await clear(options, item, ref, body);
  tell("started", `canary: ${canary.pods} of ${canary.of} pods first`);
  facts.objects.set(canary.key, { type: "unsure" });
  const apply = { fieldManager: options.fieldManager, force: false, dryRun: false };
  const { object } = await kube.apply(canaryBody(body, canary), apply).catch((error: unknown) => {
    if (error instanceof KubeError && error.status < 500) facts.objects.set(canary.key, { type: "absent" });
    throw error;
  });
  const uid = object.metadata.uid ?? null;
  facts.objects.set(canary.key, { type: "live", uid, marks: {} });
  let outcome: Outcome;
  try {
    outcome = await trial(options, item, canary, object);
  } finally {
    await kube.delete(ref, { ...(uid === null ? {} : { uid }), propagation: "Background" });
    facts.objects.set(canary.key, { type: "absent" });
  }
  switch (outcome.type) {
    case "passed":
      tell("passed", "canary passed: the change goes on");
      return;
    case "stopped":
      tell("stopped", "canary stopped and removed: the Deployment stays as it was");
      throw telling.stopped();
    case "failed": {
      tell("failed", "canary failed and removed: the Deployment stays as it was");
      facts.notReady.add(item.key);
      const position = item.origin?.position === undefined ? {} : { position: item.origin.position };
      emit({ type: "verdict", stack: item.stack, verdict: outcome.verdict, ...position });
      throw new AlreadyTold(outcome.verdict.message);
    }
    default:
      assertNever(outcome);
  }
}

async function trial(options: CanaryOptions, item: PlanItem, canary: Canary, made: KubeObject): Promise<Outcome> {
  const { clock, cut } = options;
  const tell = teller(options, item, canary);
  const first = await awaitReady(options, item, canary, made);
  if (first.type !== "passed") return first;
  try {
    if (canary.pauseSeconds > 0) {
      const before = await restartsOf(options, canary);
      tell("pausing", `canary is ready: ${canary.pauseSeconds} s to see that it stays so`);
      await clock.sleep(canary.pauseSeconds * 1000, cut);
      const still = await awaitReady(options, item, canary, null);
      if (still.type !== "passed") return still;
      const restarts = (await restartsOf(options, canary)) - before;
      if (restarts > 0) return { type: "failed", verdict: restarted(item, canary, restarts) };
    }
    return canary.query === null ? { type: "passed" } : await asked(options, item, canary, canary.query);
  } catch (error) {
    if (cut.aborted) return { type: "stopped" };
    throw error;
  }
}

/** How often containers of the canary's pods have been started again, all together. */
async function restartsOf({ kube }: CanaryOptions, { id }: Canary): Promise<number> {
  const { items } = await kube.list(
    { group: "", version: "v1", kind: "Pod" },
    { namespace: id.namespace, labelSelector: `${CANARY_LABEL}=true` },
  );
  const own = relatedPods({ apiVersion: "apps/v1", kind: "Deployment", metadata: { ...id } }, items);
  return own.flatMap(containersOf).reduce((sum, { restarts }) => sum + restarts, 0);
}

function restarted(item: PlanItem, { pauseSeconds }: Canary, times: number): Verdict {
  const what = times === 1 ? "restarted once" : `restarted ${times} times`;
  const message = `its canary ${what} within ${pauseSeconds} s; it was removed, and the Deployment is as it was`;
  return failure(item, message, "see what the new version does, mend it, and run the command again");
}

async function awaitReady(
  { tracker, objectSeconds, cut }: CanaryOptions,
  item: PlanItem,
  { id }: Canary,
  state: KubeObject | null,
): Promise<Outcome> {
  const timeoutSeconds = item.wait.timeoutSeconds ?? objectSeconds;
  const target = { id, apiVersion: item.apiVersion, stack: item.stack, timeoutSeconds };
  const readiness = await tracker.track(target, state, cut);
  switch (readiness.type) {
    case "ready":
      return { type: "passed" };
    case "stopped":
      return { type: "stopped" };
    case "failed": {
      const message = "its canary did not become ready, and was removed; the Deployment is as it was";
      const rootCause = { id, message: readiness.verdict.message, how: "" };
      return { type: "failed", verdict: { ...failure(item, message, readiness.verdict.remedy), rootCause } };
    }
    default:
      return assertNever(readiness);
  }
}

async function asked(
  options: CanaryOptions,
  item: PlanItem,
  canary: Canary,
  query: NonNullable<Canary["query"]>,
): Promise<Outcome> {
  const { get, clock, cut } = options;
  teller(options, item, canary)("asking", `canary: asks ${query.promql}`);
  const answer = await askPrometheus({ get, clock, signal: cut }, query);
  if (answer.type === "within") return { type: "passed" };
  const bounds = [
    query.above === null ? "" : `above ${query.above}`,
    query.below === null ? "" : `below ${query.below}`,
  ];
  const bound = bounds.filter((text) => text !== "").join(" and ");
  const shown = `${answer.type === "beyond" ? answer.values.slice(0, 5).join(", ") : ""}`;
  const what =
    answer.type === "beyond" ? `${query.promql} is ${shown}, not ${bound}` : `no answer to judge: ${answer.why}`;
  const message = `its canary was ready, but ${what}; it was removed, and the Deployment is as it was`;
  const remedy =
    answer.type === "beyond"
      ? "see what the new version does, mend it, and run the command again"
      : "see that the query of k8sctl.yaml works, then run the command again";
  return { type: "failed", verdict: failure(item, message, remedy) };
}

function failure(item: PlanItem, message: string, remedy: string): Verdict {
  return { ...bareVerdict(item.id), cause: "canary", message, remedy };
}

/** What an interrupted run left is ours by its labels; anything else of that name stays. */
async function clear(
  { kube, clock, cut }: CanaryOptions,
  item: PlanItem,
  ref: ObjectRef,
  body: KubeObject,
): Promise<void> {
  const there = await kube.get(ref);
  if (there === null) return;
  const labels = there.metadata.labels ?? {};
  const ours = labels[PART_OF_LABEL] === body.metadata.labels?.[PART_OF_LABEL] && labels[CANARY_LABEL] !== undefined;
  const id = { ...item.id, name: ref.name };
  if (!ours) {
    const message = `${describeId(id)} exists already, and is no canary of this stack`;
    throw userError("canary-name-taken", message, {
      id: item.id,
      remedy: "remove it, or take the canary out of k8sctl.yaml",
    });
  }
  const uid = there.metadata.uid ?? null;
  await kube.delete(ref, { ...(uid === null ? {} : { uid }), propagation: "Background" });
  await awaitGone({ kube, clock }, { ...item, id, uid }, { seconds: 60, signal: cut, held: () => undefined });
}

function teller({ emit }: CanaryOptions, { id, stack }: PlanItem, canary: Canary) {
  return (state: "started" | "pausing" | "asking" | "passed" | "failed" | "stopped", message: string) =>
    emit({ type: "canary", id, stack, canary: canary.id, state, message });
}
