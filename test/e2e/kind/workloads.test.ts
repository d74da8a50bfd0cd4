import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customType, withSpec } from "../../custom-type.ts";
import { copyExample, type KindProject, makeProject } from "./project.ts";
import { command, deployment, jsonStack, projectYaml } from "./stacks.ts";

/** One cluster for all of them; each test is a project of its own in it. */
const NAME = "k8sctl-e2e";
let owner: KindProject;
const projects: KindProject[] = [];

function project(name: string, files: Readonly<Record<string, string>>): KindProject {
  const stacks = Object.keys(files);
  const made = makeProject({ ...files, "k8sctl.yaml": projectYaml(name, NAME, stacks) }, owner);
  projects.push(made);
  return made;
}

interface Pods {
  readonly items: readonly { readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string } }[];
}

/** Uids of the pods that are there to stay: a rollout is over while old ones still end; a Job's pod has ended. */
async function podsOf(place: KindProject, namespace: string): Promise<string[]> {
  const { items } = await place.json<Pods>("get", "pods", "-n", namespace, "--field-selector=status.phase!=Succeeded");
  return items.flatMap(({ metadata }) => (metadata.deletionTimestamp === undefined ? [metadata.uid] : [])).sort();
}

beforeAll(async () => {
  owner = copyExample("02-web-with-postgres");
  owner.edit("k8sctl.yaml", "name: web-with-postgres, config", `name: ${NAME}, config`);
  owner.edit("k8sctl.yaml", "defaultCluster: embedded", "defaultCluster: kind");
  // What an earlier run left when it was killed.
  await owner.run("kind", "delete", "cluster", "--name", NAME);
});
afterAll(async () => {
  await owner.run("kind", "delete", "cluster", "--name", NAME);
  for (const each of [...projects, owner]) each.remove();
});

const psql = (sql: string) =>
  owner.run("kubectl", "exec", "-n", "data", "postgres-0", "--", "psql", "-U", "shop", "-d", "shop", "-tAc", sql);

describe("example 02 with a real PostgreSQL", () => {
  test("up from nothing, and the web service reads what psql wrote", async () => {
    const { exitCode, stdout, stderr } = await owner.k8sctl("up", "--yes");
    expect(`${stdout}${stderr}`).toContain("StatefulSet data/postgres (postgres) ready 1/1");
    expect(exitCode).toBe(0);
    expect((await psql("create table things (id int); insert into things values (7)")).exitCode).toBe(0);
    const path = "/api/v1/namespaces/web/services/web:http/proxy/things";
    const { stdout: rows } = await owner.run("kubectl", "get", "--raw", path);
    expect(JSON.parse(rows)).toEqual([{ id: 7 }]);
  });

  test("a second run changes nothing", async () => {
    const { exitCode, stdout } = await owner.k8sctl("up", "--yes", "--detailed-exitcode");
    expect(stdout).toMatch(/\d+ unchanged/);
    expect(exitCode).toBe(0);
  });

  test("the volume survives its pod", async () => {
    await owner.run("kubectl", "delete", "pod", "-n", "data", "postgres-0", "--wait");
    const wait = ["rollout", "status", "-n", "data", "statefulset/postgres", "--timeout=120s"];
    expect((await owner.run("kubectl", ...wait)).exitCode).toBe(0);
    expect((await psql("select id from things")).stdout.trim()).toBe("7");
  });

  test("what its plan says of an edit is what happens: one pod restarts, and the data stays", async () => {
    const [before] = await podsOf(owner, "data");
    owner.edit("k8sctl.yaml", "storage: 2Gi }", "storage: 2Gi, memory: 384Mi }");
    expect((await owner.k8sctl("plan")).stdout).toMatch(/~ StatefulSet data\/postgres .*restarts 1 pod/);
    expect((await owner.k8sctl("up", "--yes")).exitCode).toBe(0);
    const after = await podsOf(owner, "data");
    expect(after).toHaveLength(1);
    expect(after).not.toContain(before);
    expect((await psql("select id from things")).stdout.trim()).toBe("7");
  });

  test("down keeps the claim and its password, and tells of both; with --delete-volumes nothing is left", async () => {
    const kept = await owner.k8sctl("down", "--yes", "--keep-cluster");
    expect(`${kept.stdout}${kept.stderr}`).toContain("PersistentVolumeClaim data/data-postgres-0");
    expect(kept.exitCode).toBe(0);
    expect((await owner.k8sctl("down", "--yes", "--keep-cluster", "--delete-volumes")).exitCode).toBe(0);
    const left = await owner.run("kubectl", "get", "namespace", "data", "web", "--ignore-not-found", "-o", "name");
    expect(left.stdout.trim()).toBe("");
    const secrets = await owner.run("kubectl", "get", "secrets", "-o", "name");
    expect(secrets.stdout).not.toContain("web-with-postgres");
  });
});

describe("consequences", () => {
  const stack = (more: { replicas?: number; env?: string; label?: string; config?: boolean }) =>
    jsonStack({
      kubernetes_namespace_v1: { ns: { metadata: { name: "edits" } } },
      ...(more.config === false
        ? {}
        : { kubernetes_config_map_v1: { old: { metadata: { name: "old", namespace: "edits" }, data: { a: "b" } } } }),
      kubernetes_deployment_v1: { web: deployment("web", "edits", more) },
    });
  let edits: KindProject;

  test("an edit of the template restarts as many pods as the plan says", async () => {
    edits = project("edits", { "edits.tf.json": stack({ replicas: 2 }) });
    expect((await edits.k8sctl("up", "--yes")).exitCode).toBe(0);
    const before = await podsOf(edits, "edits");
    edits.write("edits.tf.json", stack({ replicas: 2, env: "new" }));
    expect((await edits.k8sctl("plan")).stdout).toMatch(/~ Deployment edits\/web .*restarts 2 pods/);
    expect((await edits.k8sctl("up", "--yes")).exitCode).toBe(0);
    const after = await podsOf(edits, "edits");
    expect(after).toHaveLength(2);
    expect(after.filter((uid) => before.includes(uid))).toEqual([]);
  });

  test("a change of the number restarts none", async () => {
    const before = await podsOf(edits, "edits");
    edits.write("edits.tf.json", stack({ replicas: 3, env: "new" }));
    const plan = await edits.k8sctl("plan");
    expect(plan.stdout).toContain("~ Deployment edits/web");
    expect(plan.stdout).not.toContain("restarts");
    expect((await edits.k8sctl("up", "--yes")).exitCode).toBe(0);
    expect(await podsOf(edits, "edits")).toEqual(expect.arrayContaining(before));
  });

  test("drift after an edit with kubectl is told with its author, and taken back", async () => {
    await edits.run("kubectl", "set", "env", "-n", "edits", "deployment/web", "SETTING=drifted");
    const plan = await edits.k8sctl("plan", "--detailed-exitcode");
    expect(plan.stdout).toMatch(/drift .*kubectl-set changed it/);
    expect(plan.stdout).toMatch(/drifted → new/);
    expect(plan.exitCode).toBe(2);
    expect((await edits.k8sctl("up", "--yes")).exitCode).toBe(0);
    expect((await edits.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
  });

  test("a canary comes first; where Prometheus says no to it, the pods stay", async () => {
    const answers = ["0", "1"];
    const prometheus = createServer((_request, response) => {
      const result = [{ metric: {}, value: [1, answers.shift()] }];
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
    await new Promise<void>((resolve) => prometheus.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
      const rule = `{ object: Deployment edits/web, percent: 30, pause: 1s, query: { url: "${url}", promql: errors, below: 0.5 } }`;
      edits.write("k8sctl.yaml", `${projectYaml("edits", NAME, ["edits.tf.json"])}canary:\n  - ${rule}\n`);
      edits.write("edits.tf.json", stack({ replicas: 3, env: "tried" }));
      expect((await edits.k8sctl("plan")).stdout.replaceAll(/\s+/g, " ")).toContain("canary: 1 of 3 pods first");
      const good = await edits.k8sctl("up", "--yes");
      expect(good.exitCode, good.stdout).toBe(0);
      expect(good.stdout).toContain("canary passed: the change goes on");
      const pods = await podsOf(edits, "edits");
      edits.write("edits.tf.json", stack({ replicas: 3, env: "refused" }));
      const bad = await edits.k8sctl("up", "--yes");
      expect(bad.exitCode, bad.stdout).toBe(3);
      expect(bad.stdout.replaceAll(/\s+/g, " ")).toContain("errors is 1, not below 0.5");
      const { items } = await edits.json<Pods>("get", "deployments", "-n", "edits");
      expect(items).toHaveLength(1);
      expect(await podsOf(edits, "edits")).toEqual(expect.arrayContaining(pods));
    } finally {
      prometheus.close();
      edits.write("k8sctl.yaml", projectYaml("edits", NAME, ["edits.tf.json"]));
    }
  });

  test("a selector cannot be changed: the plan says replace, and another Deployment with other pods is there", async () => {
    const uid = async () =>
      (await edits.json<{ metadata: { uid: string } }>("get", "deployment", "-n", "edits", "web")).metadata.uid;
    const [before, pods] = [await uid(), await podsOf(edits, "edits")];
    edits.write("edits.tf.json", stack({ replicas: 1, env: "new", label: "other" }));
    expect((await edits.k8sctl("plan")).stdout).toMatch(/-\/\+ Deployment edits\/web/);
    expect((await edits.k8sctl("up", "--yes")).exitCode).toBe(0);
    expect(await uid()).not.toBe(before);
    expect((await podsOf(edits, "edits")).filter((each) => pods.includes(each))).toEqual([]);
  });

  test("what leaves the code is pruned, and down leaves nothing", async () => {
    edits.write("edits.tf.json", stack({ replicas: 1, env: "new", label: "other", config: false }));
    expect((await edits.k8sctl("plan")).stdout).toMatch(/- ConfigMap edits\/old/);
    expect((await edits.k8sctl("up", "--yes")).exitCode).toBe(0);
    const asked = await edits.run(
      "kubectl",
      "get",
      "configmap",
      "-n",
      "edits",
      "old",
      "--ignore-not-found",
      "-o",
      "name",
    );
    expect(asked.stdout).toBe("");
    expect((await edits.k8sctl("down", "--yes", "--keep-cluster")).exitCode).toBe(0);
    expect((await edits.run("kubectl", "get", "namespace", "edits", "--ignore-not-found", "-o", "name")).stdout).toBe(
      "",
    );
  });
});

const maps = (count: number, namespace: string) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `m${i}`,
      { metadata: { name: `m${i}`, namespace }, data: { n: String(i) } },
    ]),
  );
const stack = (namespace: string) =>
  jsonStack({
    kubernetes_namespace_v1: { ns: { metadata: { name: namespace } } },
    kubernetes_config_map_v1: maps(30, namespace),
    // Twelve seconds until it is ready.
    kubernetes_deployment_v1: { slow: deployment("slow", namespace, { command: command("sleep 600"), after: 12 }) },
  });
const until = (running: ReturnType<KindProject["start"]>, pattern: RegExp) =>
  new Promise<void>((resolve, reject) => {
    let text = "";
    running.all.on("data", (piece: Buffer) => {
      text += piece.toString("utf8");
      if (pattern.test(text)) resolve();
    });
    running.all.on("end", () => reject(new Error(`it ended before ${pattern}: ${text}`)));
  });

test("the API server is killed and comes back: the same run goes on to the end", async () => {
  const killed = project("killed", { "killed.tf.json": stack("killed") });
  const running = killed.start("up", "--yes");
  await until(running, /creating Deployment killed\/slow/);
  const kill = await killed.run("docker", "exec", `${NAME}-control-plane`, "pkill", "-9", "kube-apiserver");
  expect(kill.exitCode).toBe(0);
  const { exitCode, all } = await running;
  expect(all).toMatch(/Deployment killed\/slow .*ready 1\/1/);
  expect(exitCode).toBe(0);
  expect((await killed.k8sctl("up", "--yes", "--detailed-exitcode")).exitCode).toBe(0);
});

describe.concurrent("side by side", () => {
  test("each kind of failure is named with its cause: crash with its last lines, no node, probe, image, Job", async () => {
    const failing = project("failing", {
      "failing.tf.json": jsonStack({
        kubernetes_namespace_v1: { ns: { metadata: { name: "failing" } } },
        kubernetes_deployment_v1: {
          crash: deployment("crash", "failing", {
            command: command("echo starting; echo FATAL: no such setting >&2; exit 3"),
            after: 3,
          }),
          nowhere: deployment("nowhere", "failing", { command: command("sleep 600"), node: "elsewhere" }),
          probe: deployment("probe", "failing", { command: command("sleep 600"), probe: ["false"], deadline: 20 }),
          image: deployment("image", "failing", { image: "no-such-image:1" }),
        },
        kubernetes_job_v1: {
          job: {
            metadata: { name: "job", namespace: "failing" },
            wait_for_completion: true,
            spec: {
              backoff_limit: 0,
              template: {
                metadata: {},
                spec: {
                  restart_policy: "Never",
                  container: [
                    { name: "main", image: "busybox:1.37", command: command("echo migration 4 failed; exit 1") },
                  ],
                },
              },
            },
          },
        },
      }),
    });
    const { exitCode, stdout, stderr } = await failing.k8sctl("up", "--yes", "--timeout", "150");
    const said = `${stdout}${stderr}`;
    expect(exitCode).toBe(3);
    expect(said).toMatch(/Deployment failing\/crash .*crash.*exit code 3/s);
    expect(said).toContain("FATAL: no such setting");
    expect(said).toMatch(/Deployment failing\/nowhere .*(node|schedul)/);
    expect(said).toMatch(/Deployment failing\/probe .*readiness probe/);
    expect(said).toMatch(/Deployment failing\/image .*no-such-image:1/);
    expect(said).toMatch(/Job failing\/job /);
    expect(said).toContain("migration 4 failed");
    expect((await failing.k8sctl("down", "--yes", "--keep-cluster")).exitCode).toBe(0);
  });

  test("replicas that an autoscaler owns are left to it", async ({ expect }) => {
    const scaled = project("scaled", {
      "scaled.tf.json": jsonStack({
        kubernetes_namespace_v1: { ns: { metadata: { name: "scaled" } } },
        kubernetes_deployment_v1: { web: deployment("web", "scaled", { replicas: 1 }) },
        kubernetes_horizontal_pod_autoscaler_v2: {
          web: {
            metadata: { name: "web", namespace: "scaled" },
            spec: {
              min_replicas: 3,
              max_replicas: 5,
              scale_target_ref: { api_version: "apps/v1", kind: "Deployment", name: "web" },
              metric: [
                {
                  type: "Resource",
                  resource: { name: "cpu", target: { type: "Utilization", average_utilization: 80 } },
                },
              ],
            },
          },
        },
      }),
    });
    expect((await scaled.k8sctl("up", "--yes")).exitCode).toBe(0);
    const replicas = async () =>
      (await scaled.json<{ spec: { replicas: number } }>("get", "deployment", "-n", "scaled", "web")).spec.replicas;
    await expect.poll(replicas, { timeout: 60_000, interval: 1000 }).toBe(3);
    expect((await scaled.k8sctl("up", "--yes", "--detailed-exitcode")).exitCode).toBe(0);
    expect(await replicas()).toBe(3);
    expect((await scaled.k8sctl("down", "--yes", "--keep-cluster")).exitCode).toBe(0);
  });

  test("a definition and its custom resource in one run", async () => {
    const custom = project("custom", {
      "custom.tf.json": jsonStack({
        kubernetes_manifest: {
          definition: {
            manifest: customType("e2e.k8sctl.dev", "Boat", withSpec({ properties: { sails: { type: "integer" } } })),
          },
          boat: {
            manifest: {
              apiVersion: "e2e.k8sctl.dev/v1",
              kind: "Boat",
              metadata: { name: "anna", namespace: "default" },
              spec: { sails: 2 },
            },
          },
        },
      }),
    });
    expect((await custom.k8sctl("up", "--yes")).exitCode).toBe(0);
    expect((await custom.json<{ spec: unknown }>("get", "boat", "anna")).spec).toEqual({ sails: 2 });
    expect((await custom.k8sctl("up", "--yes", "--detailed-exitcode")).exitCode).toBe(0);
    expect((await custom.k8sctl("down", "--yes", "--keep-cluster")).exitCode).toBe(0);
  });

  test.each([
    ["once: what is in flight is finished, and how to go on is told", 1],
    ["twice: it stops now", 2],
  ])("Ctrl-C %s", async (_, times) => {
    const name = `stopped${times}`;
    const stopped = project(name, { [`${name}.tf.json`]: stack(name) });
    const running = stopped.start("up", "--yes");
    await until(running, new RegExp(`creating Deployment ${name}/slow`));
    for (let i = 0; i < times; i++) {
      running.kill("SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const { exitCode, all } = await running;
    expect(exitCode).toBe(130);
    expect(all).toMatch(/k8sctl up/);
    const again = await stopped.k8sctl("up", "--yes");
    expect(`${again.stdout}${again.stderr}`).toMatch(/slow .*ready 1\/1/);
    expect(again.exitCode).toBe(0);
    expect((await stopped.k8sctl("down", "--yes", "--keep-cluster")).exitCode).toBe(0);
  });
});
