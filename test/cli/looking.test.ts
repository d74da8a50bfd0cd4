import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectTo, type Json, runMain, type Settings, temporaryHome } from "./command-line.ts";
import { configMap, deployment, projectYaml, terraformJson } from "./stacks.ts";

const home = temporaryHome();
const root = mkdtempSync(join(tmpdir(), "k8sctl-looking-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const run = (argv: readonly string[], settings?: Settings) => runMain(root, home, argv, settings);

const logs = "one \x1b[2J\x1b]0;owned\x07\ntwo";
const resource = {
  kubernetes_config_map_v1: { page: configMap("page", { a: "b" }) },
  kubernetes_deployment_v1: {
    web: deployment("web-app", { replicas: 2, annotations: { "embedded.k8sctl.dev/logs": logs } }),
    bad: deployment("bad", { annotations: { "embedded.k8sctl.dev/fail": "image-pull" } }),
  },
  kubernetes_service_v1: {
    web: {
      metadata: { name: "web-service", namespace: "default" },
      spec: { selector: { app: "web-app" }, port: [{ port: 80, target_port: "8080" }] },
    },
  },
};

beforeAll(async () => {
  mkdirSync(join(root, "stacks"));
  writeFileSync(join(root, "k8sctl.yaml"), projectYaml("looking", ["stacks/shop.tf.json"]));
  writeFileSync(join(root, "stacks/shop.tf.json"), terraformJson({ ...resource }));
  const up = await run(["up", "--yes"]);
  expect(up.exitCode, up.all).toBe(3);
});

describe("logs", () => {
  test.each([
    ["the name in the stack", "shop/web"],
    ["the address", "shop/kubernetes_deployment_v1.web"],
    ["the object's name", "shop/web-app"],
    ["kind and name", "shop/deployment/web-app"],
    ["a Service", "shop/Service/web-service"],
  ])("are found by %s, from both pods, and cannot control the terminal", async (_how, target) => {
    const { stdout, exitCode, all } = await run(["logs", target]);
    expect(exitCode, all).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/^web-app-\w+-\w+\/main /, ""))).toEqual(["one", "two", "one", "two"]);
    expect(all).not.toMatch(/\x1b|\x07|owned/);
  });

  test("of a whole stack name the pod of each line; what has not started is told on stderr", async () => {
    const { stdout, stderr } = await run(["logs", "shop", "--tail", "1"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(stderr).toMatch(/^bad-\S+\/main has not started; `k8sctl describe shop` says more$/m);
  });

  test("with --output json are an object a line, with the node's time", async () => {
    const { lines } = await run(["logs", "shop/web", "--output", "json"]);
    expect(lines[0]).toMatchObject({ v: 1, type: "log", namespace: "default", container: "main", text: "one " });
    expect(lines[0].pod).toMatch(/^web-app-/);
  });

  test("are followed until Ctrl-C, also of pods that come later, no line twice", async () => {
    let scaled = false;
    const seen = new Set<string>();
    const { stdout } = await run(["logs", "shop/web", "--follow"], {
      onPrint(text, interrupt) {
        for (const line of text.split("\n").slice(0, -1)) seen.add(line);
        const pods = new Set([...seen].map((line) => line.split("/")[0]));
        if (pods.size === 2 && !scaled) {
          scaled = true;
          void scale(3);
        }
        if (pods.size === 3) interrupt();
      },
    });
    const lines = stdout.trimEnd().split("\n");
    expect(new Set(lines).size).toBe(lines.length);
    await scale(2);
  });

  test.each([
    [["logs", "shop/wbe"], 'did you mean "shop/web"?'],
    [["logs", "nothing"], "the stacks are shop"],
    [["logs", "shop/page"], "ConfigMap default/page has no pods"],
    [["logs", "shop/web", "-c", "sidecar"], "use one of: main"],
    [["logs", "shop/web", "--since", "yesterday"], "30s, 10m, 2h or 1d"],
    [["logs", "shop/web", "--tail", "few"], "whole number"],
    [["logs"], "missing required argument"],
  ])("%j is refused with a remedy", async (argv, remedy) => {
    const { exitCode, stderr } = await run(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(remedy);
  });
});

describe("events", () => {
  test("tell of the objects, their ReplicaSets and pods, oldest first", async () => {
    const { lines } = await run(["events", "shop/bad", "--output", "json"]);
    const kinds = new Set(lines.map((event: Json) => event.kind));
    expect(kinds).toEqual(new Set(["Deployment", "ReplicaSet", "Pod"]));
    expect(lines.map((event: Json) => event.reason)).toContain("Failed");
    const times = lines.map((event: Json) => event.last);
    expect(times).toEqual([...times].sort());
    expect(lines.every((event: Json) => event.stack === "shop" && event.name.startsWith("bad"))).toBe(true);
  });

  test("--warnings leaves the rest out; without a target the whole project is told of", async () => {
    const all = await run(["events"]);
    const warnings = await run(["events", "--warnings"]);
    expect(all.stdout).toMatch(/ScalingReplicaSet +Deployment web-app/);
    expect(warnings.stdout).not.toContain("ScalingReplicaSet");
    expect(warnings.stdout).toMatch(/Failed +Pod bad-/);
  });
});

test.each([["port-forward", "shop/web"], ["expose"]])("%s: simulated pods have nothing to reach", async (...argv) => {
  const { exitCode, stderr } = await run(argv);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("embedded/dev simulates its pods: nothing listens in them");
});

describe("describe", () => {
  test("says what is wrong, and shows conditions, pods, events and writers", async () => {
    const { stdout } = await run(["describe", "shop/bad"]);
    for (const part of [
      /^Deployment default\/bad {2}failed 0\/1/,
      /image web:1 was not found/,
      /→ correct the image/,
      /Available +False +MinimumReplicasUnavailable/,
      /bad-\S+ +(ImagePullBackOff|ErrImagePull) +0\/1 +0/,
      /k8sctl:looking +Apply/,
    ]) {
      expect(stdout).toMatch(part);
    }
  });

  test("an object that is gone is told as such", async () => {
    const kube = await connectTo(home, "dev");
    const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "default", name: "page" };
    await kube.delete(ref, { propagation: "Background" });
    kube.close();
    const { stdout, exitCode } = await run(["describe", "shop/page"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ConfigMap default\/page {2}gone/);
  });

  test("fits a narrow terminal", async () => {
    const { stdout } = await run(["describe", "shop"], { terminal: { columns: 60 }, env: { NO_COLOR: "1" } });
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});

async function scale(replicas: number): Promise<void> {
  const kube = await connectTo(home, "dev");
  const ref = { group: "apps", version: "v1", kind: "Deployment", namespace: "default", name: "web-app" };
  await kube.patch(ref, { spec: { replicas } }, "test");
  kube.close();
}
