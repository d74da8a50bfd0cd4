import { Unknown } from "../model/desired.ts";
import { typeOf } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import { nearNames } from "../model/near.ts";
import { deduceUnknown } from "./deduced.ts";
import { dnsLabelError, labelError, nameError } from "./formats.ts";
import { fieldText, joinSteps, keyText } from "./path-text.ts";
import { nameType, scalarFinding } from "./scalars.ts";
import type { FieldType, ListKind, StructType, TypeResolver } from "./types.ts";

export interface Finding {
  readonly kind: "unknown-field" | "wrong-type" | "missing" | "enum" | "format" | "name" | "duplicate";
  /** `spec.template.spec.containers[web].image` */
  readonly path: string;
  /** Goes on after the path: `is no quantity such as ...`. Never holds a value of a Secret. */
  readonly message: string;
}

type Steps = readonly string[];
type Report = (kind: Finding["kind"], steps: Steps, message: string) => void;

/**
 * What is certainly wrong with an object, by schema alone and without a cluster. Unknown values are right everywhere;
 * of kinds that nobody knows only the metadata is judged; status is the server's and not looked at.
 */
export function validateObject(object: { readonly [key: string]: unknown }, resolver: TypeResolver): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (kind, steps, message) => findings.push({ kind, path: joinSteps(steps), message });
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== "string" || apiVersion === "") report("missing", [".apiVersion"], "is required");
  if (typeof kind !== "string" || kind === "") report("missing", [".kind"], "is required");
  if (typeof apiVersion !== "string" || typeof kind !== "string") return findings;
  const types = deduceUnknown(resolver);
  const { status: _, ...rest } = object;
  checkValue(rest, types.rootType(apiVersion, kind)!, types, [], report);
  checkMetadata(object["metadata"], typeOf(apiVersion, kind).group, kind, report);
  return findings;
}

function checkMetadata(metadata: unknown, group: string, kind: string, report: Report): void {
  if (metadata instanceof Unknown) return;
  const { name, namespace, generateName, labels } = isJsonObject(metadata) ? metadata : {};
  const check = (message: string | null, ...steps: Steps): void => {
    if (message !== null) report("name", [".metadata", ...steps], message);
  };
  const nameless = generateName !== undefined || /^(authentic|authoriz)ation\.k8s\.io$/.test(group);
  if (name === undefined && !nameless) report("missing", [".metadata", ".name"], "is required");
  if (typeof name === "string") check(nameError(group, kind, name), ".name");
  if (typeof namespace === "string") check(dnsLabelError(namespace), ".namespace");
  if (!isJsonObject(labels) || (labels as object) instanceof Unknown) return;
  for (const key in labels) check(labelError(key, labels[key]), ".labels", fieldText(key));
}

function checkValue(value: unknown, type: FieldType, types: TypeResolver, steps: Steps, report: Report): void {
  if (value === null || value === undefined || value instanceof Unknown) return;
  if (type.type === "scalar") {
    const wrong = scalarFinding(value, type);
    if (wrong !== null) report(wrong.kind, steps, wrong.message);
  } else if (type.type === "list") {
    if (Array.isArray(value)) checkItems(value, type, types, steps, report);
    else report("wrong-type", steps, `must be a list, is ${nameType(value)}`);
  } else if (type.type !== "untyped") {
    if (!isJsonObject(value)) report("wrong-type", steps, `must be a map, is ${nameType(value)}`);
    else if (type.type === "struct") checkStruct(value, types.structType(type.ref), types, steps, report);
    else for (const key in value) checkValue(value[key], type.values, types, [...steps, fieldText(key)], report);
  }
}

function checkStruct(
  value: Readonly<Record<string, unknown>>,
  struct: StructType | null,
  types: TypeResolver,
  steps: Steps,
  report: Report,
): void {
  if (struct === null) return;
  for (const name in value) {
    const type = struct.fields[name]?.type ?? struct.rest;
    if (type !== undefined) checkValue(value[name], type, types, [...steps, fieldText(name)], report);
    else report("unknown-field", [...steps, fieldText(name)], unknownField(name, struct));
  }
  for (const [name, field] of Object.entries(struct.fields)) {
    if (field.required && value[name] === undefined) report("missing", [...steps, fieldText(name)], "is required");
  }
}

function unknownField(name: string, struct: StructType): string {
  const meant = nearNames(name, Object.keys(struct.fields))[0];
  return `is not known${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

function checkItems(
  items: readonly unknown[],
  type: FieldType & { type: "list" },
  types: TypeResolver,
  steps: Steps,
  report: Report,
): void {
  const seen = new Set<string>();
  items.forEach((item, index) => {
    const key = itemKey(item, type.items, type.list, types);
    const step = key ?? `[${index}]`;
    if (key !== null && seen.has(key)) report("duplicate", [...steps, step], "is listed twice");
    if (key !== null) seen.add(key);
    checkValue(item, type.items, types, [...steps, step], report);
  });
}

/** null where the element has no key, or one that is not known yet. */
function itemKey(item: unknown, items: FieldType, list: ListKind, types: TypeResolver): string | null {
  if (list.type === "atomic") return null;
  if (list.type === "set") return typeof item === "string" || typeof item === "number" ? keyText([item]) : null;
  if (!isJsonObject(item) || (item as object) instanceof Unknown) return null;
  const struct = items.type === "struct" ? types.structType(items.ref) : null;
  const values = list.keys.map((key) => item[key] ?? struct?.fields[key]?.default);
  return values.every((value) => ["string", "number"].includes(typeof value) && value !== "") ? keyText(values) : null;
}
