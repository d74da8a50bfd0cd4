import { type Decimal, decimalOf, decimalText, numberText, rounded } from "../decimals.ts";
import type { Plain } from "../value.ts";
import { toBool, toNumber, toText } from "../value.ts";
import { fail } from "./define.ts";
import { json } from "./json.ts";

const verb = /%(?:(%)|([-+# 0]*)(\d+)?(?:\.(\d*))?(?:\[(\d+)\])?([a-zA-Z]?))/g;

interface Verb {
  readonly flags: string;
  readonly width: number;
  /** null where none was given. */
  readonly precision: number | null;
  readonly letter: string;
}

/** `format` of the Terraform language: the verbs v, t, b, d, o, x, X, e, f, g, s, q with flags, width and precision. */
export function formatText(template: string, args: readonly Plain[]): string {
  let next = 0;
  let used = 0;
  const text = template.replace(
    verb,
    (whole: string, percent, flags = "", width?: string, precision?: string, index?: string, letter = "") => {
      if (percent === "%") return "%";
      if (letter === "") return fail(`there is no verb behind ${whole}`);
      if (index !== undefined) next = Number(index) - 1;
      const arg = args[next++];
      used = Math.max(used, next);
      if (arg === undefined) return fail(`there is no argument for ${whole}`);
      const one = { flags, width: Number(width ?? 0), precision: precision === undefined ? null : Number(precision) };
      return rendered({ ...one, letter }, arg);
    },
  );
  if (used < args.length) fail(`there are ${args.length} arguments, and the last one used is ${used}`);
  return text;
}

function rendered(one: Verb, arg: Plain): string {
  const { letter, flags } = one;
  if (letter === "v" && (arg !== null || flags.includes("#"))) return value(one, arg);
  if (arg === null) return fail(`null does not fit %${letter}`);
  switch (letter) {
    case "t":
      return String(toBool(arg));
    case "s":
      return pad(text(one, toText(arg)), one);
    case "q":
      return pad(json(text(one, toText(arg))), one);
    case "d":
      return padNumber(signed(flags, String(whole(arg))), one);
    case "b":
      return padNumber(signed(flags, based(whole(arg), 2, flags.includes("#") ? "0b" : "")), one);
    case "o":
      return padNumber(signed(flags, based(whole(arg), 8, flags.includes("#") ? "0" : "")), one);
    case "x":
    case "X": {
      const hex = based(whole(arg), 16, flags.includes("#") ? "0x" : "");
      return padNumber(signed(flags, letter === "X" ? hex.toUpperCase() : hex), one);
    }
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      return padNumber(signed(flags, float(one, toNumber(arg))), one);
    default:
      return fail(`unknown verb %${letter}`);
  }
}

/** %v: a string as %s, a number as %g, anything else as JSON; with # everything as JSON. */
function value(one: Verb, arg: Plain): string {
  if (one.flags.includes("#") || arg === null || typeof arg === "object") return pad(json(arg), one);
  if (typeof arg === "string") return pad(text(one, arg), one);
  if (typeof arg === "boolean") return pad(String(arg), one);
  return pad(float({ ...one, letter: "g" }, arg), one);
}

function text({ precision }: Verb, s: string): string {
  return precision === null ? s : [...s].slice(0, precision).join("");
}

function whole(arg: Plain): bigint {
  const number = toNumber(arg);
  if (!Number.isInteger(number)) fail("a whole number is needed");
  return BigInt(numberText(number));
}

function based(number: bigint, base: number, prefix: string): string {
  return number < 0n ? `-${prefix}${(-number).toString(base)}` : prefix + number.toString(base);
}

function float({ letter, precision }: Verb, number: number): string {
  const upper = letter === letter.toUpperCase();
  const lower = letter.toLowerCase();
  const plain =
    lower === "f" ? decimalText(rounded(decimalOf(number), precision ?? 6)) : scientific(lower, precision, number);
  return upper ? plain.toUpperCase() : plain;
}

function scientific(letter: string, precision: number | null, number: number): string {
  if (letter === "e") return exponential(decimalOf(number), precision ?? 6);
  const decimal = decimalOf(number);
  const places = precision === null ? String(decimal.digits).replace("-", "").length - 1 : Math.max(precision, 1) - 1;
  const withExponent = exponential(decimal, places);
  const power = Number(/e(.*)$/.exec(withExponent)?.[1] ?? 0);
  // Go's %g turns to exponents below -4, and at the precision, or 6 where there is none.
  if (power < -4 || power >= (precision === null ? 6 : Math.max(precision, 1))) return trimmed(withExponent);
  return trimmed(numberText(Number(withExponent)));
}

/** Without the zeros at the end of the fraction. */
function trimmed(text: string): string {
  return text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}

function exponential({ digits, exponent }: Decimal, places: number): string {
  if (digits === 0n) return `${decimalText({ digits: 0n, exponent: -places })}e+00`;
  const length = String(digits).replace("-", "").length;
  const first = rounded({ digits, exponent: -(length - 1) }, places);
  const carried = String(first.digits).replace("-", "").length > places + 1;
  const power = exponent + length - 1 + (carried ? 1 : 0);
  const mantissa = carried ? { digits: first.digits / 10n, exponent: -places } : first;
  return `${decimalText(mantissa)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function signed(flags: string, number: string): string {
  if (number.startsWith("-")) return number;
  return flags.includes("+") ? `+${number}` : flags.includes(" ") ? ` ${number}` : number;
}

/** Characters as people count them. */
function pad(text: string, { flags, width }: Verb): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  return (flags.includes("0") ? "0" : " ").repeat(missing) + text;
}

function padNumber(text: string, one: Verb): string {
  if (!one.flags.includes("0") || one.flags.includes("-"))
    return pad(text, { ...one, flags: one.flags.replace("0", "") });
  const sign = /^[-+ ]?(?:0[xb])?/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(one.width - sign.length, "0");
}
