import type { Plain } from "../value.ts";
import { toBool, toNumber, toText } from "../value.ts";
import { fail } from "./define.ts";

const verb = /%(?:%|([-+# 0]*)(\d+)?(?:\.(\d+))?(?:\[(\d+)\])?([a-zA-Z]))/g;

/** `format` of the Terraform language: the verbs v, t, b, d, o, x, X, e, f, g, s, q with flags, width and precision. */
export function formatText(template: string, args: readonly Plain[]): string {
  let next = 0;
  return template.replace(
    verb,
    (whole: string, flags = "", width?: string, precision?: string, index?: string, letter = "") => {
      if (whole === "%%") return "%";
      if (index !== undefined) next = Number(index) - 1;
      const arg = args[next++];
      if (arg === undefined) return fail(`there is no argument for ${whole}`);
      const rendered = render(letter, flags, precision === undefined ? null : Number(precision), arg);
      return pad(rendered, flags, Number(width ?? 0), typeof arg === "number");
    },
  );
}

function render(letter: string, flags: string, precision: number | null, arg: Plain): string {
  const sign = (n: number, s: string): string =>
    flags.includes("+") && n >= 0 ? `+${s}` : flags.includes(" ") && n >= 0 ? ` ${s}` : s;
  const number = (): number => toNumber(arg);
  switch (letter) {
    case "v":
      if (arg === null || typeof arg === "object") return JSON.stringify(arg);
      return flags.includes("#") ? JSON.stringify(arg) : toText(arg);
    case "t":
      return String(toBool(arg));
    case "s":
      return arg === null ? "null" : toText(arg).slice(0, precision ?? undefined);
    case "q":
      return JSON.stringify(arg === null ? "null" : toText(arg));
    case "d":
      return sign(number(), String(Math.trunc(number())));
    case "b":
      return Math.trunc(number()).toString(2);
    case "o":
      return Math.trunc(number()).toString(8);
    case "x":
    case "X": {
      const hex = typeof arg === "string" ? Buffer.from(arg).toString("hex") : Math.trunc(number()).toString(16);
      return letter === "X" ? hex.toUpperCase() : hex;
    }
    case "e":
    case "E": {
      const text = number()
        .toExponential(precision ?? 6)
        .replace(/e([+-])(\d)$/, "e$10$2");
      return sign(number(), letter === "E" ? text.toUpperCase() : text);
    }
    case "f":
    case "F":
      return sign(number(), number().toFixed(precision ?? 6));
    case "g":
    case "G":
      return sign(number(), precision === null ? toText(number()) : String(Number(number().toPrecision(precision))));
    default:
      return fail(`unknown verb %${letter}`);
  }
}

function pad(text: string, flags: string, width: number, isNumber: boolean): string {
  if (text.length >= width) return text;
  if (flags.includes("-")) return text.padEnd(width);
  if (flags.includes("0") && isNumber) {
    const sign = /^[+-]/.exec(text)?.[0] ?? "";
    return sign + text.slice(sign.length).padStart(width - sign.length, "0");
  }
  return text.padStart(width);
}
