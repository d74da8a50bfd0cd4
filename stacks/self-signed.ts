import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { Construct } from "constructs";
import { ELLIPTIC_KEY, tlsValue } from "./tls-value.ts";

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
    const pem = tlsValue(this, "tls_private_key", "key", ELLIPTIC_KEY).getStringAttribute("private_key_pem");
    const certificate = tlsValue(this, "tls_self_signed_cert", "certificate", {
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
