const binary: readonly string[] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimal: readonly string[] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/**
 * A quantity in the canonical form in which Kubernetes keeps it (API reference, "Quantity"): no fraction, the largest
 * suffix that leaves none, of the same family as given. null where the text is no quantity.
 */
export function canonicalQuantity(text: string): string | null {
  const match = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE])([+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]))?$/.exec(text);
  if (match === null) return null;
  const [, sign = "", digits = "0", exponentMark, exponent, suffix = ""] = match;
  const [whole = "0", fraction = ""] = digits.split(".");
  let value = BigInt(whole + fraction);
  // value * 10^-fraction.length, held in nano units so that every suffix is an integer factor.
  const scale = 10n ** BigInt(fraction.length);
  const negative = sign === "-" ? "-" : "";
  if (binary.indexOf(suffix) > 0) {
    value = divideUp(value * 1024n ** BigInt(binary.indexOf(suffix)) * NANO, scale);
    return negative + (value % NANO === 0n && value >= 1024n * NANO ? inBinary(value / NANO) : inDecimal(value));
  }
  if (exponentMark !== undefined) {
    const power = Number(exponent);
    if (Math.abs(power) > 30) return null;
    const nano = power >= 0 ? value * 10n ** BigInt(power) * NANO : (value * NANO) / 10n ** BigInt(-power);
    return negative + inExponent(divideUp(nano, scale));
  }
  const step = decimal.indexOf(suffix) - 3;
  value = divideUp(step >= 0 ? value * 1000n ** BigInt(step) * NANO : (value * NANO) / 1000n ** BigInt(-step), scale);
  return negative + inDecimal(value);
}

const NANO = 1_000_000_000n;

/** Kubernetes rounds away from zero what is smaller than a nano unit. */
function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

function inBinary(value: bigint): string {
  let step = 0;
  let rest = value;
  while (rest % 1024n === 0n && rest !== 0n && step < 6) {
    rest /= 1024n;
    step += 1;
  }
  return `${rest}${binary[step]}`;
}

function inDecimal(nano: bigint): string {
  if (nano === 0n) return "0";
  let step = 0;
  let rest = nano;
  while (rest % 1000n === 0n && step < 9) {
    rest /= 1000n;
    step += 1;
  }
  return `${rest}${decimal[step]}`;
}

function inExponent(nano: bigint): string {
  if (nano === 0n) return "0";
  let power = -9;
  let rest = nano;
  while (rest % 1000n === 0n) {
    rest /= 1000n;
    power += 3;
  }
  return power === 0 ? `${rest}` : `${rest}e${power}`;
}
