import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateValue } from "../../src/desired/generate.ts";
import type { GeneratedResource } from "../../src/model/desired.ts";
import { UserError } from "../../src/model/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";

/** A stream of bytes that a seed decides. */
function stream(seed: string): (n: number) => Uint8Array {
  let counter = 0;
  return (n) => {
    const parts: Buffer[] = [];
    for (let have = 0; have < n; have += 32) parts.push(createHash("sha256").update(`${seed} ${counter++}`).digest());
    return Buffer.concat(parts).subarray(0, n);
  };
}

function resource(type: string, args: JsonObject): GeneratedResource {
  const origin = { stack: "app", address: `${type}.x`, constructPath: "app/x" };
  return { stack: "app", address: `${type}.x`, type, arguments: args, origin };
}

function made(type: string, args: JsonObject, seed = "seed"): JsonObject {
  return generateValue(resource(type, args), stream(seed)).attributes;
}

describe("generateValue", () => {
  test("a password keeps to its classes and minimums", () => {
    fc.assert(
      fc.property(
        fc.record({
          upper: fc.nat(4),
          lower: fc.nat(4),
          numeric: fc.nat(4),
          special: fc.nat(4),
          more: fc.integer({ min: 1, max: 9 }),
        }),
        fc.string(),
        (min, seed) => {
          const length = min.upper + min.lower + min.numeric + min.special + min.more;
          const args = {
            length,
            min_upper: min.upper,
            min_lower: min.lower,
            min_numeric: min.numeric,
            min_special: min.special,
            override_special: "_~",
          };
          const result = String(made("random_password", args, seed)["result"]);
          const count = (pattern: RegExp): number => result.match(pattern)?.length ?? 0;
          expect(result).toHaveLength(length);
          expect(result).toMatch(/^[A-Za-z0-9_~]+$/);
          expect(count(/[A-Z]/g)).toBeGreaterThanOrEqual(min.upper);
          expect(count(/[a-z]/g)).toBeGreaterThanOrEqual(min.lower);
          expect(count(/[0-9]/g)).toBeGreaterThanOrEqual(min.numeric);
          expect(count(/[_~]/g)).toBeGreaterThanOrEqual(min.special);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("bytes that would favour some characters are thrown away", () => {
    // 256 is no multiple of 10: 250 to 255 must not become digits.
    const bytes = [255, 250, 7];
    const next = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => bytes.shift() ?? 0);
    const args = { length: 1, special: false, upper: false, lower: false };
    expect(generateValue(resource("random_string", args), next).attributes["result"]).toBe("7");
  });

  test.each([
    [
      "random_id",
      { byte_length: 2, prefix: "p-" },
      { b64_std: "p-AQI=", b64_url: "p-AQI", dec: "p-258", hex: "p-0102", id: "AQI" },
    ],
    ["random_uuid", {}, { id: "01020304-0506-4708-890a-0b0c0d0e0f10", result: "01020304-0506-4708-890a-0b0c0d0e0f10" }],
    ["random_integer", { min: "5", max: 5 }, { id: "5", result: 5 }],
    ["random_bytes", { length: 3 }, { base64: "AQID", hex: "010203" }],
    ["null_resource", { triggers: { a: "b" } }, { id: "01020304-0506-4708-890a-0b0c0d0e0f10" }],
  ])("%s", (type, args, expected) => {
    const counting = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => i + 1);
    expect(generateValue(resource(type, args as JsonObject), counting).attributes).toEqual(expected);
  });

  test("a pet's name has as many words as asked for", () => {
    expect(made("random_pet", { length: 4, prefix: "web", separator: "_" })["id"]).toMatch(/^web(_[a-z]+){4}$/);
  });

  test("arguments that contradict each other are the user's to mend", () => {
    expect(() => made("random_password", { length: 3, min_upper: 4 })).toThrow(UserError);
    expect(() => made("random_password", {})).toThrow(/"length" is missing/);
  });
});
