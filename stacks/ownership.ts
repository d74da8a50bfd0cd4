import type { TerraformElement } from "cdktf";
import { type Check, fieldsOf, listOf } from "./checks.ts";

/** Fields as plans show them (`spec.replicas`, `metadata.annotations`), each with all below it. */
export interface OwnershipOptions {
  /** The stack's value is written over what another manager set. */
  readonly take?: readonly string[];
  /** Theirs stays, and the stack owns it too, so that it does not go when they give it up. */
  readonly share?: readonly string[];
  /** Theirs stays, as long as anybody else owns the field. */
  readonly yield?: readonly string[];
}

const field: Check<string> = (value) => {
  if (typeof value === "string" && /^[a-z][A-Za-z]*([.[]|$)/.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is no field as plans show it, such as spec.replicas`);
};

const options = fieldsOf<OwnershipOptions>({ take: listOf(field), share: listOf(field), yield: listOf(field) });

/**
 * Says whose word counts where another manager owns a field of this object (docs/ownership.md). k8sctl reads it from a
 * comment in the synthesized JSON; Terraform and OpenTofu pass over comments.
 */
export function ownership(
  resource: TerraformElement & { addOverride(path: string, value: unknown): void },
  fields: OwnershipOptions,
): void {
  resource.addOverride("//.k8sctl.ownership", options(fields));
}
