import { typeOf } from "../model/ids.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { badRequest, Refusal } from "./failures.ts";
import { timestamp } from "./memory-store.ts";
import encoded from "./protobuf-fields.json" with { type: "json" };
import { WireReader } from "./protobuf-wire.ts";

const structs = encoded.structs as Readonly<Record<string, string>>;

/** What a field holds: `[]` or `{}` before a code mean a list or a map with text keys. */
interface Field {
  /** "" where the message's fields stand in the one around it (Go's inline). */
  readonly name: string;
  /** Go leaves the zero value out of JSON (omitempty on something that is no pointer). */
  readonly dropsZero: boolean;
  readonly code: string;
}

const decoded = new Map<string, ReadonlyMap<number, Field>>();

/** Groups whose Go package is not called like the first part of the group's name. */
const packages: Readonly<Record<string, string>> = { "": "core", "rbac.authorization.k8s.io": "rbac" };

/**
 * The JSON object of a body of media type application/vnd.kubernetes.protobuf, as kubectl's imperative commands send it
 * (API reference, "Kubernetes Protobuf encoding": `k8s\0`, then a runtime.Unknown). Throws Refusal 400, and 415 for kinds
 * without protobuf encoding.
 */
export function fromProtobuf(body: Buffer): JsonObject {
  if (body.length < 4 || body.readUInt32BE(0) !== 0x6b387300)
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  try {
    const { apiVersion, kind, raw } = readEnvelope(body.subarray(4));
    const ref = structOf(apiVersion, kind);
    if (ref === null) throw notEncoded(`${apiVersion}, Kind=${kind}`);
    return { kind, apiVersion, ...readStruct(raw, ref, 0) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw badRequest(`the body of the request could not be decoded: ${error instanceof Error ? error.message : error}`);
  }
}

/** Go's struct of a kind; null where the table has none. */
function structOf(apiVersion: string, kind: string): string | null {
  const { group, version } = typeOf(apiVersion, kind);
  const names = [`${packages[group] ?? group.split(".")[0]}.${version}.${kind}`, `meta.v1.${kind}`];
  return names.find((name) => structs[name] !== undefined) ?? null;
}

const named = new Map<string, ReadonlyMap<string, Field>>();

/** The same table by field names, for those who ask which zero values JSON leaves out. */
export const dropsZeros = {
  root: structOf,
  fields(ref: string): ReadonlyMap<string, Field> {
    const known = named.get(ref);
    if (known !== undefined) return known;
    if (structs[ref] === undefined) return new Map();
    const inlined = (fields: Iterable<Field>): Field[] =>
      [...fields].flatMap((field) =>
        field.name === "" ? inlined(fieldsOf(field.code.replace(/^@/, "")).values()) : [field],
      );
    const fields = new Map(inlined(fieldsOf(ref).values()).map((field) => [field.name, field]));
    named.set(ref, fields);
    return fields;
  },
};

function notEncoded(what: string): Refusal {
  const why = `the body of the request was in an unknown format - ${what} has no protobuf encoding here: send application/json`;
  return new Refusal(415, "UnsupportedMediaType", why);
}

function readEnvelope(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer } {
  let [apiVersion, kind] = ["", ""];
  let raw: Buffer = Buffer.alloc(0);
  for (const { number, value } of new WireReader(bytes)) {
    if (number === 2) raw = asBytes(value);
    if (number !== 1) continue;
    for (const part of new WireReader(asBytes(value))) {
      if (part.number === 1) apiVersion = asBytes(part.value).toString();
      if (part.number === 2) kind = asBytes(part.value).toString();
    }
  }
  return { apiVersion, kind, raw };
}

function fieldsOf(ref: string): ReadonlyMap<number, Field> {
  const known = decoded.get(ref);
  if (known !== undefined) return known;
  const fields = new Map<number, Field>();
  for (const text of structs[ref]!.split(" ")) {
    const [name = "", number = "", ...rest] = text.split(":");
    const code = rest.join(":");
    fields.set(Number(number), { name, dropsZero: code.startsWith("~"), code: code.replace(/^~/, "") });
  }
  decoded.set(ref, fields);
  return fields;
}

/** JSON Schemas nest without end, and so could a hostile body. */
const maximumDepth = 100;

function readStruct(bytes: Buffer, ref: string, depth: number): JsonObject {
  if (depth > maximumDepth) throw new Error("nested too deeply");
  const object: JsonObject = {};
  const fields = fieldsOf(ref);
  for (const { number, value } of new WireReader(bytes)) {
    const field = fields.get(number);
    if (field === undefined) continue;
    const { name, code, dropsZero } = field;
    if (code.startsWith("[]")) {
      object[name] ??= [];
      (object[name] as Json[]).push(readValue(value, code.slice(2), depth));
    } else if (code.startsWith("{}")) {
      object[name] ??= {};
      const [key, item] = readEntry(asBytes(value), code.slice(2), depth);
      // A key may be called __proto__.
      Object.defineProperty(object[name], key, { value: item, enumerable: true, configurable: true, writable: true });
    } else {
      const item = readValue(value, code, depth);
      if (name === "") Object.assign(object, item);
      else if (!(dropsZero && (item === "" || item === 0 || item === false))) object[name] = item;
    }
  }
  return object;
}

function readEntry(bytes: Buffer, code: string, depth: number): [string, Json] {
  let key = "";
  let item: Json = code === "s" || code === "y" ? "" : {};
  for (const { number, value } of new WireReader(bytes)) {
    if (number === 1) key = asBytes(value).toString();
    if (number === 2) item = readValue(value, code, depth);
  }
  return [key, item];
}

/** Codes: s text, i integer, b boolean, y bytes, f double, @ message, and the types that JSON writes in another way. */
function readValue(value: bigint | Buffer, code: string, depth: number): Json {
  switch (code[0]) {
    case "s":
      return asBytes(value).toString();
    case "i":
      return Number(BigInt.asIntN(64, asNumber(value)));
    case "b":
      return asNumber(value) !== 0n;
    case "f":
      return asBytes(value).readDoubleLE(0);
    case "y":
      return asBytes(value).toString("base64");
    case "{": {
      const [key, item] = readEntry(asBytes(value), code.slice(2), depth);
      return { [key]: item };
    }
    case "Q":
      return firstText(asBytes(value), "0");
    case "R": {
      const raw = firstText(asBytes(value), "");
      return raw === "" ? null : (JSON.parse(raw) as Json);
    }
    case "L":
      return [...new WireReader(asBytes(value))].map((item) => asBytes(item.value).toString());
    case "I":
      return intOrString(asBytes(value));
    case "T":
    case "M":
      return readTime(asBytes(value), code === "M");
    default:
      return readStruct(asBytes(value), code.slice(1), depth + 1);
  }
}

function firstText(bytes: Buffer, otherwise: string): string {
  for (const { number, value } of new WireReader(bytes)) if (number === 1) return asBytes(value).toString();
  return otherwise;
}

function intOrString(bytes: Buffer): Json {
  const parts = new Map([...new WireReader(bytes)].map(({ number, value }) => [number, value]));
  const isText = asNumber(parts.get(1) ?? 0n) === 1n;
  if (isText) return asBytes(parts.get(3) ?? Buffer.alloc(0)).toString();
  return Number(BigInt.asIntN(64, asNumber(parts.get(2) ?? 0n)));
}

/** Go's zero time is an empty message, in JSON null. */
function readTime(bytes: Buffer, micro: boolean): string | null {
  const parts = new Map([...new WireReader(bytes)].map(({ number, value }) => [number, asNumber(value)]));
  if (parts.size === 0) return null;
  const seconds = Number(BigInt.asIntN(64, parts.get(1) ?? 0n));
  const text = timestamp(seconds * 1000);
  if (!micro) return text;
  const microseconds = Math.floor(Number(parts.get(2) ?? 0n) / 1000);
  return text.replace("Z", `.${String(microseconds).padStart(6, "0")}Z`);
}

function asBytes(value: bigint | Buffer): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new Error("wrong wire type");
}

function asNumber(value: bigint | Buffer): bigint {
  if (!Buffer.isBuffer(value)) return value;
  throw new Error("wrong wire type");
}
