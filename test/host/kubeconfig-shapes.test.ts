import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextCluster } from "../../src/host/context.ts";
import { systemExec } from "../../src/host/exec.ts";
import { diskFiles } from "../../src/host/files.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import { type Authority, makeAuthority, type Pair } from "./authority.ts";
import { type ScriptedServer, startScripted, TestClock } from "./scripted-server.ts";

/** Kubeconfigs of the shapes that other tools write, each used for a real request (docs/clusters-*.md). */
let authority: Authority;
let client: Pair;
let server: ScriptedServer;
let folder: string;
beforeAll(async () => {
  authority = await makeAuthority();
  client = await authority.client("minikube-user");
  server = await startScripted({ ...(await authority.server()), authority }, () => ({
    body: { gitVersion: "v1.34.1" },
  }));
  folder = mkdtempSync(join(tmpdir(), "k8sctl-shapes-"));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const base64 = (text: string) => Buffer.from(text).toString("base64");

async function asked(context: string, kubeconfig: string) {
  writeFileSync(join(folder, "config"), kubeconfig, { mode: 0o600 });
  const ports = { files: diskFiles, env: { KUBECONFIG: join(folder, "config") }, root: folder };
  const cluster = contextCluster({ provider: "context", context, kubeconfig: null }, ports);
  const kube = openKube(await cluster.access(), { exec: systemExec, clock: new TestClock() });
  try {
    expect(await kube.version()).toEqual({ gitVersion: "v1.34.1" });
  } finally {
    kube.close();
  }
  return server.seen.at(-1)!;
}

test("minikube: certificates in files, extensions", async () => {
  const profile = join(folder, ".minikube", "profiles", "minikube");
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(folder, ".minikube", "ca.crt"), authority.certificate);
  writeFileSync(join(profile, "client.crt"), client.certificate);
  writeFileSync(join(profile, "client.key"), client.key, { mode: 0o600 });
  const extension = (name: string) => `
    extensions:
    - extension: { last-update: "Sat, 21 Nov 2026 03:00:00 UTC", provider: minikube.sigs.k8s.io, version: v1.37.0 }
      name: ${name}`;
  const seen = await asked(
    "minikube",
    `apiVersion: v1
clusters:
- cluster:
    certificate-authority: ${folder}/.minikube/ca.crt${extension("cluster_info")}
    server: ${server.url}
  name: minikube
contexts:
- context:
    cluster: minikube${extension("context_info")}
    namespace: default
    user: minikube
  name: minikube
current-context: minikube
kind: Config
users:
- name: minikube
  user:
    client-certificate: .minikube/profiles/minikube/client.crt
    client-key: ${profile}/client.key
`,
  );
  expect(seen.clientName).toBe("minikube-user");
});

test("Rancher Desktop: everything inline, preferences", async () => {
  const seen = await asked(
    "rancher-desktop",
    `apiVersion: v1
kind: Config
preferences: {}
clusters:
  - name: rancher-desktop
    cluster:
      server: ${server.url}
      certificate-authority-data: ${base64(authority.certificate)}
      insecure-skip-tls-verify: false
users:
  - name: rancher-desktop
    user:
      client-certificate-data: ${base64(client.certificate)}
      client-key-data: ${base64(client.key)}
contexts:
  - name: rancher-desktop
    context: { cluster: rancher-desktop, name: rancher-desktop, user: rancher-desktop }
current-context: other
`,
  );
  expect(seen.clientName).toBe("minikube-user");
});

test("EKS: an ARN as the name, a token from `aws eks get-token`", async () => {
  const arn = "arn:aws:eks:eu-central-1:111122223333:cluster/shop";
  const aws = join(folder, "aws");
  writeFileSync(
    aws,
    `#!/bin/sh
[ "$AWS_PROFILE $*" = "shop --region eu-central-1 eks get-token --cluster-name shop --output json" ] || exit 9
echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{},"status":{"expirationTimestamp":"2099-01-01T00:00:00Z","token":"k8s-aws-v1.abc"}}'
`,
  );
  chmodSync(aws, 0o755);
  const seen = await asked(
    "shop-prod",
    `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(authority.certificate)}
    server: ${server.url}
  name: ${arn}
contexts:
- context:
    cluster: ${arn}
    user: ${arn}
  name: shop-prod
current-context: shop-prod
kind: Config
preferences: {}
users:
- name: ${arn}
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: [--region, eu-central-1, eks, get-token, --cluster-name, shop, --output, json]
      command: ${aws}
      env:
      - { name: AWS_PROFILE, value: shop }
      interactiveMode: IfAvailable
      provideClusterInfo: false
`,
  );
  expect(seen.headers.authorization).toBe("Bearer k8s-aws-v1.abc");
});
