import type { Plain } from "../value.ts";
import { toNumber, toPlainList, toText } from "../value.ts";
import { ANY, type FunctionTable, fail, plain } from "./define.ts";

function numeric(change: (n: number) => number) {
  return plain(1, 1, (n = null) => change(toNumber(n)));
}

function parseInteger(text: string, base: number): number {
  const digits = "0123456789abcdefghijklmnopqrstuvwxyz".slice(0, base);
  const body = text.replace(/^[+-]/, "").toLowerCase();
  if (body === "" || [...body].some((c) => !digits.includes(c))) fail(`the text is no integer of base ${base}`);
  return Number.parseInt(text, base);
}

function all(values: readonly Plain[]): number[] {
  return values.map(toNumber);
}

export const numbers: FunctionTable = {
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  signum: numeric(Math.sign),
  log: plain(2, 2, (n = null, base = null) => Math.log(toNumber(n)) / Math.log(toNumber(base))),
  pow: plain(2, 2, (n = null, exponent = null) => toNumber(n) ** toNumber(exponent)),
  max: plain(1, ANY, (...values) => Math.max(...all(values))),
  min: plain(1, ANY, (...values) => Math.min(...all(values))),
  sum: plain(1, 1, (list = null) => {
    const values = all(toPlainList(list));
    return values.length === 0 ? fail("the list is empty") : values.reduce((a, b) => a + b);
  }),
  parseint: plain(2, 2, (text = null, base = null) => parseInteger(toText(text), toNumber(base))),
};
