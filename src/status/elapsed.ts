import type { KubeObject } from "../model/objects.ts";
import type { Related } from "./related.ts";

/** The cluster's clock, as far as it is known. */
function clusterNow(related: Related, now: number): number {
  return now + (related.clockAhead ?? 0);
}

/**
 * Milliseconds since a moment that the cluster stamped, judged with caution: a stamp from the future (clocks differ)
 * counts for nothing, and never is more counted than this run has been looking.
 */
export function elapsedSince(stamp: string, related: Related, now: number): number {
  const looking = related.firstSeen === undefined ? null : Math.max(0, now - related.firstSeen);
  const stamped = Date.parse(stamp);
  const there = clusterNow(related, now);
  if (Number.isNaN(stamped) || stamped > there + 2000) return looking ?? 0;
  return Math.max(0, Math.min(there - stamped, looking ?? Number.POSITIVE_INFINITY));
}

/** Milliseconds since a stamp by the cluster's clock, for telling; null where the stamp says nothing sensible. */
export function lastedSince(stamp: string, related: Related, now: number): number | null {
  const stamped = Date.parse(stamp);
  // One that never happened is stamped 1970 or left out.
  if (Number.isNaN(stamped) || stamped <= 0) return null;
  const lasted = clusterNow(related, now) - stamped;
  return lasted < -2000 ? null : Math.max(0, lasted);
}

/**
 * Milliseconds since the object was made: for graces that end well. A second run must not wait again for what nobody
 * has done in an hour. Where clocks differ by an unknown amount, it only waits less.
 */
export function existedFor(object: KubeObject, related: Related, now: number): number {
  const made = Date.parse(object.metadata.creationTimestamp ?? "");
  return Math.max(
    0,
    Number.isNaN(made) ? 0 : clusterNow(related, now) - made,
    related.firstSeen === undefined ? 0 : now - related.firstSeen,
  );
}

/** Milliseconds that this run has been looking at the object; without that, since it was made. */
export function ageOf(object: KubeObject, related: Related, now: number): number {
  if (related.firstSeen !== undefined) return Math.max(0, now - related.firstSeen);
  return elapsedSince(object.metadata.creationTimestamp ?? "", related, now);
}
