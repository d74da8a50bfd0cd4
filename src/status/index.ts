/**
 * One readiness rule per kind, pure: time is an argument. The rules start from kstatus's formulas
 * (kubernetes-sigs/cli-utils); where they differ, the rule says why.
 */
import type { ObjectId } from "../model/ids.ts";
import { idOf, type KubeObject } from "../model/objects.ts";
import type { ObjectStatus, Verdict } from "../model/status.ts";
import { lastedSince } from "./elapsed.ts";
import { missingFor } from "./ready-when.ts";
import type { Finding, LogTarget, Related, Trouble } from "./related.ts";
import { ruleFor } from "./rules.ts";
import { terminatingStatus } from "./terminating.ts";
import { unlessUnprobed } from "./unprobed.ts";

export { type ClusterEvent, eventsAbout } from "./cluster-events.ts";
export { containersOf } from "./containers.ts";
export { excusedRestarts } from "./excuses.ts";
export { hintFrom } from "./log-hints.ts";
export { relatedPods } from "./pods.ts";
export { type Condition, conditionsOf } from "./reading.ts";
export { type LogTarget, nothingRelated, type Related } from "./related.ts";
export { type Member, maySymptom, type Suspect, suspectsOf } from "./suspects.ts";

function find(object: KubeObject, related: Related, now: number): Finding {
  if (object.metadata.deletionTimestamp !== undefined) return terminatingStatus(object);
  const finding = unlessUnprobed(ruleFor(object)(object, related, now), object, related, now);
  if (related.readyWhen === undefined) return finding;
  const missing = missingFor(object, related.readyWhen);
  if (missing === null) return { ...finding, phase: "ready", reason: "", message: "", trouble: null };
  if (finding.phase === "failed" || finding.trouble !== null) return finding;
  // What its controller says of it; not that we wait for a word of the controller.
  const said = finding.phase === "progressing" && finding.reason !== "" && finding.message !== "";
  return {
    ...finding,
    phase: "progressing",
    reason: "ReadyWhen",
    message: said ? `${missing}: ${finding.message}` : missing,
  };
}

/** Status and, where it has failed, verdict at once: the rules run once. `now` is local ms since 1970. */
export function judge(
  object: KubeObject,
  related: Related,
  now: number,
): { readonly status: ObjectStatus; readonly verdict: Verdict | null } {
  const finding = find(object, related, now);
  const { phase, trouble } = finding;
  const failed = phase === "failed" && trouble !== null;
  return { status: statusOf(object, finding), verdict: failed ? verdict(object, trouble, related, now) : null };
}

/** `now` is local ms since 1970. */
export function objectStatus(object: KubeObject, related: Related, now: number): ObjectStatus {
  return statusOf(object, find(object, related, now));
}

function statusOf(object: KubeObject, { phase, ready, total, reason, message, notes }: Finding): ObjectStatus {
  return {
    id: idOf(object),
    phase,
    ready,
    total,
    reason,
    message: short(message),
    generation: object.metadata.generation ?? null,
    notes,
  };
}

/** Some messages are whole dumps: one sentence is enough, the Event keeps the rest. */
function short(message: string): string {
  return message.length <= 300 ? message : `${message.slice(0, 299)}…`;
}

/** Why the object has failed; null while it has not. `log` is empty: see `logTarget`. */
export function verdictOf(object: KubeObject, related: Related, now: number): Verdict | null {
  const { phase, trouble } = find(object, related, now);
  return phase === "failed" && trouble !== null ? verdict(object, trouble, related, now) : null;
}

/** Why the object was not ready within `seconds`: what is wrong with it now, though it might have passed. */
export function timeoutVerdict(object: KubeObject, related: Related, now: number, seconds: number): Verdict {
  const { phase, trouble, ready, total, message } = find(object, related, now);
  if (trouble !== null) {
    const known = verdict(object, trouble, related, now);
    return phase === "failed" ? known : { ...known, message: short(`not ready within ${seconds} s: ${known.message}`) };
  }
  const counts = total === null ? "" : `: ${ready} of ${total} ready`;
  return {
    ...bareVerdict(idOf(object)),
    message: `not ready within ${seconds} s${counts}${message === "" ? "" : `: ${message}`}`,
    remedy: "give it more time (its timeouts, or waitFor), or see its events",
  };
}

/** A verdict that knows nothing but whose it is. */
export function bareVerdict(id: ObjectId): Verdict {
  return {
    id,
    cause: "timeout",
    message: "",
    pod: null,
    pods: 0,
    lastedMs: null,
    event: "",
    logOf: "",
    log: [],
    remedy: "",
    rootCause: null,
    sameAs: null,
  };
}

/** Where to read the log lines for a verdict; null where no log would tell more. */
export function logTarget(object: KubeObject, related: Related, now: number): LogTarget | null {
  return find(object, related, now).trouble?.log ?? null;
}

function verdict(object: KubeObject, trouble: Trouble, related: Related, now: number): Verdict {
  const { cause, message, pod, pods, event, remedy, since } = trouble;
  const all = pods > 1 ? `${message} (${pods} pods alike)` : message;
  const lastedMs = lastedSince(since, related, now);
  return { ...bareVerdict(idOf(object)), cause, message: short(all), pod, pods, lastedMs, event, remedy };
}
