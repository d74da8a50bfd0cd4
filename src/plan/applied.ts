import { createHash } from "node:crypto";
import type { FieldPath, Template } from "../model/desired.ts";
import { typeOf } from "../model/ids.ts";
import type { KubeObject, ManagedFieldsEntry } from "../model/objects.ts";
import type { ChangeCause, FieldChange } from "../model/plan.ts";
import { hasUnknowns } from "./body.ts";
import { canonical } from "./canonical.ts";
import { isController } from "./ownership.ts";

type Body = { readonly [key: string]: Template };

/**
 * Digest of what was sent for an object: when the next plan would send the same, no change of it comes from the code.
 * null where the body holds something secret, of which nothing may be kept, or something that is not known yet.
 */
export function appliedDigest(body: Body, sensitive: readonly FieldPath[]): string | null {
  const { group, kind } = typeOf(String(body["apiVersion"]), String(body["kind"]));
  if (sensitive.length > 0 || (group === "" && kind === "Secret") || hasUnknowns(body)) return null;
  return createHash("sha256").update(canonical(body)).digest("base64url").slice(0, 12);
}

/** Digest of the fields that a manager owns of an object; null where it owns none. */
export function ownedDigest(live: KubeObject, manager: string): string | null {
  const own = ownEntry(live, manager);
  if (own?.fieldsV1 === undefined) return null;
  return createHash("sha256").update(canonical(own.fieldsV1)).digest("base64url").slice(0, 12);
}

/** Who wrote over what this project owned since its last apply; `managers` is empty where somebody took fields away. */
export interface Meddling {
  readonly managers: readonly { readonly manager: string; readonly time: string | null }[];
}

/**
 * Tells from the object alone whether others wrote over our fields: a write of another value takes the field from its
 * owner. What Kubernetes' own controllers take (an autoscaler's replicas) is theirs to take.
 */
export function meddlingWith(live: KubeObject, manager: string, owned: string | undefined): Meddling | null {
  if (owned === undefined || ownedDigest(live, manager) === owned) return null;
  const since = Date.parse(ownEntry(live, manager)?.time ?? "") || 0;
  const later = (live.metadata.managedFields ?? []).filter(
    (entry) =>
      entry.manager !== manager && entry.subresource !== "status" && (Date.parse(entry.time ?? "") || 0) >= since,
  );
  const people = later.filter((entry) => !isController(entry.manager ?? ""));
  if (people.length === 0 && later.length > 0) return null;
  return { managers: people.map((entry) => ({ manager: entry.manager ?? "", time: entry.time ?? null })) };
}

function ownEntry({ metadata }: KubeObject, manager: string): ManagedFieldsEntry | undefined {
  return metadata.managedFields?.find((entry) => entry.manager === manager && entry.operation === "Apply");
}

/**
 * The cause of a change of an object whose body is what was applied last: managedFields do not say who took a field
 * away, nor that a default is another now; but it was not the code.
 */
export function causeUnderSameCode(change: FieldChange): FieldChange {
  if (change.cause.type !== "config") return change;
  const cause: ChangeCause =
    change.before.kind === "absent" ? { type: "drift", manager: "", time: null } : { type: "server" };
  return { ...change, cause };
}
