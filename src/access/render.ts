import { stringify } from "yaml";
import type { ClusterAccess, Credentials } from "../model/access.ts";
import { assertNever, type JsonObject } from "../model/json.ts";
import { Secret } from "../model/secrets.ts";
import { type ClusterCredentials, credentialsOf } from "./credentials.ts";

export type CredentialsFormat = "kubeconfig" | "json" | "env" | "tfvars";

/** The credentials as one text. Holds key material: reveal it only to write it where the user asked. */
export function renderCredentials(access: ClusterAccess, format: CredentialsFormat): Secret {
  switch (format) {
    case "kubeconfig":
      return new Secret(kubeconfigText(access));
    case "json":
      return new Secret(jsonText(credentialsOf(access)));
    case "env":
      return new Secret(envText(credentialsOf(access)));
    case "tfvars":
      return new Secret(tfvarsText(credentialsOf(access)));
    default:
      return assertNever(format);
  }
}

/** The credentials as files by name, for `--format files`; all are to be written 0600. */
export function credentialFiles(access: ClusterAccess): { readonly name: string; readonly text: Secret }[] {
  const { clusterCaCertificate, clientCertificate, clientKey, token } = credentialsOf(access);
  const files: [string, string | null | undefined][] = [
    ["kubeconfig", kubeconfigText(access)],
    ["ca.crt", clusterCaCertificate],
    ["client.crt", clientCertificate],
    ["client.key", clientKey?.reveal()],
    ["token", token?.reveal()],
  ];
  return files.flatMap(([name, text]) => (typeof text === "string" ? [{ name, text: new Secret(text) }] : []));
}

/** The variables that Terraform's kubernetes provider reads; PEM texts as they are. */
function credentialEnv(credentials: ClusterCredentials): Readonly<Record<string, Secret>> {
  const values: [string, string | null | undefined][] = [
    ["KUBE_HOST", credentials.host],
    ["KUBE_CLUSTER_CA_CERT_DATA", credentials.clusterCaCertificate],
    ["KUBE_CLIENT_CERT_DATA", credentials.clientCertificate],
    ["KUBE_CLIENT_KEY_DATA", credentials.clientKey?.reveal()],
    ["KUBE_TOKEN", credentials.token?.reveal()],
  ];
  return Object.fromEntries(
    values.flatMap(([name, value]) => (typeof value === "string" ? [[name, new Secret(value)]] : [])),
  );
}

/** For `eval "$(...)"` in a POSIX shell. */
function envText(credentials: ClusterCredentials): string {
  return Object.entries(credentialEnv(credentials))
    .map(([name, value]) => `export ${name}='${value.reveal().replaceAll("'", "'\\''")}'\n`)
    .join("");
}

/** Base64 values, which Terraform's own tutorials decode by base64decode(). */
function tfvarsText(credentials: ClusterCredentials): string {
  const encode = (text: string) => Buffer.from(text).toString("base64");
  const lines: [string, string | null | undefined][] = [
    ["host", credentials.host],
    ["cluster_ca_certificate", credentials.clusterCaCertificate && encode(credentials.clusterCaCertificate)],
    ["client_certificate", credentials.clientCertificate && encode(credentials.clientCertificate)],
    ["client_key", credentials.clientKey && encode(credentials.clientKey.reveal())],
    ["token", credentials.token?.reveal()],
  ];
  const width = Math.max(...lines.map(([name, value]) => (value ? name.length : 0)));
  return lines.flatMap(([name, value]) => (value ? [`${name.padEnd(width)} = ${hclString(value)}\n`] : [])).join("");
}

function hclString(text: string): string {
  return JSON.stringify(text).replaceAll("${", "$${").replaceAll("%{", "%%{");
}

function jsonText(credentials: ClusterCredentials): string {
  const { clientKey, token, ...open } = credentials;
  return `${JSON.stringify({ ...open, clientKey: clientKey?.reveal() ?? null, token: token?.reveal() ?? null }, null, 2)}\n`;
}

function kubeconfigText(access: ClusterAccess): string {
  const { name } = access;
  const encode = (text: string) => Buffer.from(text).toString("base64");
  const cluster: JsonObject = {
    server: access.server,
    ...(access.certificateAuthority === null
      ? {}
      : { "certificate-authority-data": encode(access.certificateAuthority) }),
    ...(access.insecureSkipTlsVerify ? { "insecure-skip-tls-verify": true } : {}),
    ...(access.tlsServerName === null ? {} : { "tls-server-name": access.tlsServerName }),
    ...(access.proxyUrl === null ? {} : { "proxy-url": access.proxyUrl }),
  };
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster }],
      users: [{ name, user: userBody(access.credentials) }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: access.namespace } }],
      "current-context": name,
    },
    { lineWidth: 0 },
  );
}

function userBody(credentials: Credentials): JsonObject {
  switch (credentials.kind) {
    case "certificate":
      return {
        "client-certificate-data": Buffer.from(credentials.certificate).toString("base64"),
        "client-key-data": Buffer.from(credentials.key.reveal()).toString("base64"),
      };
    case "token":
      return { token: credentials.token.reveal() };
    case "exec": {
      const { env, args, ...rest } = credentials.exec;
      return { exec: { ...rest, args: [...args], env: Object.entries(env).map(([name, value]) => ({ name, value })) } };
    }
    case "none":
      return {};
    default:
      return assertNever(credentials);
  }
}
