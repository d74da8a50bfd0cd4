import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { TerraformResource, TerraformStack } from "cdktf";
import { Construct } from "constructs";

/** Terraform's and OpenTofu's name of what makes keys and certificates there; k8sctl makes them itself. */
const PROVIDER = { source: "hashicorp/tls", version: "~> 4.0" };

/**
 * A certificate for these DNS names that is its own authority, with its key in a Secret of type kubernetes.io/tls. Made once;
 * renewed by the first run within the last month of its year.
 */
export class SelfSigned extends Construct {
  readonly secret: SecretV1;

  constructor(
    scope: Construct,
    id: string,
    { hosts, metadata }: { hosts: readonly string[]; metadata: { name: string; namespace: string } },
  ) {
    super(scope, id);
    TerraformStack.of(this).addOverride("terraform.required_providers.tls", PROVIDER);
    const resource = (type: string, name: string, values: Readonly<Record<string, unknown>>): TerraformResource => {
      const made = new TerraformResource(this, name, { terraformResourceType: type });
      for (const [key, value] of Object.entries(values)) made.addOverride(key, value);
      return made;
    };
    const key = resource("tls_private_key", "key", { algorithm: "ECDSA", ecdsa_curve: "P256" });
    const pem = key.getStringAttribute("private_key_pem");
    const certificate = resource("tls_self_signed_cert", "certificate", {
      private_key_pem: pem,
      subject: [{ common_name: hosts[0] }],
      dns_names: hosts,
      validity_period_hours: 365 * 24,
      early_renewal_hours: 30 * 24,
      allowed_uses: ["digital_signature", "key_encipherment", "server_auth"],
    });
    this.secret = new SecretV1(this, "secret", {
      metadata,
      type: "kubernetes.io/tls",
      data: { "tls.crt": certificate.getStringAttribute("cert_pem"), "tls.key": pem },
    });
  }
}
