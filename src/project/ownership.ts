import { userError } from "../model/errors.ts";
import type { OwnershipRule } from "../model/ownership.ts";

const OBJECT = /^([A-Z][A-Za-z0-9]*)(?: (?:([^\s/]+)\/)?([^\s/]+))?$/;

/** `Deployment web/shop`, `Namespace shop` or `Deployment`: which objects a rule is for; null: not of this form. */
export function ruledObjects(text: string): Pick<OwnershipRule, "kind" | "namespace" | "name"> | null {
  const match = OBJECT.exec(text);
  if (match === null) return null;
  const [, kind = null, namespace = null, name = null] = match;
  return { kind, namespace, name };
}

/** A `--take` or `--yield` of the command line: `spec.replicas`, `Deployment web/shop:spec.replicas`. */
export function parseRule(text: string, conflict: OwnershipRule["conflict"]): OwnershipRule {
  const colon = text.indexOf(":");
  const objects = colon < 0 ? null : ruledObjects(text.slice(0, colon));
  const field = objects === null ? text : text.slice(colon + 1);
  // A key may hold anything, in its brackets and quotes; a name of fields never a space, and an object does.
  if (!/^[A-Za-z]/.test(field) || /^[^["]*\s/.test(field) || (objects === null && field.endsWith(":"))) {
    throw userError("ownership-invalid", `--${conflict} "${text}" names no field`, {
      remedy: `write it as the plan shows it: --${conflict} spec.replicas, or --${conflict} "Deployment web/shop:spec.replicas"`,
    });
  }
  return { ...(objects ?? { kind: null, namespace: null, name: null }), field, conflict };
}
