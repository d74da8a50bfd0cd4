import type { FieldPath } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import { typeOf } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import { nearNames } from "../model/near.ts";
import { deduceUnknown } from "./deduced.ts";
import { type FieldRule, fieldRules } from "./field-rules.ts";
import { dnsLabelError, nameError } from "./formats.ts";
import { versionOfToday } from "./former-versions.ts";
import { fieldText, keyText } from "./path-text.ts";
import { type Place, pathOf, textOf } from "./place.ts";
import { nameType, scalarFinding } from "./scalars.ts";
import { structRules } from "./struct-rules.ts";
import type { FieldType, ListKind, StructType, TypeResolver } from "./types.ts";

export interface Finding {
  readonly kind: "unknown-field" | "wrong-type" | "missing" | "enum" | "format" | "name" | "duplicate" | "conflict";
  /** A warning is for what the API server takes although it is hardly meant. */
  readonly severity: "error" | "warning";
  /** `spec.template.spec.containers[web].image` */
  readonly path: string;
  /** The same as steps, list elements by index. */
  readonly at: FieldPath;
  /** Goes on after the path: `is no quantity such as ...`. Never holds a value of a Secret. */
  readonly message: string;
}

interface ValidateOptions {
  /** Only some fields of an object, applied to one that exists: what they lack, the object has. */
  readonly part?: boolean;
}

/**
 * What is certainly wrong with an object, without a cluster: by schema, by the rules of single fields and by those of fields
 * together. Unknown values are right everywhere; of kinds that nobody knows only the metadata is judged; status is the
 * server's and not looked at.
 */
export function validateObject(
  object: { readonly [key: string]: unknown },
  resolver: TypeResolver,
  options: ValidateOptions = {},
): Finding[] {
  const check = new ObjectCheck(deduceUnknown(resolver), options.part ?? false);
  check.object(object);
  return check.findings;
}

class ObjectCheck {
  readonly findings: Finding[] = [];
  readonly #types: TypeResolver;
  readonly #part: boolean;

  constructor(types: TypeResolver, part: boolean) {
    this.#types = types;
    this.#part = part;
  }

  object(object: { readonly [key: string]: unknown }): void {
    const { apiVersion, kind } = object;
    if (typeof apiVersion !== "string" || apiVersion === "") this.#missing(below(null, "apiVersion", undefined));
    if (typeof kind !== "string" || kind === "") this.#missing(below(null, "kind", undefined));
    if (typeof apiVersion !== "string" || typeof kind !== "string") return;
    const { status: _, ...rest } = object;
    const type = this.#types.rootType(versionOfToday(apiVersion, kind), kind);
    if (type !== null) this.#value(rest, type, null);
    this.#metadata(object["metadata"], typeOf(apiVersion, kind).group, kind);
  }

  #report(kind: Finding["kind"], place: Place | null, message: string, severity: Finding["severity"] = "error"): void {
    this.findings.push({ kind, severity, path: textOf(place), at: pathOf(place), message });
  }

  #missing(place: Place): void {
    if (!this.#part) this.#report("missing", place, "is required");
  }

  #metadata(value: unknown, group: string, kind: string): void {
    if (value instanceof Unknown) return;
    const metadata = isJsonObject(value) ? value : {};
    const { name, namespace, generateName } = metadata;
    const place = below(null, "metadata", value);
    const check = (message: string | null, field: string): void => {
      if (message !== null) this.#report("name", below(place, field, metadata[field]), message);
    };
    const nameless = generateName !== undefined || /^(authentic|authoriz)ation\.k8s\.io$/.test(group);
    if (name === undefined && !nameless) this.#missing(below(place, "name", undefined));
    if (typeof name === "string") check(nameError(group, kind, name), "name");
    if (typeof namespace === "string") check(dnsLabelError(namespace), "namespace");
  }

  #value(value: unknown, type: FieldType, place: Place | null): void {
    if (value === null || value === undefined || value instanceof Unknown) return;
    if (type.type === "scalar") {
      const wrong = scalarFinding(value, type);
      if (wrong !== null) this.#report(wrong.kind, place, wrong.message);
    } else if (type.type === "list") {
      if (Array.isArray(value)) this.#items(value, type, place);
      else this.#report("wrong-type", place, `must be a list, is ${nameType(value)}`);
    } else if (type.type !== "untyped") {
      if (!isJsonObject(value)) this.#report("wrong-type", place, `must be a map, is ${nameType(value)}`);
      else if (type.type === "struct") this.#struct(value, this.#types.structType(type.ref), place);
      else for (const key in value) this.#value(value[key], type.values, below(place, key, value[key]));
    }
  }

  #struct(value: Readonly<Record<string, unknown>>, struct: StructType | null, place: Place | null): void {
    if (struct === null) return;
    for (const name in value) {
      const type = struct.fields[name]?.type ?? struct.rest;
      const at = below(place, name, value[name]);
      if (type === undefined) this.#report("unknown-field", at, unknownField(name, struct));
      else {
        const before = this.findings.length;
        this.#value(value[name], type, at);
        // What has the wrong type already is not judged once more.
        const rule = this.findings.length === before ? fieldRules[`${struct.name}.${name}`] : undefined;
        if (rule !== undefined) this.#rule(rule, value[name], at);
      }
    }
    for (const [name, field] of Object.entries(struct.fields)) {
      if (field.required && value[name] === undefined && !defaulted.has(`${struct.name}.${name}`))
        this.#missing(below(place, name, undefined));
    }
    this.#together(value, struct, place);
  }

  #rule(rule: FieldRule, value: unknown, place: Place): void {
    const report = (message: string | null, at: Place): void => {
      if (message !== null) this.#report("format", at, message, rule.severity);
    };
    if (value === null || value === undefined || value instanceof Unknown) return;
    if (rule.value !== undefined) report(rule.value(value), place);
    if (typeof value !== "object" || (rule.key === undefined && rule.item === undefined)) return;
    for (const [key, child] of Object.entries(value)) {
      const at = Array.isArray(value) ? element(place, Number(key), null, child) : below(place, key, child);
      if (rule.key !== undefined) report(rule.key(key), at);
      if (rule.item !== undefined) report(rule.item(child), at);
    }
  }

  #together(value: Readonly<Record<string, unknown>>, struct: StructType, place: Place | null): void {
    for (const rule of structRules(struct.name)) {
      rule(
        value,
        (steps, message, kind = "conflict", severity = "error") => {
          if (this.#part && kind === "missing") return;
          let at = place;
          let inner: unknown = value;
          for (const step of steps) {
            inner = (inner as Record<string | number, unknown> | undefined)?.[step];
            at = typeof step === "number" ? element(at, step, nameOf(inner), inner) : below(at, step, inner);
          }
          this.#report(kind, at, message, severity);
        },
        struct,
        place,
      );
    }
  }

  #items(items: readonly unknown[], type: FieldType & { type: "list" }, place: Place | null): void {
    const seen = new Set<string>();
    items.forEach((item, index) => {
      const key = itemKey(item, type.items, type.list, this.#types);
      const at = element(place, index, key, item);
      if (key !== null && seen.has(key)) this.#report("duplicate", at, "is listed twice");
      if (key !== null) seen.add(key);
      this.#value(item, type.items, at);
    });
  }
}

/** Required to OpenAPI, filled in by the server. */
const defaulted: ReadonlySet<string> = new Set(["rbac.v1.RoleRef.apiGroup"]);

function below(above: Place | null, field: string, value: unknown): Place {
  return { above, step: field, text: fieldText(field), value };
}

function element(above: Place | null, index: number, key: string | null, value: unknown): Place {
  return { above, step: index, text: key ?? `[${index}]`, value };
}

function nameOf(item: unknown): string | null {
  return isJsonObject(item) && typeof item["name"] === "string" ? keyText([item["name"]]) : null;
}

function unknownField(name: string, struct: StructType): string {
  const meant = nearNames(name, Object.keys(struct.fields))[0];
  return `is not known${meant === undefined ? "" : `; did you mean ${meant}?`}`;
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
