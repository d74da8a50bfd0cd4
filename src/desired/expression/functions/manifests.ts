import { parseDocument, type SchemaOptions } from "yaml";
import type { Plain } from "../value.ts";
import { toText } from "../value.ts";
import { type FunctionTable, fail, plain } from "./define.ts";

type TagsOf = Extract<SchemaOptions["customTags"], (...tags: never) => unknown>;

/**
 * The objects of a YAML text, read as kubectl reads it: YAML 1.1, documents parted by `---`, empty ones left out
 * (provider-defined functions of hashicorp/kubernetes 2.38).
 */
function manifests(text: string): Plain[] {
  return text
    .split(/(?:^|\s*\n)---\s*/)
    .map(document)
    .filter((found) => found !== null);
}

/** Times, of day too, stay text; octal numbers have both forms. */
const customTags: TagsOf = (tags) => [
  { tag: "tag:yaml.org,2002:int", default: true, test: /^[-+]?0o[0-7]+$/, resolve: (text: string) => Number(text) },
  ...tags.filter((tag) => typeof tag === "string" || !(tag.tag.endsWith(":timestamp") || tag.format === "TIME")),
];

function document(text: string): Plain {
  const parsed = parseDocument(text, { schema: "yaml-1.1", merge: true, uniqueKeys: false, customTags });
  if (parsed.errors.length > 0) return fail("the text is not YAML");
  const value = (parsed.toJS() ?? null) as Plain;
  if (value === null || (typeof value === "object" && Object.keys(value).length === 0)) return null;
  if (typeof value !== "object" || Array.isArray(value)) return fail("each document must be an object of Kubernetes");
  const missing = ["apiVersion", "kind", "metadata"].find((name) => !Object.hasOwn(value, name));
  return missing === undefined ? value : fail(`a document has no ${missing}`);
}

function single(text: string): Plain {
  const [first, ...more] = manifests(text);
  if (more.length > 0) return fail("the text holds several objects: use manifest_decode_multi()");
  return first ?? fail("the text is empty");
}

export const ofProvider: FunctionTable = {
  "provider::kubernetes::manifest_decode": plain(1, 1, (text = null) => single(toText(text))),
  "provider::kubernetes::manifest_decode_multi": plain(1, 1, (text = null) => manifests(toText(text))),
};
