import { constants, createPrivateKey, createPublicKey, publicEncrypt, randomBytes, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/desired/expression/evaluate.ts";
import { parseTemplate } from "../../src/desired/expression/parse.ts";
import { layBare, Sensitive } from "../../src/desired/expression/value.ts";
import { makeValue } from "../../src/desired/make-value.ts";
import { publicBlob } from "../../src/desired/tls/openssh.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { isDue } from "../../src/model/renewal.ts";

const now = Date.parse("2026-01-31T10:00:00.500Z");

async function make(type: string, args: JsonObject) {
  const origin = { stack: "app", address: `${type}.x`, constructPath: "" };
  const resource = { stack: "app", address: `${type}.x`, type, arguments: args, origin };
  return makeValue(resource, { bytes: (n) => randomBytes(n), now });
}

async function attributes(type: string, args: JsonObject): Promise<Record<string, string>> {
  return (await make(type, args)).attributes as Record<string, string>;
}

const keys: [string, JsonObject][] = [
  ["RSA", { algorithm: "RSA" }],
  ["P256", { algorithm: "ECDSA", ecdsa_curve: "P256" }],
  ["P384", { algorithm: "ECDSA", ecdsa_curve: "P384" }],
  ["P521", { algorithm: "ECDSA", ecdsa_curve: "P521" }],
  ["ED25519", { algorithm: "ED25519" }],
];

describe("tls_private_key", () => {
  test.each(keys)("%s in all its forms", async (_name, args) => {
    const key = await attributes("tls_private_key", args);
    const publicPem = createPublicKey(createPrivateKey(key["private_key_pem"]!)).export({
      type: "spki",
      format: "pem",
    });
    expect(key["public_key_pem"]).toBe(publicPem);
    expect(createPrivateKey(key["private_key_pem_pkcs8"]!).equals(createPrivateKey(key["private_key_pem"]!))).toBe(
      true,
    );
    const blob = publicBlob(createPublicKey(String(publicPem)));
    expect(key["public_key_openssh"]?.split(" ")[1]?.trim()).toBe(blob?.toString("base64"));
    const body = Buffer.from(key["private_key_openssh"]!.replace(/-----.*-----|\n/g, ""), "base64");
    expect(body.subarray(0, 15).toString()).toBe("openssh-key-v1\0");
    expect(body.includes(blob!)).toBe(true);
    expect(key["public_key_fingerprint_sha256"]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(key["public_key_fingerprint_md5"]).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  });

  test("the provider's default curve has no place in SSH", async () => {
    const key = await attributes("tls_private_key", { algorithm: "ECDSA" });
    expect(key["private_key_pem"]).toContain("BEGIN EC PRIVATE KEY");
    expect(key["public_key_openssh"]).toBe("");
    expect(key["private_key_openssh"]).toBe("");
  });
});

describe("rsadecrypt()", () => {
  // Terraform 1.11.4 answered alike, with keys and texts made by openssl.
  test("reads what was encrypted for a tls_private_key, and nothing else", async () => {
    const key = await attributes("tls_private_key", { algorithm: "RSA" });
    const other = await attributes("tls_private_key", { algorithm: "RSA" });
    const curve = await attributes("tls_private_key", { algorithm: "ECDSA", ecdsa_curve: "P256" });
    const encrypted = (padding: number): string =>
      publicEncrypt({ key: key["public_key_pem"]!, padding }, Buffer.from("hello w\u00f6rld")).toString("base64");
    const own = encrypted(constants.RSA_PKCS1_PADDING);
    const read = (text: string, pem: string) => {
      const names: Record<string, string | Sensitive> = { text, pem: new Sensitive(pem) };
      return layBare(evaluate(parseTemplate("${rsadecrypt(text, pem)}"), { name: (name) => names[name]! }));
    };
    expect(read(own, key["private_key_pem"]!)).toMatchObject({ plain: "hello w\u00f6rld", sensitive: true });
    expect(read(own, `a comment\n${key["private_key_pem_pkcs8"]!}`).plain).toBe("hello w\u00f6rld");
    for (const [text, pem] of [
      [own, other["private_key_pem"]!],
      [own, curve["private_key_pem"]!],
      [own, key["public_key_pem"]!],
      [own, "no key"],
      [encrypted(constants.RSA_PKCS1_OAEP_PADDING), key["private_key_pem"]!],
      ["", key["private_key_pem"]!],
      ["x!", key["private_key_pem"]!],
    ] as const) {
      expect(() => read(text, pem)).toThrow("rsadecrypt(): it does not take this (sensitive) argument");
    }
  });
});

const terms = {
  validity_period_hours: 48,
  early_renewal_hours: 12,
  allowed_uses: ["cert_signing", "digital_signature", "server_auth"],
};

describe("certificates", () => {
  test.each(keys)("an authority with a key of %s signs a request", async (_name, args) => {
    const [authorityKey, key] = [await attributes("tls_private_key", args), await attributes("tls_private_key", args)];
    const authority = await attributes("tls_self_signed_cert", {
      private_key_pem: authorityKey["private_key_pem"]!,
      subject: [{ common_name: "an authority", organization: "shop", country: "DE" }],
      is_ca_certificate: true,
      ...terms,
    });
    const request = await attributes("tls_cert_request", {
      private_key_pem: key["private_key_pem"]!,
      subject: { common_name: "db" },
      dns_names: ["db", "db.web.svc"],
      ip_addresses: ["10.0.0.1"],
    });
    const signed = await attributes("tls_locally_signed_cert", {
      cert_request_pem: request["cert_request_pem"]!,
      ca_private_key_pem: authorityKey["private_key_pem"]!,
      ca_cert_pem: authority["cert_pem"]!,
      ...terms,
    });
    const root = new X509Certificate(authority["cert_pem"]!);
    const leaf = new X509Certificate(signed["cert_pem"]!);
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.subject.split("\n")).toEqual(["C=DE", "O=shop", "CN=an authority"]);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey(key["private_key_pem"]!))).toBe(true);
    expect(leaf.subject).toBe("CN=db");
    expect(leaf.subjectAltName).toBe("DNS:db, DNS:db.web.svc, IP Address:10.0.0.1");
    expect(signed["validity_start_time"]).toBe("2026-01-31T10:00:00Z");
    expect(signed["validity_end_time"]).toBe("2026-02-02T10:00:00Z");
  });

  test("is due before its early renewal, and not before", async () => {
    const { private_key_pem } = await attributes("tls_private_key", keys[1]![1]);
    const made = await make("tls_self_signed_cert", { private_key_pem: private_key_pem!, ...terms });
    const hour = 3_600_000;
    expect(isDue(made, now)).toBe(false);
    expect(isDue(made, now + 35 * hour)).toBe(false);
    expect(isDue(made, now + 37 * hour)).toBe(true);
    expect(isDue(made, null)).toBe(false);
  });

  test.each([
    ["tls_self_signed_cert", { private_key_pem: "hunter2", ...terms }, /PEM arguments cannot be read/],
    ["tls_self_signed_cert", { private_key_pem: "x", ...terms, allowed_uses: ["magic"] }, /knows no "magic"/],
    ["tls_private_key", { algorithm: "DSA" }, /algorithm must be/],
  ] as const)("%s says what is wrong", async (type, args, message) => {
    await expect(make(type, args as unknown as JsonObject)).rejects.toThrow(message);
  });
});

describe("times", () => {
  test("time_static", async () => {
    expect(await attributes("time_static", {})).toMatchObject({
      id: "2026-01-31T10:00:00Z",
      unix: 1769853600,
      month: 1,
    });
    expect(await attributes("time_static", { rfc3339: "2020-02-03T04:05:06Z" })).toMatchObject({ day: 3, second: 6 });
  });

  test.each([
    [{ offset_days: 1 }, "2026-02-01T10:00:00Z"],
    [{ offset_months: 1 }, "2026-03-03T10:00:00Z"],
    [{ offset_years: -1, offset_minutes: 5 }, "2025-01-31T10:05:00Z"],
  ])("time_offset %j", async (args, expected) => {
    expect(await attributes("time_offset", args)).toMatchObject({
      rfc3339: expected,
      base_rfc3339: "2026-01-31T10:00:00Z",
    });
  });

  test("time_rotating is due after its rotation", async () => {
    const made = await make("time_rotating", { rotation_hours: 2 });
    expect(made.attributes).toMatchObject({
      rfc3339: "2026-01-31T10:00:00Z",
      rotation_rfc3339: "2026-01-31T12:00:00Z",
    });
    expect(isDue(made, now + 7_100_000)).toBe(false);
    expect(isDue(made, now + 7_200_000)).toBe(true);
    await expect(make("time_rotating", {})).rejects.toThrow(/rotation_/);
  });
});
