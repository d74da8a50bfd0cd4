import { arithmetic } from "../decimals.ts";
import type { Plain } from "../value.ts";
import { finite, toNumber, toPlainList } from "../value.ts";
import { ANY, type FunctionTable, fail, plain } from "./define.ts";

function numeric(change: (n: number) => number) {
  return plain(1, 1, (n = null) => change(toNumber(n)));
}

/** Up to base 36 letters are alike in both cases. */
function parseInteger(text: Plain, base: number): number {
  if (typeof text !== "string") return fail("the first argument must be a string");
  if (!Number.isInteger(base) || base < 2 || base > 62) fail("the base must be 2 to 62");
  const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".slice(0, base);
  const unsigned = text.replace(/^[+-]/, "");
  const body = base <= 36 ? unsigned.toLowerCase() : unsigned;
  if (body === "" || [...body].some((c) => !digits.includes(c))) fail(`the text is no integer of base ${base}`);
  const size = [...body].reduce((sum, c) => sum * BigInt(base) + BigInt(digits.indexOf(c)), 0n);
  return Number(text.startsWith("-") ? -size : size);
}

function wholeNumber(value: Plain): number {
  const number = toNumber(value);
  return Number.isInteger(number) ? number : fail("a whole number is needed");
}

function all(values: readonly Plain[]): number[] {
  return values.map(toNumber);
}

export const numbers: FunctionTable = {
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  signum: plain(1, 1, (n = null) => Math.sign(wholeNumber(n))),
  log: plain(2, 2, (n = null, base = null) => finite(Math.log(toNumber(n)) / Math.log(toNumber(base)))),
  pow: plain(2, 2, (n = null, exponent = null) => finite(toNumber(n) ** toNumber(exponent))),
  max: plain(1, ANY, (...values) => Math.max(...all(values))),
  min: plain(1, ANY, (...values) => Math.min(...all(values))),
  sum: plain(1, 1, (list = null) => {
    const values = all(toPlainList(list));
    return values.length === 0 ? fail("the list is empty") : values.reduce((a, b) => arithmetic("+", a, b));
  }),
  parseint: plain(2, 2, (text = null, base = null) => parseInteger(text, toNumber(base))),
};
