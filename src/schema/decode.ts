import type { FieldSpec, FieldType, ListKind, StructType } from "./types.ts";

const LEAVES: Readonly<Record<string, FieldType>> = {
  s: { type: "scalar", scalar: "string", format: "" },
  y: { type: "scalar", scalar: "string", format: "byte" },
  t: { type: "scalar", scalar: "string", format: "date-time" },
  q: { type: "scalar", scalar: "any", format: "quantity" },
  x: { type: "scalar", scalar: "any", format: "int-or-string" },
  i: { type: "scalar", scalar: "integer", format: "int32" },
  l: { type: "scalar", scalar: "integer", format: "int64" },
  n: { type: "scalar", scalar: "number", format: "double" },
  b: { type: "scalar", scalar: "boolean", format: "" },
  u: { type: "untyped" },
};

/**
 * Reads one struct of types.json. Field code: `*` when required, then the type, then `=` and the default as JSON.
 * Type code: a letter of LEAVES; `e(NAME)` an enum; `@NAME` a struct; `{}T` a map of T; `[a]T`, `[s]T`, `[m(k1,k2)]T` a
 * list (atomic, set, map with keys); `!` before struct or map: atomic.
 */
export function decodeStruct(
  name: string,
  codes: Readonly<Record<string, string>>,
  enums: Readonly<Record<string, readonly string[]>>,
): StructType {
  const fields: Record<string, FieldSpec> = Object.create(null);
  for (const field in codes) fields[field] = decodeField(codes[field]!, enums);
  return { name, fields };
}

function decodeField(code: string, enums: Readonly<Record<string, readonly string[]>>): FieldSpec {
  const required = code.startsWith("*");
  const equals = code.indexOf("=");
  const type = decodeType(code.slice(required ? 1 : 0, equals < 0 ? undefined : equals), enums);
  return equals < 0 ? { type, required } : { type, required, default: JSON.parse(code.slice(equals + 1)) };
}

function decodeType(code: string, enums: Readonly<Record<string, readonly string[]>>): FieldType {
  const atomic = code.startsWith("!");
  const rest = atomic ? code.slice(1) : code;
  if (rest.startsWith("@")) return { type: "struct", ref: rest.slice(1), atomic };
  if (rest.startsWith("{}")) return { type: "map", values: decodeType(rest.slice(2), enums), atomic };
  if (rest.startsWith("[")) {
    const end = rest.indexOf("]");
    return { type: "list", items: decodeType(rest.slice(end + 1), enums), list: decodeListKind(rest.slice(1, end)) };
  }
  if (rest.startsWith("e(")) {
    return { type: "scalar", scalar: "string", format: "", values: enums[rest.slice(2, -1)] };
  }
  const leaf = LEAVES[rest];
  if (leaf === undefined) throw new Error(`types.json holds the unknown code ${code}`);
  return leaf;
}

function decodeListKind(code: string): ListKind {
  if (code === "a") return { type: "atomic" };
  if (code === "s") return { type: "set" };
  return { type: "map", keys: code.slice(2, -1).split(",") };
}
