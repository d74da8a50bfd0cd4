import { createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign, verify } from "node:crypto";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { listAt, numberAt, textAt } from "../model/read-field.ts";
import type { KeyPair } from "./credentials.ts";
import type { User } from "./user.ts";

const issuer = "https://kubernetes.default.svc.cluster.local";

export interface TokenWish {
  readonly audiences: readonly string[];
  /** null: the token never ends, as those in Secrets. */
  readonly seconds: number | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Issues and checks tokens of service accounts: JWTs (RFC 7519) signed with the cluster's own key, ES256. */
export class Tokens {
  readonly #pair: KeyPair;
  #keys: { own: KeyObject; public: KeyObject } | null = null;

  constructor(pair: KeyPair) {
    this.#pair = pair;
  }

  issue(account: KubeObject, { audiences, seconds, now }: TokenWish): string {
    const { name, namespace = "", uid = "" } = account.metadata;
    const iat = Math.floor(now / 1000);
    const claims = {
      aud: audiences.length === 0 ? [issuer] : [...audiences],
      ...(seconds === null ? {} : { exp: iat + seconds }),
      ...{ iat, iss: issuer, jti: randomUUID(), nbf: iat },
      "kubernetes.io": { namespace, serviceaccount: { name, uid } },
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const head = `${encoded({ alg: "ES256", typ: "JWT" })}.${encoded(claims)}`;
    const key = { key: this.#loaded().own, dsaEncoding: "ieee-p1363" } as const;
    return `${head}.${sign("sha256", Buffer.from(head), key).toString("base64url")}`;
  }

  /** Whose token that is; null for one that is malformed, expired, or of an account that has gone. */
  user(token: string, now: number, account: (namespace: string, name: string) => KubeObject | null): User | null {
    const [head, body, signature, more] = token.split(".");
    if (head === undefined || body === undefined || signature === undefined || more !== undefined) return null;
    const key = { key: this.#loaded().public, dsaEncoding: "ieee-p1363" } as const;
    if (!verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))) return null;
    const claims: unknown = JSON.parse(Buffer.from(body, "base64url").toString());
    if (!isJsonObject(claims) || (claims["exp"] !== undefined && numberAt(claims, "exp") * 1000 <= now)) return null;
    if (!listAt(claims, "aud").includes(issuer)) return null;
    const namespace = textAt(claims, "kubernetes.io", "namespace");
    const name = textAt(claims, "kubernetes.io", "serviceaccount", "name");
    const found = account(namespace, name);
    if (found === null || found.metadata.uid !== textAt(claims, "kubernetes.io", "serviceaccount", "uid")) return null;
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
    return { name: `system:serviceaccount:${namespace}:${name}`, groups };
  }

  #loaded(): { own: KeyObject; public: KeyObject } {
    this.#keys ??= { own: createPrivateKey(this.#pair.key), public: createPublicKey(this.#pair.certificate) };
    return this.#keys;
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
