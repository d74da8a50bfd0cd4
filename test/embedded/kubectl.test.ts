import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KubectlSession, kubectlSession, noKubectl } from "./kubectl.ts";

let session: KubectlSession;

beforeAll(async () => {
  session = await kubectlSession();
  writeFileSync(join(session.folder, "web.yaml"), manifest);
});

afterAll(() => session.close());

const kubectl = (...args: string[]) => session.kubectl(...args);

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

test.skipIf(noKubectl)("kubectl applies, reads, watches and deletes", async () => {
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
    env: session.env,
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

test.skipIf(noKubectl)("kubectl's strict validation names an unknown field", async () => {
  writeFileSync(join(session.folder, "bad.yaml"), manifest.replace("replicas: 2", "replicass: 2"));
  await expect(kubectl("create", "--validate=strict", "--dry-run=server", "-f", "bad.yaml")).rejects.toThrow(
    'unknown field "spec.replicass"',
  );
});
