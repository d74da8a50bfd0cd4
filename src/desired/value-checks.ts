import { didYouMean } from "../model/near.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { metaArguments } from "./meta-arguments.ts";
import type { Fail } from "./problems.ts";
import { attributesOf } from "./random.ts";
import type { ResourceSource } from "./source.ts";

/** Arguments without which a value cannot be made, by type (the providers' schemas). */
const required: Readonly<Record<string, readonly string[]>> = {
  random_password: ["length"],
  random_string: ["length"],
  random_id: ["byte_length"],
  random_integer: ["min", "max"],
  random_bytes: ["length"],
  random_shuffle: ["input"],
  tls_private_key: ["algorithm"],
  tls_self_signed_cert: ["private_key_pem", "validity_period_hours", "allowed_uses"],
  tls_cert_request: ["private_key_pem"],
  tls_locally_signed_cert: [
    "cert_request_pem",
    "ca_private_key_pem",
    "ca_cert_pem",
    "validity_period_hours",
    "allowed_uses",
  ],
};

/** The tls provider read these once, and ignores them now. */
const FORMER: ReadonlySet<string> = new Set(["key_algorithm", "ca_key_algorithm"]);

const KEY_ALGORITHMS = ["RSA", "ECDSA", "ED25519"];

/** What a provider's schema would say of a value's arguments, before anything is made. */
export function checkValue({ body, type }: ResourceSource, fail: Fail): void {
  const { given } = attributesOf(type);
  for (const name of Object.keys(body)) {
    if (metaArguments.has(name) || given.includes(name) || FORMER.has(name)) continue;
    const remedy = didYouMean(name, given) ?? `it takes ${given.join(", ")}`;
    fail(new ExpressionError("unknown-field", `argument "${name}" is not known`, remedy), [name]);
  }
  for (const name of required[type] ?? []) {
    if ((body[name] ?? null) === null) fail(new ExpressionError("missing-field", `"${name}" is missing`), []);
  }
  for (const name of ["rfc3339", "base_rfc3339", "rotation_rfc3339"]) checkTime(body[name], name, fail);
  for (const name of ["length", "byte_length"]) checkLength(body[name], name, type, fail);
  const algorithm = body["algorithm"];
  if (type !== "tls_private_key" || typeof algorithm !== "string" || algorithm.includes("${")) return;
  if (KEY_ALGORITHMS.includes(algorithm)) return;
  const message = `must be one of ${KEY_ALGORITHMS.join(", ")}, is ${JSON.stringify(algorithm)}`;
  fail(new ExpressionError("wrong-type", message), ["algorithm"]);
}

function checkTime(value: unknown, name: string, fail: Fail): void {
  if (typeof value !== "string" || value.includes("${") || !Number.isNaN(Date.parse(value))) return;
  const message = `is no time such as 2026-01-31T00:00:00Z: ${JSON.stringify(value)}`;
  fail(new ExpressionError("wrong-type", message), [name]);
}

function checkLength(value: unknown, name: string, type: string, fail: Fail): void {
  // A pet's length counts words.
  if (value === undefined || value === null || !type.startsWith("random_") || typeof value === "object") return;
  if (typeof value === "string" && /[$%]\{/.test(value)) return;
  const number = typeof value === "boolean" || value === "" ? Number.NaN : Number(value);
  if (Number.isInteger(number) && number >= 1) return;
  fail(
    new ExpressionError("wrong-type", `must be a whole number above 0, is ${JSON.stringify(value)}`, "give another"),
    [name],
  );
}
