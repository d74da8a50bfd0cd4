import type { GeneratedResource, GeneratedValue } from "../model/desired.ts";
import type { JsonObject } from "../model/json.ts";
import { Arguments, generateValue, type RandomBytes } from "./generate.ts";
import { TIME_SLEEP } from "./random.ts";
import { momentAttributes, moved, offsetOf, textOf } from "./time-values.ts";
import type { CertificateRequest, CertificateTerms } from "./tls/certificates.ts";
import { privateKey } from "./tls/keys.ts";
import { unknownUse } from "./tls/uses.ts";

/**
 * Makes the value of any resource that is made once and kept; attributes as the Terraform providers name them. `now` in
 * milliseconds since 1970. Throws a UserError where the arguments contradict each other.
 */
export async function makeValue(
  resource: GeneratedResource,
  { bytes, now }: { readonly bytes: RandomBytes; readonly now: number },
): Promise<GeneratedValue> {
  const args = new Arguments(resource);
  const { type } = resource;
  if (type === TIME_SLEEP) return keptValue(resource, { id: textOf(now), input: args.input });
  if (type.startsWith("tls_")) return keptValue(resource, await tlsAttributes(type, args, bytes, now));
  if (type.startsWith("time_")) return keptValue(resource, timeAttributes(type, args, now));
  return generateValue(resource, bytes);
}

function keptValue(resource: GeneratedResource, attributes: JsonObject): GeneratedValue {
  return { type: resource.type, arguments: resource.arguments, attributes };
}

function timeAttributes(type: string, args: Arguments, now: number): JsonObject {
  const given = type === "time_offset" ? "base_rfc3339" : "rfc3339";
  const text = args.text(given, "");
  const base = text === "" ? Math.floor(now / 1000) * 1000 : Date.parse(text);
  if (Number.isNaN(base)) throw args.wrong(`${given} is not a time such as 2026-01-31T00:00:00Z`);
  const number = (name: string): number => args.number(name, 0);
  switch (type) {
    case "time_static":
      return momentAttributes(base);
    case "time_offset":
      return { base_rfc3339: textOf(base), ...momentAttributes(moved(base, offsetOf("offset", number))) };
    default: {
      const rotation = args.text("rotation_rfc3339", "");
      const end = rotation === "" ? textOf(moved(base, offsetOf("rotation", number))) : rotation;
      if (end === textOf(base)) throw args.wrong("one of the rotation_ arguments is needed");
      return { ...momentAttributes(base), rotation_rfc3339: end };
    }
  }
}

const SERIAL_BYTES = 16;

async function tlsAttributes(type: string, args: Arguments, bytes: RandomBytes, now: number): Promise<JsonObject> {
  if (type === "tls_private_key") {
    const [algorithm, curve] = [args.text("algorithm", ""), args.text("ecdsa_curve", "P224")];
    const made = privateKey({ algorithm, curve, rsaBits: args.number("rsa_bits", 2048) }, bytes);
    if (made === null) throw args.wrong("algorithm must be RSA, ECDSA (curves P224, P256, P384, P521) or ED25519");
    return made;
  }
  // Costs more than a start, and only certificates need it.
  const { certificateRequest, locallySigned, selfSigned } = await import("./tls/certificates.ts");
  const serial = bytes(SERIAL_BYTES);
  const id = Buffer.from(serial).toString("hex");
  try {
    switch (type) {
      case "tls_self_signed_cert": {
        const made = await selfSigned(args.text("private_key_pem", ""), requestOf(args), termsOf(args), now, serial);
        return { id, ...made };
      }
      case "tls_cert_request":
        return { id, ...(await certificateRequest(args.text("private_key_pem", ""), requestOf(args))) };
      default: {
        const authority = { keyPem: args.text("ca_private_key_pem", ""), certificatePem: args.text("ca_cert_pem", "") };
        // The authority's key always signs, and always says so.
        const terms = { ...termsOf(args), authorityKeyId: true };
        return { id, ...(await locallySigned(args.text("cert_request_pem", ""), authority, terms, now, serial)) };
      }
    }
  } catch (error) {
    // The library's words may quote a key.
    const known = error instanceof Error && /cannot sign|can sign|signature of/.test(error.message);
    throw error instanceof Error && error.name === "UserError"
      ? error
      : args.wrong(known ? error.message : "one of its PEM arguments cannot be read");
  }
}

function requestOf(args: Arguments): CertificateRequest {
  return {
    subject: args.block("subject"),
    dnsNames: args.texts("dns_names"),
    ipAddresses: args.texts("ip_addresses"),
    uris: args.texts("uris"),
  };
}

function termsOf(args: Arguments): CertificateTerms {
  const uses = args.texts("allowed_uses");
  const wrong = unknownUse(uses);
  if (wrong !== null) throw args.wrong(`allowed_uses knows no "${wrong}"`);
  const path = args.text("max_path_length", "");
  return {
    hours: args.number("validity_period_hours"),
    uses,
    isAuthority: args.bool("is_ca_certificate", false),
    maxPathLength: path === "" ? null : Number(path),
    subjectKeyId: args.bool("set_subject_key_id", false),
    authorityKeyId: args.bool("set_authority_key_id", false),
  };
}
