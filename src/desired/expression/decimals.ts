/** `digits` * 10^`exponent`, exactly. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** The decimal number that a double stands for: the shortest one that reads back as it. */
export function decimalOf(value: number): Decimal {
  const [, sign = "", whole = "0", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return { digits: BigInt(sign + whole + fraction), exponent: Number(exponent) - fraction.length };
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const shift = (d: Decimal): bigint => d.digits * 10n ** BigInt(d.exponent - exponent);
  return [shift(a), shift(b), exponent];
}

/** Beyond this many places the exact result would be large and its last places mean nothing. */
const MOST_PLACES = 400;

/**
 * Arithmetic on what a user wrote: 0.1 + 0.2 is 0.3. Terraform counts with 512 bits; exact decimals that are rounded
 * once, at the end, come to the same double.
 */
export function arithmetic(operator: "+" | "-" | "*" | "/" | "%", left: number, right: number): number {
  const rough = roughly(operator, left, right);
  if (Number.isSafeInteger(rough) && Number.isSafeInteger(left) && Number.isSafeInteger(right)) return rough;
  if (![left, right, rough].every(Number.isFinite)) return rough;
  const a = decimalOf(left);
  const b = decimalOf(right);
  if (Math.abs(a.exponent - b.exponent) > MOST_PLACES) return rough;
  const [x, y, exponent] = aligned(a, b);
  switch (operator) {
    case "+":
      return doubleOf({ digits: x + y, exponent });
    case "-":
      return doubleOf({ digits: x - y, exponent });
    case "%":
      return doubleOf({ digits: x % y, exponent });
    case "*":
      return doubleOf({ digits: a.digits * b.digits, exponent: a.exponent + b.exponent });
    case "/":
      return doubleOf({ digits: (x * 10n ** 40n) / y, exponent: -40 });
  }
}

function roughly(operator: "+" | "-" | "*" | "/" | "%", a: number, b: number): number {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  return operator === "/" ? a / b : a % b;
}

function doubleOf({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}

/** Terraform's decimal form: no exponent, however large or small. */
export function numberText(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  return decimalText(decimalOf(value));
}

export function decimalText({ digits, exponent }: Decimal): string {
  const sign = digits < 0n ? "-" : "";
  const all = String(digits < 0n ? -digits : digits);
  if (exponent >= 0) return sign + all + "0".repeat(exponent);
  const padded = all.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** Rounded to `places` behind the point, half to even. */
export function rounded({ digits, exponent }: Decimal, places: number): Decimal {
  const cut = -places - exponent;
  if (cut <= 0) return { digits: digits * 10n ** BigInt(-cut), exponent: -places };
  const unit = 10n ** BigInt(cut);
  const size = digits < 0n ? -digits : digits;
  const rest = size % unit;
  const low = size / unit;
  const up = rest * 2n > unit || (rest * 2n === unit && low % 2n === 1n);
  const result = up ? low + 1n : low;
  return { digits: digits < 0n ? -result : result, exponent: -places };
}
