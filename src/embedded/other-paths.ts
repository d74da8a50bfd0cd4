import { type Answer, jsonAnswer, plainText } from "./answer.ts";
import type { Cluster } from "./call.ts";
import { aggregatedDiscovery, coreVersions, groupDocument, groupList, resourceList } from "./discovery.ts";
import { negotiate } from "./negotiate.ts";
import { openApiDocument, openApiIndex } from "./openapi.ts";
import { notServed } from "./refusals.ts";

/** Paths that name no resource: health, version, discovery, OpenAPI. Any method reads them, as on a real server. */
export function otherPath(
  cluster: Cluster,
  rawPath: string,
  query: URLSearchParams,
  accept: string | undefined,
): Answer {
  const path = rawPath === "/" ? "/" : rawPath.replace(/\/+$/, "");
  switch (path) {
    case "/version":
      return jsonAnswer(200, JSON.stringify(versionInfo(cluster.gitVersion)));
    case "/api":
    case "/apis":
      return discoveryRoot(cluster, path === "/api" ? "api" : "apis", accept);
    case "/openapi/v3":
      return jsonAnswer(200, JSON.stringify(openApiIndex(cluster.catalog)));
    case "/":
      return jsonAnswer(200, JSON.stringify({ paths: rootPaths(cluster) }));
  }
  const [, check = "", part] = /^\/(healthz|livez|readyz)(?:\/([a-z]+))?$/.exec(path) ?? [];
  if (check !== "" && (part === undefined || checks.includes(part))) return health(check, query.has("verbose"));
  const described = /^\/openapi\/v3\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  if (described !== null) {
    const document = openApiDocument(cluster.catalog, described[1] ?? "", described[2]!);
    if (document !== null) return jsonAnswer(200, JSON.stringify(document));
  }
  const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
  const document = group === undefined ? null : groupDocument(cluster.catalog, group);
  return document === null ? plainText(404, "404 page not found\n") : jsonAnswer(200, JSON.stringify(document));
}

/** What is asked of a server's health here; the real one knows many more. Who answers at all has its state at hand. */
const checks = ["ping", "log", "etcd"];

function health(name: string, verbose: boolean): Answer {
  if (!verbose) return plainText(200, "ok");
  return plainText(200, `${checks.map((check) => `[+]${check} ok\n`).join("")}${name} check passed\n`);
}

/** `/api/v1`, `/apis/apps/v1`. A group that is not known at all is plain text, an unknown version of one a Status. */
export function versionDocument(cluster: Cluster, group: string, version: string): Answer {
  const document = resourceList(cluster.catalog, group, version);
  if (document !== null) return jsonAnswer(200, JSON.stringify(document));
  if (cluster.catalog.versions(group).length === 0) return plainText(404, "404 page not found\n");
  throw notServed();
}

function discoveryRoot(cluster: Cluster, part: "api" | "apis", accept: string | undefined): Answer {
  const { as, version } = negotiate(accept, "discovery");
  if (as === "APIGroupDiscoveryList") {
    const document = aggregatedDiscovery(cluster.catalog, part, version === "v2" ? "v2" : "v2beta1");
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return { ...jsonAnswer(200, JSON.stringify(document)), contentType };
  }
  const document = part === "api" ? coreVersions(cluster.address()) : groupList(cluster.catalog);
  return jsonAnswer(200, JSON.stringify(document));
}

function rootPaths({ catalog }: Cluster): string[] {
  const groups = catalog.groups().filter((group) => group !== "");
  const versions = groups.flatMap((group) => [
    `/apis/${group}`,
    ...catalog.versions(group).map((version) => `/apis/${group}/${version}`),
  ]);
  return ["/api", "/api/v1", "/apis", ...versions, "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"].sort();
}

/** The suffix says that this is no Kubernetes: `v1.34.2+k8sctl-embedded`. */
function versionInfo(gitVersion: string): Record<string, string> {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "",
    compiler: "none",
    platform: "embedded",
  };
}
