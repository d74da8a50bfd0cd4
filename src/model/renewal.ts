import type { GeneratedValue } from "./desired.ts";

/** The resource type of a service account's token. */
export const TOKEN_REQUEST = "kubernetes_token_request_v1";

/** Of its life, when a token is renewed: the kubelet renews those that it mounts at the same age. */
const TOKEN_AGE = 0.8;

function isTokenDue({ attributes }: GeneratedValue, now: number): boolean {
  const { expiration_timestamp: end, expiration_seconds: seconds } = attributes;
  if (typeof end !== "string") return false;
  const life = typeof seconds === "number" ? seconds * 1000 : 0;
  return Date.parse(end) - life * (1 - TOKEN_AGE) <= now;
}

/**
 * Whether a kept value has had its time: a certificate within `early_renewal_hours` of its end, a time_rotating past
 * its rotation, a token past four fifths of its life. `now` in milliseconds since 1970; null where nobody tells the time: then nothing is due.
 */
export function isDue(value: GeneratedValue, now: number | null): boolean {
  if (now === null) return false;
  const { validity_end_time: end, rotation_rfc3339: rotation } = value.attributes;
  if (value.type === "time_rotating") return typeof rotation === "string" && Date.parse(rotation) <= now;
  if (value.type === TOKEN_REQUEST) return isTokenDue(value, now);
  if (typeof end !== "string") return false;
  const early = Number(value.arguments["early_renewal_hours"] ?? 0);
  return Date.parse(end) - early * 3_600_000 <= now;
}
