import { parse } from "yaml";
import { apiVersionOf, typeOf } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Call } from "./call.ts";
import type { Catalog, ServedType } from "./catalog.ts";
import { badRequest, Refusal } from "./failures.ts";
import { scanJson } from "./json-scan.ts";

/** The object of a POST or PUT, with its type checked against the path. Throws Refusal 400, 415. */
export function bodyObject(call: Call): KubeObject {
  const media = mediaType(call);
  if (media !== "" && media !== "application/json" && media !== "application/yaml") {
    const accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
    const why = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    throw new Refusal(415, "UnsupportedMediaType", why);
  }
  return typed(parseBody(call, media === "application/yaml"), call.type, call.cluster.catalog);
}

export function mediaType(call: Call): string {
  return (call.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
}

/** Go's JSON decoder goes to 10,000; our recursive walks are sure to bear this, and nobody writes anything near it. */
const MAX_DEPTH = 1_000;

/** The body as text. Refused before anything walks it when it nests too deeply: running out of stack can end a process. */
function bodyText(call: Call): string {
  const text = call.body.toString();
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text[at];
    if (quoted) {
      if (code === "\\") at++;
      else if (code === '"') quoted = false;
    } else if (code === '"') quoted = true;
    else if (code === "{" || code === "[") {
      if (++depth > MAX_DEPTH) throw badRequest("exceeded max depth");
    } else if (code === "}" || code === "]") depth--;
  }
  return text;
}

function parseBody(call: Call, yaml: boolean): JsonObject {
  const text = bodyText(call);
  const unrecognized = (why: string) => {
    const message = `the object provided is unrecognized (must be of type ${call.type.kind}): couldn't get version/kind; json parse error: ${why} (${summary(call.body)})`;
    return badRequest(message);
  };
  let value: unknown;
  try {
    value = yaml ? parse(text, lenient) : JSON.parse(text);
  } catch (error) {
    throw unrecognized(yaml ? firstLine(error) : scanJson(text).error || firstLine(error));
  }
  if (!isJsonObject(value)) throw unrecognized("json: cannot unmarshal into Go value of type struct");
  return value;
}

/** Keys that stand twice in the body, as the server tells of them: `duplicate field "spec.replicas"`. */
export function duplicateFields(call: Call): string[] {
  if (mediaType(call) === "application/yaml") return [];
  return scanJson(bodyText(call)).duplicates.map((path) => `duplicate field "${path}"`);
}

/** Of two equal keys the last one counts, in YAML as in JSON. */
const lenient = { uniqueKeys: false } as const;

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n")[0]!;

/** How the server shows the beginning of a body that it cannot read. */
function summary(body: Buffer): string {
  if (body.length === 0) return "<empty>";
  const head = body.subarray(0, 30);
  return `${head.toString(body[0] === 0x7b ? "utf8" : "hex")}${body.length > 30 ? " ..." : ""}`;
}

/** Why an object of another kind or version is not taken for one of `type`. */
export function wrongKind(object: JsonObject, type: ServedType, catalog: Catalog): string {
  const kind = String(object["kind"] ?? type.kind);
  const { group, version } = typeOf(String(object["apiVersion"] ?? apiVersionOf(type)), kind);
  return kind === "List" || catalog.findKind(group, version, kind) !== null
    ? `converting (${version}.${kind}) to (${type.group === "" ? "core" : type.group}.${type.kind}): unknown conversion`
    : `no kind "${kind}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:110"`;
}

/** kind and apiVersion may be left out; if given they must be those of the path. */
function typed(value: JsonObject, type: ServedType, catalog: Catalog): KubeObject {
  const wanted = apiVersionOf(type);
  const { kind = type.kind, apiVersion = wanted, ...rest } = value;
  if (kind !== type.kind || apiVersion !== wanted) {
    const { version } = typeOf(String(apiVersion), String(kind));
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${type.kind}: ${wrongKind(value, type, catalog)}`,
    );
  }
  const metadata = isJsonObject(rest["metadata"]) ? rest["metadata"] : {};
  return { ...rest, kind: type.kind, apiVersion: wanted, metadata } as unknown as KubeObject;
}

/** A patch in any syntax that its media type allows. Throws Refusal 400. */
export function patchBody(call: Call): unknown {
  const text = bodyText(call);
  try {
    return mediaType(call) === "application/apply-patch+yaml" && !/^\s*[[{]/.test(text)
      ? parse(text, lenient)
      : parseFlexible(text);
  } catch (error) {
    const why = firstLine(error);
    throw badRequest(
      mediaType(call) === "application/apply-patch+yaml"
        ? `error decoding YAML: error converting YAML to JSON: yaml: ${why}`
        : `error decoding patch: ${why}`,
    );
  }
}

/** JSON mostly; flow-style YAML begins like JSON and is tried after it. */
function parseFlexible(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parse(text, lenient);
  }
}
