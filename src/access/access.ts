import { isAbsolute, join } from "node:path";
import type { ClusterAccess } from "../model/access.ts";
import { userError } from "../model/errors.ts";
import { chooseContext } from "./choose.ts";
import type { Entry, Kubeconfig } from "./kubeconfig.ts";
import { credentialsOfUser } from "./user.ts";
import { type FileTexts, pemOf } from "./values.ts";

const FILE_FIELDS = {
  cluster: ["certificate-authority"],
  user: ["client-certificate", "client-key", "tokenFile"],
} as const;

/** The files that a context refers to; whoever may do I/O reads them and hands their texts to `accessOf`. */
export function filesNeeded(config: Kubeconfig, contextName: string | null): string[] {
  const { cluster, user } = chooseContext(config, contextName);
  return [...pathsIn(cluster, FILE_FIELDS.cluster), ...(user === null ? [] : pathsIn(user, FILE_FIELDS.user))];
}

/**
 * What it takes to reach the cluster of a context (null: the current one). `files` holds the texts of `filesNeeded`,
 * null where one does not exist. `name` is what messages call it; the context's name unless given. Throws UserError.
 */
export function accessOf(
  config: Kubeconfig,
  contextName: string | null,
  files: FileTexts,
  name?: string,
): ClusterAccess {
  const { context, cluster, user } = chooseContext(config, contextName);
  const server = cluster.body["server"];
  if (typeof server !== "string" || server === "") {
    throw userError("kubeconfig-server", `the cluster "${cluster.name}" has no server`, {
      position: cluster.position(),
      remedy: "add `server: https://host:port` to it",
    });
  }
  const text = (entry: Entry, field: string): string | null => {
    const value = entry.body[field];
    return typeof value === "string" && value !== "" ? value : null;
  };
  return {
    name: name ?? context.name,
    server: server.replace(/\/+$/, ""),
    certificateAuthority: pemOf(cluster, "certificate-authority", files),
    insecureSkipTlsVerify: cluster.body["insecure-skip-tls-verify"] === true,
    tlsServerName: text(cluster, "tls-server-name"),
    proxyUrl: text(cluster, "proxy-url"),
    credentials: user === null ? { kind: "none" } : credentialsOfUser(user, files),
    namespace: text(context, "namespace") ?? "default",
  };
}

function pathsIn(entry: Entry, fields: readonly string[]): string[] {
  return fields.flatMap((field) => {
    const path = entry.body[field];
    // The inline form wins, so that the file need not exist.
    if (typeof path !== "string" || path === "" || entry.body[`${field}-data`] !== undefined) return [];
    return [isAbsolute(path) ? path : join(entry.folder, path)];
  });
}
