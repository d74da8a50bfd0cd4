import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { Construct } from "constructs";
import { ELLIPTIC_KEY, tlsValue } from "./tls-value.ts";

const DAY = 24;
const YEAR = 365 * DAY;

/**
 * An authority, and a certificate that it signs, for the servers of one construct. The certificate lives a year and is
 * renewed by the first run within its last 90 days; the authority lives ten, and is renewed in good time before any
 * certificate of it could outlive it. A renewed authority has the same key: who trusts the one before believes it, too.
 */
export class OwnAuthority extends Construct {
  /** Of type kubernetes.io/tls, with ca.crt beside tls.crt and tls.key. The key is PKCS #8: Kafka reads no other. */
  readonly secret: SecretV1;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** The servers' own, PEM. */
  readonly certificate: string;

  constructor(
    scope: Construct,
    id: string,
    options: {
      /** DNS names of the servers. */
      readonly names: readonly string[];
      readonly addresses: readonly string[];
      readonly metadata: { readonly name: string; readonly namespace: string };
    },
  ) {
    super(scope, id);
    const { names, addresses, metadata } = options;
    const authorityKey = tlsValue(this, "tls_private_key", "authority-key", ELLIPTIC_KEY);
    const authorityPem = authorityKey.getStringAttribute("private_key_pem");
    const authority = tlsValue(this, "tls_self_signed_cert", "authority", {
      private_key_pem: authorityPem,
      subject: [{ common_name: `${metadata.name} authority` }],
      is_ca_certificate: true,
      set_subject_key_id: true,
      validity_period_hours: 10 * YEAR,
      early_renewal_hours: YEAR + 30 * DAY,
      allowed_uses: ["digital_signature", "cert_signing", "crl_signing"],
    });
    this.ca = authority.getStringAttribute("cert_pem");

    const key = tlsValue(this, "tls_private_key", "key", ELLIPTIC_KEY);
    const request = tlsValue(this, "tls_cert_request", "request", {
      private_key_pem: key.getStringAttribute("private_key_pem"),
      subject: [{ common_name: metadata.name }],
      dns_names: names,
      ...(addresses.length === 0 ? {} : { ip_addresses: addresses }),
    });
    this.certificate = tlsValue(this, "tls_locally_signed_cert", "certificate", {
      cert_request_pem: request.getStringAttribute("cert_request_pem"),
      ca_private_key_pem: authorityPem,
      ca_cert_pem: this.ca,
      validity_period_hours: YEAR,
      early_renewal_hours: 90 * DAY,
      // Redis and Kafka show it to each other as clients, too.
      allowed_uses: ["digital_signature", "key_encipherment", "server_auth", "client_auth"],
    }).getStringAttribute("cert_pem");
    this.secret = new SecretV1(this, "secret", {
      metadata,
      type: "kubernetes.io/tls",
      data: {
        "tls.crt": this.certificate,
        "tls.key": key.getStringAttribute("private_key_pem_pkcs8"),
        "ca.crt": this.ca,
      },
    });
  }
}
