import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { accessOf } from "../../src/access/access.ts";
import { credentialsOf } from "../../src/access/credentials.ts";
import { parseKubeconfig } from "../../src/access/kubeconfig.ts";
import { credentialFiles, renderCredentials } from "../../src/access/render.ts";
import type { ClusterAccess } from "../../src/model/access.ts";
import { Secret } from "../../src/model/secrets.ts";
import { makeAuthority } from "../host/authority.ts";

const authority = await makeAuthority();
const client = await authority.client("me", { notAfter: new Date("2031-02-03T04:05:06Z") });
const access: ClusterAccess = {
  name: "kind/dev",
  server: "https://127.0.0.1:6443",
  certificateAuthority: authority.certificate,
  insecureSkipTlsVerify: false,
  tlsServerName: null,
  proxyUrl: null,
  credentials: { kind: "certificate", certificate: client.certificate, key: new Secret(client.key) },
  namespace: "default",
};

describe("cluster credentials", () => {
  test("know when the certificate ends", () => {
    expect(credentialsOf(access).expires).toBe("2031-02-03T04:05:06.000Z");
  });

  test("as a kubeconfig that reads back to the same access", () => {
    const text = renderCredentials(access, "kubeconfig").reveal();
    const again = accessOf(parseKubeconfig([{ path: "/x", text }]), null, new Map());
    expect(again).toEqual(access);
    if (again.credentials.kind !== "certificate") throw new Error(again.credentials.kind);
    expect(again.credentials.key.reveal()).toBe(client.key);
  });

  test("as JSON", () => {
    expect(JSON.parse(renderCredentials(access, "json").reveal())).toEqual({
      name: "kind/dev",
      host: "https://127.0.0.1:6443",
      clusterCaCertificate: authority.certificate,
      clientCertificate: client.certificate,
      clientKey: client.key,
      token: null,
      expires: "2031-02-03T04:05:06.000Z",
    });
  });

  test("as shell exports that a shell reads back whole", () => {
    const token = { ...access, credentials: { kind: "token", token: new Secret("it's $HOME") } } as const;
    const script = (of: ClusterAccess) => `${renderCredentials(of, "env").reveal()}\nprintenv KUBE_HOST; `;
    const shell = (text: string) => execFileSync("sh", ["-c", text], { encoding: "utf8" });
    expect(shell(`${script(access)}printenv KUBE_CLIENT_KEY_DATA`)).toBe(`https://127.0.0.1:6443\n${client.key}\n`);
    expect(shell(`${script(token)}printenv KUBE_TOKEN`)).toBe("https://127.0.0.1:6443\nit's $HOME\n");
  });

  test("as Terraform variables", () => {
    const lines = renderCredentials(access, "tfvars").reveal().trim().split("\n");
    const pairs = Object.fromEntries(lines.map((line) => line.split(/ += /) as [string, string]));
    expect(Object.keys(pairs)).toEqual(["host", "cluster_ca_certificate", "client_certificate", "client_key"]);
    expect(Buffer.from(JSON.parse(pairs["client_key"]!), "base64").toString()).toBe(client.key);
  });

  test("as files, only those there are", () => {
    expect(credentialFiles(access).map((file) => file.name)).toEqual([
      "kubeconfig",
      "ca.crt",
      "client.crt",
      "client.key",
    ]);
    const open = credentialFiles({ ...access, certificateAuthority: null, credentials: { kind: "none" } });
    expect(open.map((file) => file.name)).toEqual(["kubeconfig"]);
  });

  test("print as nothing but (sensitive)", () => {
    expect(`${renderCredentials(access, "kubeconfig")}`).toBe("(sensitive)");
  });
});
