import type { Json } from "../../model/json.ts";

const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimal: readonly (readonly [string, number])[] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
];
const shape = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

/**
 * A quantity as the server writes it back: no fraction, the largest suffix that leaves a whole number, in the family of
 * suffixes that it was given in (API reference, Quantity). Null where the text is no quantity.
 */
export function canonicalQuantity(value: Json): string | null {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return null;
  const match = shape.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return null;
  // In billionths, rounded up: nothing smaller is kept.
  let nanos = BigInt(whole + fraction.padEnd(9, "0").slice(0, 9) || "0");
  if (/[1-9]/.test(fraction.slice(9))) nanos += 1n;
  const minus = sign === "-" ? "-" : "";
  const binaryPower = binary.indexOf(suffix);
  if (binaryPower > 0) return minus + binaryText(nanos * 1024n ** BigInt(binaryPower));
  const exponent = /^[eE]/.test(suffix) ? Number(suffix.slice(1)) : decimal.find(([name]) => name === suffix)![1];
  nanos = exponent >= 0 ? nanos * 10n ** BigInt(exponent) : ceilingDivide(nanos, 10n ** BigInt(-exponent));
  return minus + decimalText(nanos, /^[eE]/.test(suffix));
}

function binaryText(nanos: bigint): string {
  if (nanos % 1_000_000_000n !== 0n) return decimalText(nanos, false);
  let value = nanos / 1_000_000_000n;
  let power = 0;
  while (value !== 0n && value % 1024n === 0n && power < binary.length - 1) {
    value /= 1024n;
    power++;
  }
  return `${value}${binary[power]}`;
}

function decimalText(nanos: bigint, exponential: boolean): string {
  if (nanos === 0n) return "0";
  let value = nanos;
  let power = -9;
  while (value % 1000n === 0n && power < 18) {
    value /= 1000n;
    power += 3;
  }
  if (exponential) return power === 0 ? String(value) : `${value}e${power}`;
  return `${value}${decimal.find(([, exponent]) => exponent === power)![0]}`;
}

function ceilingDivide(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
