import type { ClusterAccess } from "../model/access.ts";
import { credentialsOf } from "./credentials.ts";

const DAY_MS = 24 * 60 * 60_000;
/** kubeadm's certificates live for a year: two weeks are enough to plan their renewal. */
const SOON_DAYS = 14;

/** How long the client certificate of an access is still good for. */
export type Expiry =
  | { readonly state: "none" }
  | { readonly state: "good" | "soon" | "expired"; readonly at: string; readonly days: number };

/** `now` in milliseconds since 1970. `days` counts whole days to the end, or since it. */
export function expiryOf(access: ClusterAccess, now: number): Expiry {
  const { expires } = credentialsOf(access);
  if (expires === null) return { state: "none" };
  const left = Date.parse(expires) - now;
  const days = Math.floor(Math.abs(left) / DAY_MS);
  return { state: left <= 0 ? "expired" : days < SOON_DAYS ? "soon" : "good", at: expires, days };
}

/** One sentence on a certificate that has ended or ends soon; null where there is nothing to say. */
export function expiryWords(access: ClusterAccess, now: number): string | null {
  const expiry = expiryOf(access, now);
  if (expiry.state === "none" || expiry.state === "good") return null;
  const day = expiry.at.slice(0, 10);
  const days = `${expiry.days} day${expiry.days === 1 ? "" : "s"}`;
  return expiry.state === "expired"
    ? `the client certificate of ${access.name} expired on ${day}, ${days} ago`
    : `the client certificate of ${access.name} expires on ${day}, in ${days}`;
}

/** What to do about it: who made the cluster makes its certificates. */
export function expiryRemedy(provider: "kind" | "embedded" | "context", name: string): string {
  return provider === "kind"
    ? `renew them with \`docker exec ${name.replace(/^kind\//, "")}-control-plane kubeadm certs renew all\` and restart that container, or create the cluster again`
    : provider === "embedded"
      ? "create the cluster again (`k8sctl cluster delete`, then `k8sctl up`)"
      : "get new credentials from where the kubeconfig came from";
}
