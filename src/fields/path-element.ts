/**
 * One step into an object, written as fieldsV1 writes it (API reference, FieldsV1): `f:spec` a field or map key,
 * `k:{"name":"web"}` a list element by its keys (sorted), `v:"x"` an element of a set, `i:0` a list index.
 */
export type PathElement = string;

export type ParsedElement =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "key"; readonly keys: Readonly<Record<string, unknown>> }
  | { readonly type: "value"; readonly value: unknown }
  | { readonly type: "index"; readonly index: number };

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

export function keyElement(keys: Readonly<Record<string, unknown>>): PathElement {
  const sorted = Object.keys(keys).sort();
  return `k:{${sorted.map((name) => `${JSON.stringify(name)}:${JSON.stringify(keys[name])}`).join(",")}}`;
}

export function valueElement(value: unknown): PathElement {
  return `v:${JSON.stringify(value)}`;
}

/** null for text that is no path element. */
export function parseElement(element: string): ParsedElement | null {
  const rest = element.slice(2);
  switch (element.slice(0, 2)) {
    case "f:":
      return { type: "field", name: rest };
    case "k:": {
      const keys = parseJson(rest);
      return typeof keys === "object" && keys !== null && !Array.isArray(keys)
        ? { type: "key", keys: keys as Record<string, unknown> }
        : null;
    }
    case "v:": {
      const value = parseJson(rest);
      return value === undefined ? null : { type: "value", value };
    }
    case "i:":
      return /^\d+$/.test(rest) ? { type: "index", index: Number(rest) } : null;
    default:
      return null;
  }
}

/** The one spelling of an element that others may have spaced or ordered differently; null for no element. */
export function canonicalElement(element: string): PathElement | null {
  if (element.startsWith("f:")) return element;
  const parsed = parseElement(element);
  switch (parsed?.type) {
    case "key":
      return keyElement(parsed.keys);
    case "value":
      return valueElement(parsed.value);
    case "index":
      return `i:${parsed.index}`;
    default:
      return null;
  }
}

const TYPE_ORDER = "fkvi";

/** Fields first, then keys, values and indexes; each alphabetically. */
export function compareElements(a: PathElement, b: PathElement): number {
  const byType = TYPE_ORDER.indexOf(a[0]!) - TYPE_ORDER.indexOf(b[0]!);
  if (byType !== 0) return byType;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As the API server prints paths in errors and conflict causes: `.spec.containers[name="web"].image`. */
export function printPath(path: readonly PathElement[]): string {
  return path.map(printElement).join("");
}

function printElement(element: PathElement): string {
  const parsed = parseElement(element);
  switch (parsed?.type) {
    case "field":
      return `.${parsed.name}`;
    case "key":
      return `[${Object.entries(parsed.keys)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`;
    case "value":
      return `[=${JSON.stringify(parsed.value)}]`;
    case "index":
      return `[${parsed.index}]`;
    default:
      return `.${element}`;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
