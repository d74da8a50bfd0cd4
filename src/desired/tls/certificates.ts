import { createPrivateKey, createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import type { JsonObject } from "../../model/json.ts";
import { algorithmOf } from "./keys.ts";
import { extendedUses, flagsOf } from "./uses.ts";
import { x509 } from "./x509.ts";

/** What a certificate or a request for one is to say. */
export interface CertificateRequest {
  /** Attributes of the `subject` block. */
  readonly subject: JsonObject;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
}

export interface CertificateTerms {
  readonly hours: number;
  readonly uses: readonly string[];
  readonly isAuthority: boolean;
  readonly maxPathLength: number | null;
  readonly subjectKeyId: boolean;
  readonly authorityKeyId: boolean;
}

interface Signer {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
  readonly algorithm: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
}

/** `cert_pem` and the times of a certificate that its own key signs. `now` in milliseconds since 1970. */
export async function selfSigned(
  keyPem: string,
  request: CertificateRequest,
  terms: CertificateTerms,
  now: number,
  serial: Uint8Array,
): Promise<JsonObject> {
  const signer = await signerOf(keyPem);
  const subject = nameOf(request.subject);
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialText(serial),
    subject,
    issuer: subject,
    publicKey: signer.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signer.algorithm,
    ...validity(terms, now),
    extensions: await extensionsOf(terms, alternativeNames(request), signer.publicKey, signer.publicKey),
  });
  return { cert_pem: pem(made), ...times(terms, now), key_algorithm: algorithmOf(keyPem) };
}

export async function certificateRequest(keyPem: string, request: CertificateRequest): Promise<JsonObject> {
  const signer = await signerOf(keyPem);
  const names = alternativeNames(request);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(request.subject),
    keys: { privateKey: signer.privateKey, publicKey: signer.publicKey },
    signingAlgorithm: signer.algorithm,
    extensions: names === null ? [] : [names],
  });
  return { cert_request_pem: pem(made), key_algorithm: algorithmOf(keyPem) };
}

/** A certificate for a request, signed by an authority of ours. */
export async function locallySigned(
  requestPem: string,
  authority: { readonly keyPem: string; readonly certificatePem: string },
  terms: CertificateTerms,
  now: number,
  serial: Uint8Array,
): Promise<JsonObject> {
  const signer = await signerOf(authority.keyPem);
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  if (!(await request.verify())) throw new Error("the signature of cert_request_pem is not that of its key");
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const publicKey = await request.publicKey.export();
  // Every other extension of a request is the authority's to grant (RFC 2986), and comes from the terms.
  const asked = request.extensions.find((extension) => extension.type === ALTERNATIVE_NAMES);
  const names = asked === undefined ? null : new x509.SubjectAlternativeNameExtension(asked.rawData);
  const extensions = await extensionsOf(terms, names, publicKey, signer.publicKey);
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialText(serial),
    subject: request.subjectName.toJSON(),
    issuer: issuer.subjectName.toJSON(),
    publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signer.algorithm,
    ...validity(terms, now),
    extensions,
  });
  return { cert_pem: pem(made), ...times(terms, now), ca_key_algorithm: algorithmOf(authority.keyPem) };
}

const ALTERNATIVE_NAMES = "2.5.29.17";

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

async function signerOf(keyPem: string): Promise<Signer> {
  const key = createPrivateKey(keyPem);
  const algorithm = algorithmFor(key);
  const der = (from: KeyObject, type: "pkcs8" | "spki"): Buffer =>
    from.export({ type, format: "der" } as never) as unknown as Buffer;
  return {
    algorithm,
    privateKey: await webcrypto.subtle.importKey("pkcs8", der(key, "pkcs8"), algorithm, true, ["sign"]),
    publicKey: await webcrypto.subtle.importKey("spki", der(createPublicKey(key), "spki"), algorithm, true, ["verify"]),
  };
}

const ellipticCurves: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  prime256v1: { namedCurve: "P-256", hash: "SHA-256" },
  secp384r1: { namedCurve: "P-384", hash: "SHA-384" },
  secp521r1: { namedCurve: "P-521", hash: "SHA-512" },
};

function algorithmFor(key: KeyObject): Signer["algorithm"] {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    case "ed25519":
      return { name: "Ed25519" };
    case "ec": {
      const curve = ellipticCurves[key.asymmetricKeyDetails?.namedCurve ?? ""];
      if (curve !== undefined) return { name: "ECDSA", ...curve };
      throw new Error("a key on this curve cannot sign certificates here: use P256, P384 or P521");
    }
    default:
      throw new Error("only RSA, ECDSA and ED25519 keys can sign certificates");
  }
}

/** Order and object identifiers of Go's pkix.Name. */
const nameParts: readonly (readonly [attribute: string, type: string])[] = [
  ["country", "C"],
  ["organization", "O"],
  ["organizational_unit", "OU"],
  ["locality", "L"],
  ["province", "ST"],
  ["street_address", "2.5.4.9"],
  ["postal_code", "2.5.4.17"],
  ["common_name", "CN"],
  ["serial_number", "2.5.4.5"],
];

function nameOf(subject: JsonObject): Record<string, string[]>[] {
  return nameParts.flatMap(([attribute, type]) => {
    const value = subject[attribute];
    const values = (Array.isArray(value) ? value : [value]).filter((v) => v !== undefined && v !== null && v !== "");
    return values.map((v) => ({ [type]: [String(v)] }));
  });
}

type AlternativeNames = InstanceType<typeof x509.SubjectAlternativeNameExtension>;

function alternativeNames({ dnsNames, ipAddresses, uris }: CertificateRequest): AlternativeNames | null {
  const names = [
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...uris.map((value) => ({ type: "url" as const, value })),
  ];
  return names.length === 0 ? null : new x509.SubjectAlternativeNameExtension(names);
}

async function extensionsOf(
  terms: CertificateTerms,
  names: AlternativeNames | null,
  publicKey: webcrypto.CryptoKey,
  signingKey: webcrypto.CryptoKey,
) {
  const flags = flagsOf(terms.uses);
  const extended = extendedUses(terms.uses);
  return [
    ...(flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]),
    ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...extended])]),
    new x509.BasicConstraintsExtension(terms.isAuthority, terms.maxPathLength ?? undefined, true),
    ...(terms.subjectKeyId || terms.isAuthority ? [await x509.SubjectKeyIdentifierExtension.create(publicKey)] : []),
    ...(terms.authorityKeyId ? [await x509.AuthorityKeyIdentifierExtension.create(signingKey)] : []),
    ...(names === null ? [] : [names]),
  ];
}

function validity({ hours }: CertificateTerms, now: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now), notAfter: new Date(now + hours * 3_600_000) };
}

function times(terms: CertificateTerms, now: number): JsonObject {
  const { notBefore, notAfter } = validity(terms, now);
  const text = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");
  return { validity_start_time: text(notBefore), validity_end_time: text(notAfter), ready_for_renewal: false };
}

/** Positive, as RFC 5280 wants it. */
function serialText(bytes: Uint8Array): string {
  const made = Buffer.from(bytes);
  made[0] = (made[0]! & 0x7f) | 0x40;
  return made.toString("hex");
}

function pem(made: { toString(format: "pem"): string }): string {
  return `${made.toString("pem").trim()}\n`;
}
