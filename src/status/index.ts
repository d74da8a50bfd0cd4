/**
 * One readiness rule per kind, pure: time is an argument. The rules start from kstatus's formulas
 * (kubernetes-sigs/cli-utils); where they differ, the rule says why.
 */
import { idOf, type KubeObject } from "../model/objects.ts";
import type { ObjectStatus, Verdict } from "../model/status.ts";
import { progressing } from "./finding.ts";
import type { Finding, LogTarget, Related, Trouble } from "./related.ts";
import { ruleFor } from "./rules.ts";

export { type LogTarget, nothingRelated, type Related } from "./related.ts";

function find(object: KubeObject, related: Related, now: number): Finding {
  if (object.metadata.deletionTimestamp === undefined) return ruleFor(object)(object, related, now);
  const held = object.metadata.finalizers ?? [];
  return { ...progressing(held.length === 0 ? "" : `held by ${held.join(", ")}`), phase: "terminating" };
}

/** `now` is local ms since 1970. */
export function objectStatus(object: KubeObject, related: Related, now: number): ObjectStatus {
  const { phase, ready, total, reason, message, notes } = find(object, related, now);
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
  return phase === "failed" && trouble !== null ? verdict(object, trouble) : null;
}

/** Why the object was not ready within `seconds`: what is wrong with it now, though it might have passed. */
export function timeoutVerdict(object: KubeObject, related: Related, now: number, seconds: number): Verdict {
  const { phase, trouble, ready, total, message } = find(object, related, now);
  if (trouble !== null) {
    const late = phase === "failed" ? trouble.message : `not ready within ${seconds} s: ${trouble.message}`;
    return { ...verdict(object, trouble), message: short(late) };
  }
  const counts = total === null ? "" : `: ${ready} of ${total} ready`;
  return {
    id: idOf(object),
    cause: "timeout",
    message: `not ready within ${seconds} s${counts}${message === "" ? "" : `: ${message}`}`,
    pod: null,
    event: "",
    log: [],
    remedy: "give it more time (--timeout), or see its events",
  };
}

/** Where to read the log lines for a verdict; null where no log would tell more. */
export function logTarget(object: KubeObject, related: Related, now: number): LogTarget | null {
  return find(object, related, now).trouble?.log ?? null;
}

function verdict(object: KubeObject, trouble: Trouble): Verdict {
  const { cause, message, pod, event, remedy } = trouble;
  return { id: idOf(object), cause, message: short(message), pod, event, log: [], remedy };
}
