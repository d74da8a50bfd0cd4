import type { KubeObject } from "../model/objects.ts";
import type { Related } from "./related.ts";

/**
 * Milliseconds since a moment that the cluster stamped, judged with caution: a stamp from the future (clocks differ)
 * counts for nothing, and never is more counted than this run has been looking.
 */
export function elapsedSince(stamp: string, related: Related, now: number): number {
  const looking = related.firstSeen === undefined ? null : Math.max(0, now - related.firstSeen);
  const stamped = Date.parse(stamp);
  if (Number.isNaN(stamped) || stamped > now + 1000) return looking ?? 0;
  return Math.max(0, Math.min(now - stamped, looking ?? Number.POSITIVE_INFINITY));
}

/**
 * Milliseconds since the object was made, by whichever clock says more: for graces that end well. A second run must not
 * wait again for what nobody has done in an hour; where clocks differ, it only waits less.
 */
export function existedFor(object: KubeObject, related: Related, now: number): number {
  const made = Date.parse(object.metadata.creationTimestamp ?? "");
  return Math.max(
    0,
    Number.isNaN(made) ? 0 : now - made,
    related.firstSeen === undefined ? 0 : now - related.firstSeen,
  );
}

/** Milliseconds that this run has been looking at the object; without that, since it was made. */
export function ageOf(object: KubeObject, related: Related, now: number): number {
  if (related.firstSeen !== undefined) return Math.max(0, now - related.firstSeen);
  return elapsedSince(object.metadata.creationTimestamp ?? "", related, now);
}
