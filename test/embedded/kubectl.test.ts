import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";

const run = promisify(execFile);
const found = spawnSync("kubectl", ["version", "--client"]).status === 0;
const wanted = process.env["K8SCTL_REQUIRE_KUBECTL"] === "1";

if (!found && !wanted) console.warn("kubectl is not on PATH: the tests with a real kubectl are skipped");

let folder: string;
let cluster: EmbeddedServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "k8sctl-kubectl-"));
  cluster = await startEmbedded({ timeScale: 0.05 });
  const { access } = cluster;
  if (access.credentials.kind !== "certificate") throw new Error("no certificate");
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "e",
        cluster: { server: access.server, "certificate-authority-data": base64(access.certificateAuthority!) },
      },
    ],
    users: [
      {
        name: "e",
        user: {
          "client-certificate-data": base64(access.credentials.certificate),
          "client-key-data": base64(access.credentials.key.reveal()),
        },
      },
    ],
    contexts: [{ name: "e", context: { cluster: "e", user: "e" } }],
    "current-context": "e",
  };
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig), { mode: 0o600 });
  writeFileSync(join(folder, "web.yaml"), manifest);
});

afterAll(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

async function kubectl(...args: string[]): Promise<string> {
  return (await run("kubectl", args, { cwd: folder, env: environment(), timeout: 30_000 })).stdout;
}

const environment = () => ({ ...process.env, HOME: folder, KUBECONFIG: join(folder, "kubeconfig") });

const manifest = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { colour: blue }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "nginx:1.29", ports: [{ containerPort: 80 }] }
`;

test.skipIf(!found && !wanted)("kubectl applies, reads, watches and deletes", async () => {
  const applied = await kubectl("apply", "--server-side", "-f", "web.yaml");
  expect(applied.split("\n").filter((line) => line.endsWith("serverside-applied"))).toHaveLength(3);
  await kubectl("rollout", "status", "deployment/web", "-n", "shop", "--timeout=20s");
  expect(await kubectl("get", "deployments", "-n", "shop", "-o", "wide")).toMatch(
    /NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\nweb +2\/2 +2 +2 +\S+ +web +nginx:1\.29 +app=web/,
  );
  expect(await kubectl("get", "pods", "-n", "shop", "-o", "wide")).toMatch(/1\/1 +Running +0 .*embedded-control-plane/);
  expect(await kubectl("get", "nodes")).toMatch(/control-plane +\S+ +v1\.34\.\d+-embedded/);
  expect(await kubectl("get", "cm", "settings", "-n", "shop", "-o", "jsonpath={.data.colour}")).toBe("blue");
  expect(await kubectl("apply", "--server-side", "--dry-run=server", "-f", "web.yaml")).toContain("(server dry run)");

  // When kubectl has begun to watch cannot be seen from outside: labels change until it tells of one.
  const watching = spawn("kubectl", ["get", "cm", "settings", "-n", "shop", "--watch-only", "-o", "name"], {
    env: environment(),
  });
  let seen = "";
  watching.stdout.on("data", (chunk: Buffer) => {
    seen += chunk.toString();
  });
  for (let n = 0; seen === "" && n < 50; n++)
    await kubectl("label", "cm", "settings", "-n", "shop", "--overwrite", `seen=${n}`);
  watching.kill();
  expect(seen).toContain("configmap/settings");

  // What lives in the namespace may go with it before kubectl comes to it.
  await kubectl("delete", "-f", "web.yaml", "--ignore-not-found", "--timeout=20s");
  expect(await kubectl("get", "namespaces", "-o", "name")).not.toContain("shop");
});

test.skipIf(!found && !wanted)("kubectl's strict validation names an unknown field", async () => {
  writeFileSync(join(folder, "bad.yaml"), manifest.replace("replicas: 2", "replicass: 2"));
  await expect(kubectl("create", "--validate=strict", "--dry-run=server", "-f", "bad.yaml")).rejects.toThrow(
    'unknown field "spec.replicass"',
  );
});
