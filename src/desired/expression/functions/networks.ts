import type { Plain } from "../value.ts";
import { toNumber, toText } from "../value.ts";
import { ANY, type FunctionTable, fail, plain } from "./define.ts";

/** An address block: the network's number, its prefix length, and 32 or 128 bits in all. */
interface Network {
  readonly base: bigint;
  readonly length: number;
  readonly bits: 32 | 128;
}

function parseV4(text: string): bigint {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((p) => !/^\d{1,3}$/.test(p) || Number(p) > 255))
    fail("the text is no IP address");
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function parseV6(whole: string): bigint {
  // ::ffff:10.0.0.1 ends as an IPv4 address does.
  const mixed = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(whole);
  const four = mixed === null ? 0n : parseV4(mixed[2] ?? "");
  const text = mixed === null ? whole : `${mixed[1]}${(four >> 16n).toString(16)}:${(four & 65535n).toString(16)}`;
  const [head = "", tail] = text.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = groups(tail ?? "");
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) fail("the text is no IP address");
  const all = [...left, ...Array.from({ length: missing }, () => "0"), ...right];
  if (all.some((g) => !/^[0-9a-fA-F]{1,4}$/.test(g))) fail("the text is no IP address");
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

function parse(text: string): Network {
  const [address = "", prefix = ""] = text.split("/");
  const bits = address.includes(":") ? 128 : 32;
  const length = Number(prefix);
  if (!/^\d+$/.test(prefix) || length > bits) fail("the text is no address block such as 10.0.0.0/16");
  const host = BigInt(bits - length);
  const base = ((bits === 128 ? parseV6(address) : parseV4(address)) >> host) << host;
  return { base, length, bits };
}

function addressText(address: bigint, bits: 32 | 128): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((address >> BigInt(112 - 16 * i)) & 65535n).toString(16));
  // The longest run of zero groups is written "::" (RFC 5952).
  const text = groups.join(":");
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length);
  const run = runs[0];
  if (run === undefined) return text;
  return `${text.slice(0, run.index)}::${text.slice(run.index + run[0].length).replace(/^:/, "")}`;
}

function host(network: Network, number: number): string {
  const size = 1n << BigInt(network.bits - network.length);
  const offset = number < 0 ? size + BigInt(number) : BigInt(number);
  if (offset < 0n || offset >= size) fail(`the block has no host ${number}`);
  return addressText(network.base + offset, network.bits);
}

function subnet(network: Network, newBits: number, number: bigint): Network {
  if (newBits < 0 || number < 0n) fail("bits and numbers must not be negative");
  const length = network.length + newBits;
  if (length > network.bits) fail(`the block has no room for ${newBits} more bits`);
  if (number >= 1n << BigInt(newBits)) fail(`${newBits} bits have no subnet ${number}`);
  return { ...network, length, base: network.base + (number << BigInt(network.bits - length)) };
}

function whole(value: Plain): number {
  const number = toNumber(value);
  if (!Number.isInteger(number)) fail("a whole number is needed");
  return Number.isSafeInteger(number) ? number : fail("numbers beyond 2^53 are not exact here");
}

function networkText(network: Network): string {
  return `${addressText(network.base, network.bits)}/${network.length}`;
}

/** Consecutive subnets of the given sizes, each at the next place that suits it. */
function subnets(network: Network, sizes: readonly number[]): string[] {
  let next = network.base;
  return sizes.map((newBits) => {
    if (newBits < 1) fail("each subnet needs at least one more bit");
    const { length } = subnet(network, newBits, 0n);
    const size = 1n << BigInt(network.bits - length);
    const base = ((next + size - 1n) / size) * size;
    next = base + size;
    if (next > network.base + (1n << BigInt(network.bits - network.length))) fail("the block has no room left");
    return networkText({ ...network, base, length });
  });
}

export const networks: FunctionTable = {
  cidrhost: plain(2, 2, (block = null, number = null) => host(parse(toText(block)), whole(number))),
  cidrnetmask: plain(1, 1, (block = null) => {
    const { length, bits } = parse(toText(block));
    if (bits === 128) fail("IPv6 has no netmasks");
    return addressText(((1n << BigInt(length)) - 1n) << BigInt(32 - length), 32);
  }),
  cidrsubnet: plain(3, 3, (block = null, newBits = null, number = null) =>
    networkText(subnet(parse(toText(block)), whole(newBits), BigInt(whole(number)))),
  ),
  cidrsubnets: plain(1, ANY, (block = null, ...sizes) => subnets(parse(toText(block)), sizes.map(whole))),
};
