import { createHash } from "node:crypto";
import type { FieldPath, Template } from "../model/desired.ts";
import { typeOf } from "../model/ids.ts";
import type { ChangeCause, FieldChange } from "../model/plan.ts";
import { unknownsOf } from "./body.ts";
import { canonical } from "./canonical.ts";

type Body = { readonly [key: string]: Template };

/**
 * Digest of what was sent for an object: when the next plan would send the same, no change of it comes from the code.
 * null where the body holds something secret, of which nothing may be kept, or something that is not known yet.
 */
export function appliedDigest(body: Body, sensitive: readonly FieldPath[]): string | null {
  const { group, kind } = typeOf(String(body["apiVersion"]), String(body["kind"]));
  if (sensitive.length > 0 || (group === "" && kind === "Secret") || unknownsOf(body).length > 0) return null;
  return createHash("sha256").update(canonical(body)).digest("base64url").slice(0, 12);
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
