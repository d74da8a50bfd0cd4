import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { JsonObject } from "../../model/json.ts";
import { openSshPrivateKey, publicBlob } from "./openssh.ts";

/** Names of the tls provider's curves to those of OpenSSL. */
const curves: Readonly<Record<string, string>> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

export interface KeyRequest {
  readonly algorithm: string;
  readonly rsaBits: number;
  readonly curve: string;
}

/** Attributes of `tls_private_key` (registry documentation of hashicorp/tls); null for an algorithm that is none. */
export function privateKey(request: KeyRequest, bytes: (n: number) => Uint8Array): JsonObject | null {
  const key = newKey(request);
  if (key === null) return null;
  const publicKey = createPublicKey(key);
  const blob = publicBlob(publicKey);
  const openssh = blob === null ? "" : `${opensshName(blob)} ${blob.toString("base64")}\n`;
  return {
    id: createHash("sha1")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex"),
    private_key_pem: pemOf(key),
    private_key_pem_pkcs8: String(key.export({ type: "pkcs8", format: "pem" })),
    private_key_openssh: blob === null ? "" : openSshPrivateKey(key, bytes(4)),
    public_key_pem: String(publicKey.export({ type: "spki", format: "pem" })),
    public_key_openssh: openssh,
    public_key_fingerprint_md5: blob === null ? "" : fingerprintMd5(blob),
    public_key_fingerprint_sha256: blob === null ? "" : fingerprintSha256(blob),
  };
}

function newKey({ algorithm, rsaBits, curve }: KeyRequest): KeyObject | null {
  switch (algorithm) {
    case "RSA":
      return generateKeyPairSync("rsa", { modulusLength: rsaBits }).privateKey;
    case "ECDSA": {
      const namedCurve = curves[curve];
      return namedCurve === undefined ? null : generateKeyPairSync("ec", { namedCurve }).privateKey;
    }
    case "ED25519":
      return generateKeyPairSync("ed25519").privateKey;
    default:
      return null;
  }
}

/** PKCS #1 and SEC 1 for the older algorithms, as the provider writes them. */
function pemOf(key: KeyObject): string {
  const types = { rsa: "pkcs1", ec: "sec1" } as const;
  const type = types[key.asymmetricKeyType as keyof typeof types] ?? "pkcs8";
  return String(key.export({ type, format: "pem" }));
}

/** `RSA`, `ECDSA` or `ED25519` of a PEM key. Throws where the text is no key. */
export function algorithmOf(pem: string): string {
  const names: Readonly<Record<string, string>> = { rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" };
  return names[createPrivateKey(pem).asymmetricKeyType ?? ""] ?? "";
}

function opensshName(blob: Buffer): string {
  return blob.subarray(4, 4 + blob.readUInt32BE(0)).toString();
}

function fingerprintMd5(blob: Buffer): string {
  return createHash("md5").update(blob).digest("hex").match(/../g)!.join(":");
}

function fingerprintSha256(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
