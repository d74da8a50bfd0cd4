import { Refusal } from "./failures.ts";

/** The form in which the client wants its answer. */
export interface Representation {
  readonly syntax: "json" | "yaml";
  readonly as: "" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList" | "APIGroupDiscoveryList";
  /** Version of the form: `v1` of a Table, `v2` of the discovery. */
  readonly version: string;
}

const plainJson: Representation = { syntax: "json", as: "", version: "" };

/** What a request's path can answer with. */
export type Offer = "object" | "list" | "discovery" | "plain";

const forms: Readonly<Record<Offer, readonly Representation["as"][]>> = {
  object: ["Table", "PartialObjectMetadata"],
  list: ["Table", "PartialObjectMetadataList"],
  discovery: ["APIGroupDiscoveryList"],
  plain: [],
};

/** First acceptable entry of the Accept header, by quality, then order (RFC 9110). Throws Refusal 406. */
export function negotiate(accept: string | undefined, offer: Offer): Representation {
  if (accept === undefined || accept.trim() === "") return plainJson;
  const entries = accept.split(",").map(parseEntry);
  entries.sort((a, b) => b.quality - a.quality);
  for (const { type, parameters } of entries) {
    const syntax = type === "application/yaml" ? "yaml" : jsonTypes.has(type) ? "json" : null;
    if (syntax === null) continue;
    const as = (parameters.get("as") ?? "") as Representation["as"];
    const version = parameters.get("v") ?? "";
    if (as === "") return { syntax, as, version: "" };
    if (forms[offer].includes(as) && knownVersions[as]?.includes(version)) return { syntax, as, version };
  }
  if (entries.some(({ type }) => type === protobuf)) {
    const why = `the embedded cluster does not answer in ${protobuf}: accept application/json or application/yaml besides`;
    throw new Refusal(406, "NotAcceptable", why, {});
  }
  const types = `application/json, application/yaml, ${protobuf}`;
  throw offer === "discovery" || accept.includes(";as=")
    ? new Refusal(406, "NotAcceptable", `only the following media types are accepted: ${types}`)
    : new Refusal(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${types}`, {});
}

/** Read in requests; in answers it would serve nobody, as each client that prefers it reads JSON, too. */
const protobuf = "application/vnd.kubernetes.protobuf";

const jsonTypes = new Set(["application/json", "application/*", "*/*"]);

const knownVersions: Readonly<Partial<Record<Representation["as"], readonly string[]>>> = {
  Table: ["v1", "v1beta1"],
  PartialObjectMetadata: ["v1", "v1beta1"],
  PartialObjectMetadataList: ["v1", "v1beta1"],
  APIGroupDiscoveryList: ["v2", "v2beta1"],
};

function parseEntry(text: string): { type: string; parameters: Map<string, string>; quality: number } {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf("=");
    if (equals > 0) parameters.set(part.slice(0, equals), part.slice(equals + 1));
  }
  const quality = Number(parameters.get("q") ?? "1");
  return { type, parameters, quality: Number.isFinite(quality) ? quality : 0 };
}
