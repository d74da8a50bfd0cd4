import { KubeError } from "../../model/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { ResourceType } from "../../model/objects.ts";

/** Asks for aggregated discovery (KEP-3352) and takes what older servers give. */
export const DISCOVERY_ACCEPT = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat("application/json")
  .join(",");

type GetJson = (path: string) => Promise<JsonObject>;

/** Every type that the server serves, in the server's order of preference: two requests, more on servers before 1.27. */
export async function discoverTypes(get: GetJson): Promise<ResourceType[]> {
  const [core, groups] = await Promise.all([typesBelow("/api", get), typesBelow("/apis", get)]);
  return [...core, ...groups];
}

async function typesBelow(root: "/api" | "/apis", get: GetJson): Promise<ResourceType[]> {
  const answer = await get(root);
  if (answer["kind"] === "APIGroupDiscoveryList") return aggregatedTypes(answer);
  const lists = await Promise.all(
    groupVersions(root, answer).map(async (groupVersion) => {
      try {
        return legacyTypes(groupVersion, await get(`${root}/${groupVersion}`));
      } catch (error) {
        // An API whose server behind is down must not hide all others.
        if (error instanceof KubeError) return [];
        throw error;
      }
    }),
  );
  return lists.flat();
}

function aggregatedTypes(list: JsonObject): ResourceType[] {
  return objects(list["items"]).flatMap((item) => {
    const metadata = isJsonObject(item["metadata"]) ? item["metadata"] : {};
    const group = text(metadata["name"]);
    return objects(item["versions"]).flatMap((entry) =>
      objects(entry["resources"]).flatMap((resource): ResourceType[] => {
        const kind = isJsonObject(resource["responseKind"]) ? text(resource["responseKind"]["kind"]) : "";
        if (kind === "") return [];
        return [
          {
            group,
            version: text(entry["version"]),
            kind,
            resource: text(resource["resource"]),
            namespaced: resource["scope"] === "Namespaced",
            verbs: texts(resource["verbs"]),
          },
        ];
      }),
    );
  });
}

/** The group versions that the older documents name: `v1` below /api, `apps/v1` below /apis, preferred first. */
function groupVersions(root: "/api" | "/apis", answer: JsonObject): string[] {
  if (root === "/api") return texts(answer["versions"]);
  return objects(answer["groups"]).flatMap((group) => {
    const preferred = isJsonObject(group["preferredVersion"]) ? text(group["preferredVersion"]["groupVersion"]) : "";
    const all = objects(group["versions"]).map((version) => text(version["groupVersion"]));
    return [...all.filter((version) => version === preferred), ...all.filter((version) => version !== preferred)];
  });
}

function legacyTypes(groupVersion: string, list: JsonObject): ResourceType[] {
  const [first = "", second] = groupVersion.split("/");
  const place = second === undefined ? { group: "", version: first } : { group: first, version: second };
  return objects(list["resources"])
    .filter((resource) => !text(resource["name"]).includes("/"))
    .map((resource) => ({
      ...place,
      kind: text(resource["kind"]),
      resource: text(resource["name"]),
      namespaced: resource["namespaced"] === true,
      verbs: texts(resource["verbs"]),
    }));
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
