import { isScalar, parseDocument, type ScalarTag, visit } from "yaml";
import { numberText } from "../decimals.ts";
import { byCodePoint } from "../sets.ts";
import type { Plain } from "../value.ts";
import { toPlainObject } from "../value.ts";
import { fail } from "./define.ts";

/** The scalars of Terraform's YAML: 1.1 with the numbers of 1.2, times in RFC 3339, binary text as it stands. */
const scalars: readonly ScalarTag[] = [
  scalar("int", /^[-+]?[0-9]+$/, Number),
  scalar("int", /^0(?:x[0-9a-fA-F]+|o[0-7]+)$/, Number),
  scalar("float", /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/, Number),
  scalar("float", /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/, () => fail("a number must be finite")),
  scalar(
    "timestamp",
    /^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?)?)?$/,
    time,
  ),
  { tag: "tag:yaml.org,2002:binary", resolve: (text) => text },
];

function scalar(tag: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag {
  return { tag: `tag:yaml.org,2002:${tag}`, default: true, test, resolve };
}

function time(text: string): string {
  const [, year, month = "", day = "", hour = "0", rest = ":00:00", zone = "Z"] =
    /^(\d{4})-(\d+)-(\d+)(?:(?:[Tt]|[ \t]+)(\d+)(:\d\d:\d\d)(?:\.\d*)?[ \t]*(\S+)?)?$/.exec(text) ?? [];
  const offset = zone.replace(/^([-+])(\d)(?!\d)/, "$10$2").replace(/^([-+]\d\d)$/, "$1:00");
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}T${hour.padStart(2, "0")}${rest}${offset}`;
}

export function parseYaml(text: string): Plain {
  const others = /^tag:yaml.org,2002:(bool|null|str|map|seq|merge)$/;
  const document = parseDocument(text, {
    schema: "yaml-1.1",
    uniqueKeys: false,
    customTags: (tags) => [...tags.filter((tag) => typeof tag === "string" || others.test(tag.tag)), ...scalars],
  });
  // A tag that nobody knows is a warning.
  if (document.errors.length + document.warnings.length > 0) fail("the text is not YAML");
  if (document.contents === null) fail("the text is empty");
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === null) fail("a key must not be null");
    },
  });
  try {
    return document.toJS() as Plain;
  } catch {
    // Aliases that multiply.
    return fail("the text is not YAML");
  }
}

/**
 * `yamlencode` as Terraform prints it: block style, two spaces, every key and string in double quotes except literal
 * blocks for texts of several lines; keys sorted.
 */
export function yamlText(value: Plain): string {
  const text = node(value, 0).replace(/^\n/, "");
  // A plain scalar could go on: the document's end is marked.
  return typeof value === "object" && value !== null
    ? `${text}\n`
    : typeof value === "string"
      ? `${text}\n`
      : `${text}\n...\n`;
}

function node(value: Plain, depth: number): string {
  if (value === null) return "null";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return textNode(value, depth);
  const pad = "  ".repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return (value as readonly Plain[])
      .map((item) => `\n${pad}- ${node(item, depth + 1).replace(/^\n\s*/, "")}`)
      .join("");
  }
  const entries = Object.entries(toPlainObject(value)).sort(([a], [b]) => byCodePoint(a, b));
  if (entries.length === 0) return "{}";
  return entries.map(([key, child]) => `\n${pad}${quoted(key)}:${attached(child, depth)}`).join("");
}

/** The value behind `key:`; a list stands at the indentation of its key. */
function attached(child: Plain, depth: number): string {
  const text = node(child, Array.isArray(child) ? depth : depth + 1);
  return text.startsWith("\n") ? text : ` ${text}`;
}

function textNode(text: string, depth: number): string {
  const block = text.includes("\n") && !/[^\S\n]$|[^\S\n]\n|[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(text);
  if (!block) return quoted(text);
  const pad = "  ".repeat(Math.max(depth, 1));
  const chomp = /^\n$|\n\n$/.test(text) ? "+" : text.endsWith("\n") ? "" : "-";
  const lines = text.replace(/\n$/, "").split("\n");
  // The indentation cannot be seen from an empty first line, or from one with an indentation of its own.
  const indent = /^[\n ]/.test(text) ? "2" : "";
  return `|${indent}${chomp}${lines.map((line) => (line === "" ? "\n" : `\n${pad}${line}`)).join("")}`;
}

/** Characters beyond the first plane are escaped, and those that cannot be seen. */
function quoted(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([01][0-9a-f])/g, (_, code: string) => `\\x${code.toUpperCase()}`)
    .replaceAll("\u007f", "\\x7F")
    .replace(
      /[\u{10000}-\u{10ffff}]/gu,
      (char) => `\\U${char.codePointAt(0)!.toString(16).toUpperCase().padStart(8, "0")}`,
    );
}
