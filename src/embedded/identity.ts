import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { ApiPath } from "./api-path.ts";
import type { Cluster } from "./call.ts";
import { Refusal } from "./failures.ts";
import { type Attributes, allowedBecause, isAdministrator } from "./rbac.ts";
import type { User } from "./user.ts";

const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/**
 * Who is asking: a client certificate of our authority counts before a token; a certificate of another authority and
 * a token that we did not issue are refused with 401, no credentials at all is system:anonymous (API reference, Authenticating).
 */
export function identify(cluster: Cluster, request: IncomingMessage): User {
  const known =
    certificateUser(request.socket as TLSSocket) ?? tokenUser(cluster, request.headers.authorization) ?? anonymous;
  const impersonated = request.headers["impersonate-user"];
  if (typeof impersonated !== "string") return known;
  if (!isAdministrator(known)) {
    const why = `users "${impersonated}" is forbidden: User "${known.name}" cannot impersonate resource "users" in API group "" at the cluster scope`;
    throw new Refusal(403, "Forbidden", why, { name: impersonated, kind: "users" });
  }
  const groups = request.headers["impersonate-group"];
  const named = groups === undefined ? [] : Array.isArray(groups) ? groups : [groups];
  return { name: impersonated, groups: [...named, "system:authenticated"] };
}

/** Decoding a certificate costs as much as a small answer, and a connection keeps its own. */
const certificateUsers = new WeakMap<TLSSocket, User | null>();

function certificateUser(socket: TLSSocket): User | null {
  let user = certificateUsers.get(socket);
  if (user === undefined) {
    user = readCertificate(socket);
    certificateUsers.set(socket, user);
  }
  return user;
}

function readCertificate(socket: TLSSocket): User | null {
  const certificate = socket.getPeerCertificate();
  if (certificate === null || Object.keys(certificate).length === 0) return null;
  if (!socket.authorized) throw unauthorized();
  const organizations = certificate.subject.O as string | string[] | undefined;
  const groups = organizations === undefined ? [] : Array.isArray(organizations) ? organizations : [organizations];
  return { name: String(certificate.subject.CN), groups: [...groups, "system:authenticated"] };
}

function tokenUser(cluster: Cluster, authorization: string | undefined): User | null {
  if (authorization === undefined) return null;
  const user = userOfToken(cluster, /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "");
  if (user === null) throw unauthorized();
  return user;
}

export function userOfToken(cluster: Cluster, token: string): User | null {
  const accounts = cluster.catalog.find("", "v1", "serviceaccounts")!;
  return cluster.tokens.user(token, cluster.now(), (namespace, name) => cluster.store.get(accounts, namespace, name));
}

function unauthorized(): Refusal {
  return new Refusal(401, "Unauthorized", "Unauthorized");
}

/** Readable without any credentials, as kubeadm clusters have it (ClusterRole system:public-info-viewer). */
const publicPaths = new Set(["/healthz", "/livez", "/readyz", "/version"]);
const discoveryPaths = /^\/(api|apis|openapi|version|healthz|livez|readyz)(\/|$)/;
const selfReviews = new Set(["selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews"]);

/** Whether the user may do that, by role or because everybody may. Throws Refusal 403. */
export function authorize(cluster: Cluster, user: User, verb: string, path: ApiPath, rawPath: string): void {
  if (isAdministrator(user)) return;
  const authenticated = user.groups.includes("system:authenticated");
  if (path.type === "other" || path.resource === "") {
    const clean = rawPath.replace(/\/$/, "");
    if (verb === "get" && (publicPaths.has(clean) || (authenticated && discoveryPaths.test(clean)))) return;
    if (allowedBecause(cluster, user, { type: "path", verb, path: rawPath }) !== null) return;
    throw new Refusal(403, "Forbidden", `forbidden: User "${user.name}" cannot ${verb} path "${rawPath}"`, {});
  }
  if (authenticated && selfReviews.has(path.resource) && verb === "create") return;
  const wanted = { ...path, verb } as const;
  if (allowedBecause(cluster, user, wanted) === null) throw cannot(user, wanted);
}

/** What the API server says to one whom no role allows it. */
export function cannot(user: User, path: Attributes & { type: "resource" }): Refusal {
  const { verb } = path;
  const qualified = path.group === "" ? path.resource : `${path.resource}.${path.group}`;
  const resource = path.subresource === "" ? path.resource : `${path.resource}/${path.subresource}`;
  const what = path.name === "" ? qualified : `${qualified} "${path.name}"`;
  const where = path.namespace === "" ? "at the cluster scope" : `in the namespace "${path.namespace}"`;
  return new Refusal(
    403,
    "Forbidden",
    `${what} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${path.group}" ${where}`,
    {
      ...(path.name === "" ? {} : { name: path.name }),
      ...(path.group === "" ? {} : { group: path.group }),
      kind: path.resource,
    },
  );
}

/** The API's verb of an HTTP request (API reference, "Request verbs"). */
export function verbOf(method: string, path: ApiPath, watch: boolean): string {
  if (path.type === "other") return method === "HEAD" ? "get" : method.toLowerCase();
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return path.name === "" ? "deletecollection" : "delete";
    default:
      if (path.resource === "") return "get";
      return path.name !== "" ? "get" : watch ? "watch" : "list";
  }
}
