import type { GeneratedValue } from "./desired.ts";

/**
 * Whether a kept value has had its time: a certificate within `early_renewal_hours` of its end, a time_rotating past
 * its rotation. `now` in milliseconds since 1970; null where nobody tells the time: then nothing is due.
 */
export function isDue(value: GeneratedValue, now: number | null): boolean {
  if (now === null) return false;
  const { validity_end_time: end, rotation_rfc3339: rotation } = value.attributes;
  if (value.type === "time_rotating") return typeof rotation === "string" && Date.parse(rotation) <= now;
  if (typeof end !== "string") return false;
  const early = Number(value.arguments["early_renewal_hours"] ?? 0);
  return Date.parse(end) - early * 3_600_000 <= now;
}
