import { TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";

/** Terraform's and OpenTofu's name of what makes keys and certificates there; k8sctl makes them itself. */
const PROVIDER = { source: "hashicorp/tls", version: "~> 4.0" };

/** A key or a certificate: made once and kept, until its arguments change or it ends soon. Arguments as hashicorp/tls names them. */
export function tlsValue(
  scope: Construct,
  type: "tls_private_key" | "tls_self_signed_cert" | "tls_cert_request" | "tls_locally_signed_cert",
  id: string,
  values: Readonly<Record<string, unknown>>,
): TerraformResource {
  TerraformStack.of(scope).addOverride("terraform.required_providers.tls", PROVIDER);
  const made = new TerraformResource(scope, id, { terraformResourceType: type });
  for (const [key, value] of Object.entries(values)) made.addOverride(key, value);
  return made;
}

export const ELLIPTIC_KEY = { algorithm: "ECDSA", ecdsa_curve: "P256" };
