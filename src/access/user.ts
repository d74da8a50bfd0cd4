import { join } from "node:path";
import type { Credentials, ExecCredentialConfig } from "../model/access.ts";
import { userError } from "../model/errors.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { Secret } from "../model/secrets.ts";
import type { Entry } from "./kubeconfig.ts";
import { type FileTexts, fileOf, pemOf } from "./values.ts";

/** What this version of k8sctl would silently leave out, and so act as somebody else. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  "auth-provider":
    "auth-provider was removed from Kubernetes in 1.26; use an exec plugin (log in again with the cloud's CLI)",
  as: "impersonation is not supported; use a context without it",
  "as-user-extra": "impersonation is not supported; use a context without it",
  "as-groups": "impersonation is not supported; use a context without it",
  username: "basic authentication was removed from Kubernetes in 1.19; use a certificate, a token or an exec plugin",
};

/** How a user proves itself: certificate before token before exec plugin. Throws UserError. */
export function credentialsOfUser(user: Entry, files: FileTexts): Credentials {
  for (const [field, remedy] of Object.entries(UNSUPPORTED)) {
    if (user.body[field] === undefined || user.body[field] === null) continue;
    throw userError("kubeconfig-unsupported", `the user "${user.name}" uses ${field}`, {
      position: user.position(field),
      remedy,
    });
  }
  const certificate = pemOf(user, "client-certificate", files);
  const key = pemOf(user, "client-key", files);
  if (certificate !== null && key !== null) return { kind: "certificate", certificate, key: new Secret(key) };
  if (certificate !== null || key !== null) {
    const missing = key === null ? "client-key" : "client-certificate";
    throw userError("kubeconfig-half-certificate", `the user "${user.name}" has a certificate or a key, not both`, {
      position: user.position(),
      remedy: `add ${missing}-data`,
    });
  }
  // A token file wins over an inline token (API reference of the kubeconfig, AuthInfo).
  const token = fileOf(user, "tokenFile", files)?.trim() ?? user.body["token"];
  if (typeof token === "string" && token !== "") return { kind: "token", token: new Secret(token) };
  const exec = user.body["exec"];
  return isJsonObject(exec) ? { kind: "exec", exec: execOf(user, exec) } : { kind: "none" };
}

const EXEC_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

function execOf(user: Entry, exec: JsonObject): ExecCredentialConfig {
  const { apiVersion, command, args, env, interactiveMode, provideClusterInfo, installHint } = exec;
  const refuse = (message: string, remedy: string) =>
    userError("kubeconfig-exec", `the exec plugin of the user "${user.name}" ${message}`, {
      position: user.position("exec"),
      remedy,
    });
  if (typeof apiVersion !== "string" || !EXEC_VERSIONS.includes(apiVersion)) {
    throw refuse(`has the apiVersion ${String(apiVersion)}`, `it must be ${EXEC_VERSIONS.join(" or ")}; log in again`);
  }
  if (typeof command !== "string" || command === "") throw refuse("names no command", "add `command:`");
  return {
    apiVersion,
    // A path is relative to the kubeconfig, a bare name is looked up on the PATH.
    command: /[/\\]/.test(command) && !/^(\/|[A-Za-z]:)/.test(command) ? join(user.folder, command) : command,
    args: Array.isArray(args) ? args.map(String) : [],
    env: Object.fromEntries(
      (Array.isArray(env) ? env : []).filter(isJsonObject).map((pair) => [String(pair["name"]), String(pair["value"])]),
    ),
    interactiveMode: interactiveMode === "Never" || interactiveMode === "Always" ? interactiveMode : "IfAvailable",
    provideClusterInfo: provideClusterInfo === true,
    ...(typeof installHint === "string" && installHint !== "" ? { installHint } : {}),
  };
}
