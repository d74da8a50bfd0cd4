import type { Environment } from "@marcbachmann/cel-js";
import { canonicalQuantity } from "../../schema/canonical-quantity.ts";
import { quantity } from "../controllers/quantity.ts";

/** A quantity inside an expression: compared by its value. */
class Amount {
  readonly value: number;
  constructor(text: string) {
    if (canonicalQuantity(text) === null) throw new Error("quantities must match the regular expression");
    this.value = text.startsWith("-") ? -quantity(text.slice(1)) : quantity(text);
  }
}

/** A URL inside an expression. */
class Address {
  readonly url: URL;
  constructor(text: string) {
    this.url = new URL(text);
  }
}

const works = (run: () => unknown): boolean => {
  try {
    run();
    return true;
  } catch {
    return false;
  }
};

type List = readonly (bigint | number | string)[];

const ordered = (list: List, sign: number) => {
  if (list.length === 0) throw new Error(`${sign < 0 ? "min" : "max"} called on empty list`);
  return list.reduce((a, b) => ((sign < 0 ? b < a : b > a) ? b : a));
};

const isAddress = (text: string): boolean => isVersion4(text) || isVersion6(text);
const isVersion4 = (text: string) => /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text);
const isVersion6 = (text: string) => text.includes(":") && works(() => new URL(`http://[${text}]/`));
const isRange = (text: string): boolean => {
  const [address = "", bits = "", more] = text.split("/");
  if (more !== undefined || !isAddress(address) || !/^\d{1,3}$/.test(bits)) return false;
  return Number(bits) <= (isVersion4(address) ? 32 : 128);
};

/** What Kubernetes adds to CEL (kubernetes.io, "Common Expression Language in Kubernetes"), as far as rules use it often. */
export function addFunctions(environment: Environment): void {
  environment.registerType("Quantity", Amount);
  environment.registerType("URL", Address);
  const all: readonly (readonly [string, (...values: never[]) => unknown])[] = [
    ["string.replace(string, string): string", (text: string, was: string, is: string) => text.replaceAll(was, is)],
    ["string.charAt(int): string", (text: string, index: bigint) => [...text][Number(index)] ?? ""],
    ["string.find(string): string", (text: string, pattern: string) => new RegExp(pattern, "u").exec(text)?.[0] ?? ""],
    [
      "string.findAll(string): list<string>",
      (text: string, pattern: string) => text.match(new RegExp(pattern, "gu")) ?? [],
    ],
    ["list.sum(): dyn", (list: readonly bigint[]) => (list.length === 0 ? 0n : list.reduce((a, b) => a + b))],
    ["list.min(): dyn", (list: List) => ordered(list, -1)],
    ["list.max(): dyn", (list: List) => ordered(list, 1)],
    ["list.isSorted(): bool", (list: List) => list.every((item, index) => index === 0 || list[index - 1]! <= item)],
    ["list.indexOf(dyn): int", (list: List, item: List[number]) => BigInt(list.indexOf(item))],
    ["list.lastIndexOf(dyn): int", (list: List, item: List[number]) => BigInt(list.lastIndexOf(item))],
    ["isURL(string): bool", (text: string) => works(() => new URL(text))],
    ["url(string): URL", (text: string) => new Address(text)],
    ["URL.getScheme(): string", ({ url }: Address) => url.protocol.slice(0, -1)],
    ["URL.getHost(): string", ({ url }: Address) => url.host],
    ["URL.getHostname(): string", ({ url }: Address) => url.hostname],
    ["URL.getPort(): string", ({ url }: Address) => url.port],
    ["URL.getEscapedPath(): string", ({ url }: Address) => url.pathname],
    ["isQuantity(string): bool", (text: string) => works(() => new Amount(text))],
    ["quantity(string): Quantity", (text: string) => new Amount(text)],
    ["Quantity.isGreaterThan(Quantity): bool", (a: Amount, b: Amount) => a.value > b.value],
    ["Quantity.isLessThan(Quantity): bool", (a: Amount, b: Amount) => a.value < b.value],
    ["Quantity.compareTo(Quantity): int", (a: Amount, b: Amount) => BigInt(Math.sign(a.value - b.value))],
    ["Quantity.sign(): int", ({ value }: Amount) => BigInt(Math.sign(value))],
    ["Quantity.isInteger(): bool", ({ value }: Amount) => Number.isInteger(value)],
    ["Quantity.asInteger(): int", ({ value }: Amount) => BigInt(value)],
    ["Quantity.asApproximateFloat(): double", ({ value }: Amount) => value],
    ["isIP(string): bool", isAddress],
    ["isCIDR(string): bool", isRange],
  ];
  for (const [signature, run] of all) environment.registerFunction(signature, run as (...values: unknown[]) => unknown);
}
