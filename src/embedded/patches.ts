import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { badRequest, Refusal } from "./failures.ts";

/** JSON merge patch (RFC 7386). */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key] ?? null, value);
  }
  return result;
}

/**
 * JSON patch (RFC 6902), with the server's leniency: replacing a missing key adds it. Throws Refusal 422 where it does
 * not fit the object, 400 where it is no patch.
 */
export function jsonPatch(target: JsonObject, patch: Json): Json {
  if (!Array.isArray(patch))
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  if (patch.length > 10_000) {
    const why = `Request entity too large: The allowed maximum operations in a JSON patch is 10000, got ${patch.length}`;
    throw new Refusal(413, "RequestEntityTooLarge", why);
  }
  let document: Json = structuredClone(target);
  let copied = 0;
  for (const operation of patch) {
    if (!isJsonObject(operation)) throw unfit();
    // Copies of copies grow without bounds; the real server sets this one, too.
    if (operation["op"] === "copy") copied += JSON.stringify(read(document, pointer(operation["from"]))).length;
    if (copied > mostCopied) throw unfit();
    document = applyOperation(document, operation);
  }
  return document;
}

/** Characters that all copies of a patch may add together. */
const mostCopied = 3 * 1024 * 1024;

function applyOperation(document: Json, operation: JsonObject): Json {
  const path = pointer(operation["path"]);
  switch (operation["op"]) {
    case "add":
    case "replace":
      return put(document, path, structuredClone(operation["value"] ?? null), operation["op"] === "add");
    case "remove":
      return take(document, path).rest;
    case "move": {
      const { value, rest } = take(document, pointer(operation["from"]));
      return put(rest, path, value, true);
    }
    case "copy":
      return put(document, path, structuredClone(read(document, pointer(operation["from"]))), true);
    case "test":
      if (!isDeepStrictEqual(readOrNull(document, path), operation["value"] ?? null)) throw unfit();
      return document;
    default:
      throw unfit();
  }
}

function unfit(): Refusal {
  return new Refusal(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

function pointer(text: Json | undefined): string[] {
  if (typeof text !== "string" || (text !== "" && !text.startsWith("/"))) throw unfit();
  return text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(document: Json, path: readonly string[]): Json {
  let value: Json | undefined = document;
  for (const step of path) {
    value = Array.isArray(value)
      ? value[Number(step)]
      : isJsonObject(value) && Object.hasOwn(value, step)
        ? value[step]
        : undefined;
    if (value === undefined) throw unfit();
  }
  return value;
}

function readOrNull(document: Json, path: readonly string[]): Json {
  try {
    return read(document, path);
  } catch {
    return null;
  }
}

function put(document: Json, path: readonly string[], value: Json, insert: boolean): Json {
  if (path.length === 0) return value;
  const parent = read(document, path.slice(0, -1));
  const last = path.at(-1)!;
  if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length - (insert ? 0 : 1)) throw unfit();
    parent.splice(index, insert ? 0 : 1, value);
  } else if (isJsonObject(parent)) parent[last] = value;
  else throw unfit();
  return document;
}

function take(document: Json, path: readonly string[]): { value: Json; rest: Json } {
  const value = read(document, path);
  const parent = read(document, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined) throw unfit();
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isJsonObject(parent)) delete parent[last];
  return { value, rest: document };
}
