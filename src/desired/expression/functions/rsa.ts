import { constants, createPrivateKey, type KeyObject, privateDecrypt } from "node:crypto";
import { fail } from "./define.ts";

/** Decrypts what was encrypted to the key's owner by PKCS #1 v1.5 (RFC 8017, section 7.2.2); `pem` is a plain RSA key. */
export function rsaDecrypt(encrypted: Buffer, pem: string): Buffer {
  const key = rsaKey(pem);
  return withoutPadding(decrypted(encrypted, key)) ?? fail("the text was not encrypted for this key");
}

function rsaKey(pem: string): KeyObject {
  // Text around the key is no part of it.
  const block = /-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/.exec(pem)?.[0];
  try {
    const key = createPrivateKey(block ?? "");
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // Told below, like a key of another kind: neither message may quote the key.
  }
  return fail("the private key is no RSA key in PEM, or it needs a passphrase");
}

/** Node refuses to take this padding off by itself where its OpenSSL could tell an attacker how it failed. */
function decrypted(encrypted: Buffer, key: KeyObject): Buffer {
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted);
  } catch {
    return fail("the text was not encrypted for this key");
  }
}

/** 00 02, at least eight bytes that are not zero, 00, and the message. */
function withoutPadding(block: Buffer): Buffer | null {
  const end = block.indexOf(0, 2);
  return block[0] === 0 && block[1] === 2 && end >= 10 ? block.subarray(end + 1) : null;
}
