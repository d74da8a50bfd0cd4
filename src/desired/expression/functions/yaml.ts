import { parse } from "yaml";
import type { Plain } from "../value.ts";
import { numberText, toPlainObject } from "../value.ts";
import { fail } from "./define.ts";

export function parseYaml(text: string): Plain {
  try {
    // Terraform reads YAML 1.1, where `y` is true, but leaves times and binary text as they are.
    const plainTags = /^tag:yaml.org,2002:(bool|null|int|float|str|map|seq|merge)$/;
    return parse(text, {
      schema: "yaml-1.1",
      customTags: (tags) => tags.filter((tag) => typeof tag === "string" || plainTags.test(tag.tag)),
    }) as Plain;
  } catch {
    return fail("the text is not YAML");
  }
}

/**
 * `yamlencode` as Terraform prints it: block style, two spaces, every key and string in double quotes except literal
 * blocks for texts of several lines; keys sorted by the caller.
 */
export function yamlText(value: Plain): string {
  return `${node(value, 0).replace(/^\n/, "")}\n`;
}

function node(value: Plain, depth: number): string {
  if (value === null) return "null";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return scalar(value, depth);
  const pad = "  ".repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return (value as readonly Plain[])
      .map((item) => `\n${pad}- ${node(item, depth + 1).replace(/^\n\s*/, "")}`)
      .join("");
  }
  const entries = Object.entries(toPlainObject(value));
  if (entries.length === 0) return "{}";
  return entries.map(([key, child]) => `\n${pad}${JSON.stringify(key)}:${attached(child, depth)}`).join("");
}

/** The value behind `key:`; a list stands at the indentation of its key. */
function attached(child: Plain, depth: number): string {
  const text = node(child, Array.isArray(child) ? depth : depth + 1);
  return text.startsWith("\n") ? text : ` ${text}`;
}

function scalar(text: string, depth: number): string {
  if (!text.includes("\n") || /^\s|[^\n\x20-\x7e\u00a0-\uffff]/.test(text)) return JSON.stringify(text);
  const pad = "  ".repeat(depth);
  const chomp = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  const lines = text.replace(/\n$/, "").split("\n");
  return `|${chomp}${lines.map((line) => (line === "" ? "\n" : `\n${pad}${line}`)).join("")}`;
}
