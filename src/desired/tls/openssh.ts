import type { KeyObject } from "node:crypto";

const curveNames: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** A length and bytes (RFC 4251, "string"). */
function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive number (RFC 4251, "mpint"): without leading zeros, but never with the sign bit set. */
function number(base64url: string | undefined): Buffer {
  let bytes = Buffer.from(base64url ?? "", "base64url");
  while (bytes.length > 0 && bytes[0] === 0) bytes = bytes.subarray(1);
  return text((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** The public key as SSH sends it (RFC 4253, RFC 5656, RFC 8709); null for a curve that SSH does not have. */
export function publicBlob(key: KeyObject): Buffer | null {
  const jwk = jwkOf(key);
  if (jwk === null) return null;
  switch (jwk.kty) {
    case "RSA":
      return Buffer.concat([text("ssh-rsa"), number(jwk.e), number(jwk.n)]);
    case "EC": {
      const curve = curveNames[jwk.crv ?? ""];
      if (curve === undefined) return null;
      return Buffer.concat([text(`ecdsa-sha2-${curve}`), text(curve), text(point(jwk))]);
    }
    default:
      return Buffer.concat([text("ssh-ed25519"), text(Buffer.from(jwk.x ?? "", "base64url"))]);
  }
}

type Jwk = ReturnType<typeof exported>;

function exported(key: KeyObject) {
  return key.export({ format: "jwk" });
}

/** JWK has no name for P-224: neither has SSH. */
function jwkOf(key: KeyObject): Jwk | null {
  try {
    return exported(key);
  } catch {
    return null;
  }
}

function point(jwk: Jwk): Buffer {
  const part = (value = ""): Buffer => Buffer.from(value, "base64url");
  return Buffer.concat([Buffer.from([4]), part(jwk.x), part(jwk.y)]);
}

function privateFields(jwk: Jwk): Buffer {
  switch (jwk.kty) {
    case "RSA":
      return Buffer.concat([jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map(number));
    case "EC":
      return Buffer.concat([text(curveNames[jwk.crv ?? ""] ?? ""), text(point(jwk)), number(jwk.d)]);
    default: {
      const own = Buffer.from(jwk.x ?? "", "base64url");
      return Buffer.concat([text(own), text(Buffer.concat([Buffer.from(jwk.d ?? "", "base64url"), own]))]);
    }
  }
}

/** The unencrypted `openssh-key-v1` format (OpenSSH, PROTOCOL.key); `check` are four random bytes. */
export function openSshPrivateKey(key: KeyObject, check: Uint8Array): string {
  const jwk = exported(key);
  const blob = publicBlob(key)!;
  const name = blob.subarray(4, 4 + blob.readUInt32BE(0));
  const body = Buffer.concat([check, check, text(name), privateFields(jwk), text("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, i) => i + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const head = [Buffer.from("openssh-key-v1\0"), text("none"), text("none"), text(""), count, text(blob)];
  const all = Buffer.concat([...head, text(Buffer.concat([body, padding]))]);
  const lines = all.toString("base64").match(/.{1,70}/g)!;
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
