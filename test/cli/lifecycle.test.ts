import { existsSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { connectTo, type Json, temporaryHome, workplace } from "./command-line.ts";
import { configMap, deployment, projectYaml, terraformJson } from "./stacks.ts";

const home = temporaryHome();
const BACK = ["down", "--yes", "--keep-cluster", "--delete-volumes"];
const ref = (kind: string, name: string, namespace = "default") => ({
  group: "",
  version: "v1",
  kind,
  namespace,
  name,
});

/** A project of Terraform JSON stacks, each named as its file. */
function projectOf(name: string, stacks: Readonly<Record<string, Parameters<typeof terraformJson>[0]>>, more = "") {
  const files = Object.keys(stacks).map((stack) => `stacks/${stack}.tf.json`);
  return workplace(home, {
    "k8sctl.yaml": projectYaml(name, files, more),
    ...Object.fromEntries(Object.entries(stacks).map(([s, r]) => [`stacks/${s}.tf.json`, terraformJson(r)])),
  });
}

const last = (run: { lines: readonly Json[] }) => run.lines.at(-1);
const NONE = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 };
const finished = (exitCode: number, counts: Partial<typeof NONE>) => ({
  ...{ v: 1, type: "finished", ok: exitCode === 0 || exitCode === 2, exitCode },
  counts: { ...NONE, ...counts },
});

describe("from nothing to running and back", () => {
  test("up, up again, change, prune, down", async () => {
    const maps = (...names: string[]) => Object.fromEntries(names.map((n) => [n, configMap(`cycle-${n}`, { n })]));
    const project = projectOf("cycle", { web: { kubernetes_config_map_v1: maps("a", "b", "c") } });
    const kube = () => connectTo(home, "dev");

    expect((await project.run(["plan", "--detailed-exitcode"])).exitCode).toBe(2);
    const first = await project.run(["up", "--yes", "--output", "json"]);
    expect(last(first)).toEqual(finished(0, { create: 3 }));
    const second = await project.run(["up", "--yes", "--output", "json", "--detailed-exitcode"]);
    expect(last(second)).toEqual(finished(0, { unchanged: 3 }));
    expect(second.exitCode).toBe(0);
    expect((await project.run(["plan", "--detailed-exitcode"])).exitCode).toBe(0);
    // No --yes is needed where there is nothing to approve.
    expect((await project.run(["up"])).exitCode).toBe(0);

    const changed = maps("a", "b");
    changed["a"] = configMap("cycle-a", { n: "other" });
    project.write({ "stacks/web.tf.json": terraformJson({ kubernetes_config_map_v1: changed }) });
    const plan = await project.run(["plan", "--output", "json", "--detailed-exitcode"]);
    expect(plan.exitCode).toBe(2);
    const actions = plan.lines[0].stacks[0].items.map((item: Json) => [item.id.name, item.action]);
    expect(Object.fromEntries(actions)).toEqual({ "cycle-a": "update", "cycle-b": "unchanged", "cycle-c": "delete" });
    const text = await project.run(["plan"]);
    expect(text.stdout).toMatch(/~ ConfigMap default\/cycle-a.*\n.*n\s+a → other/);
    expect(text.stdout).toMatch(/- ConfigMap default\/cycle-c +pruned/);
    expect(text.stdout).toMatch(/Plan: 0 to add, 1 to change, 0 to replace, 1 to delete, 1 unchanged\./);

    const third = await project.run(["up", "--yes", "--output", "json", "--detailed-exitcode"]);
    expect(last(third)).toEqual(finished(2, { update: 1, delete: 1, unchanged: 1 }));
    expect(third.exitCode).toBe(2);
    expect(await (await kube()).get(ref("ConfigMap", "cycle-c"))).toBeNull();

    // The stacks' code is not needed to take them down.
    rmSync(`${project.root}/stacks`, { recursive: true });
    const down = await project.run(["down", "--yes", "--keep-cluster", "--output", "json"]);
    expect(last(down), down.all).toEqual(finished(0, { delete: 2 }));
    const left = await (await kube()).list({ group: "", version: "v1", kind: "ConfigMap" });
    expect(left.items.map((item) => item.metadata.name).filter((name) => name.startsWith("cycle"))).toEqual([]);
    expect(await (await kube()).get(ref("Secret", "k8sctl.cycle.web"))).toBeNull();
    const again = await project.run(["down", "--yes", "--keep-cluster", "--output", "json"]);
    expect(last(again)).toEqual(finished(0, {}));
  });

  test("one stack of two, with variables", async () => {
    const text = (name: string) =>
      `${JSON.stringify({
        variable: { word: { default: "none" } },
        resource: { kubernetes_config_map_v1: { m: configMap(`two-${name}`, { word: "$" + "{var.word}" }) } },
      })}`;
    const project = workplace(home, {
      "k8sctl.yaml": projectYaml("two", ["stacks/one.tf.json", "stacks/other.tf.json"], "variables: { word: yaml }\n"),
      "stacks/one.tf.json": text("one"),
      "stacks/other.tf.json": text("other"),
    });
    const run = await project.run(["up", "--yes", "--stack", "one", "--var", "word=typed", "--output", "json"]);
    expect(last(run), run.all).toEqual(finished(0, { create: 1 }));
    const kube = await connectTo(home, "dev");
    expect(await kube.get(ref("ConfigMap", "two-one"))).toMatchObject({ data: { word: "typed" } });
    expect(await kube.get(ref("ConfigMap", "two-other"))).toBeNull();
    expect(last(await project.run(["up", "--yes", "--output", "json"]))).toEqual(finished(0, { create: 1, update: 1 }));
    expect(await kube.get(ref("ConfigMap", "two-one"))).toMatchObject({ data: { word: "yaml" } });
    const down = await project.run([...BACK, "--stack", "other", "--output", "json"]);
    expect(last(down)).toEqual(finished(0, { delete: 1 }));
    expect(await kube.get(ref("ConfigMap", "two-one"))).not.toBeNull();
    expect((await project.run(BACK)).exitCode).toBe(0);
  });
});

test("down of a stack that others come after says which stay", async () => {
  const project = workplace(home, {
    "k8sctl.yaml": `project: below
clusters: { dev: { provider: embedded } }
stacks: [{ file: stacks/one.tf.json }, { file: stacks/other.tf.json, after: [one] }]
`,
    "stacks/one.tf.json": terraformJson({ kubernetes_config_map_v1: { m: configMap("below-one", {}) } }),
    "stacks/other.tf.json": terraformJson({ kubernetes_config_map_v1: { m: configMap("below-other", {}) } }),
  });
  expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
  expect((await project.run([...BACK, "--stack", "one"])).all).toContain("stack other comes after one, and stays");
  expect((await project.run(BACK)).all).not.toContain("comes after");
});

describe("what is applied and never becomes ready", () => {
  test("exit code 3, the reason by name, and the same from status", async () => {
    const crashing = deployment("crashing", {
      annotations: { "embedded.k8sctl.dev/fail": "crash", "embedded.k8sctl.dev/logs": "no database at db:5432" },
    });
    const project = projectOf("unready", { web: { kubernetes_deployment_v1: { crashing } } });
    const run = await project.run(["up", "--yes", "--output", "json", "--timeout", "60"]);
    expect(run.exitCode, run.all).toBe(3);
    expect(last(run)).toMatchObject({ ok: false, exitCode: 3, counts: { create: 1 } });
    expect(run.lines.find((line) => line.type === "verdict")).toMatchObject({
      verdict: {
        id: { kind: "Deployment", name: "crashing" },
        message: expect.stringMatching(/crash|exit/),
        log: ["no database at db:5432"],
      },
    });
    const status = await project.run(["status"]);
    expect(status.exitCode).toBe(3);
    expect(status.stdout).toMatch(/Deployment default\/crashing +\w+ +0\/1/);
    const json = await project.run(["status", "--output", "json"]);
    expect(json.exitCode).toBe(3);
    expect(json.lines[0]).toMatchObject({
      v: 1,
      ready: false,
      objects: [{ stack: "web", status: { total: 1, ready: 0 } }],
    });
    expect((await project.run(BACK)).exitCode).toBe(0);
  }, 120_000);

  test("a time-out says so", async () => {
    const stuck = deployment("stuck", { annotations: { "embedded.k8sctl.dev/fail": "readiness" } });
    const project = projectOf("timed", { web: { kubernetes_deployment_v1: { stuck } } });
    const run = await project.run(["up", "--yes", "--output", "json", "--timeout", "2"]);
    expect(run.exitCode, run.all).toBe(1);
    expect(run.lines.find((line) => line.type === "error")).toMatchObject({ code: "timed-out" });
    expect((await project.run(BACK)).exitCode).toBe(0);
  });
});

const dollar = (expression: string) => `$\{${expression}}`;
const withPassword = (password: Json, name: string) => ({
  random_password: { db: password },
  kubernetes_secret_v1: { db: { metadata: { name }, data: { password: dollar("random_password.db.result") } } },
});

describe("generated values", () => {
  test("are made once, and anew when arguments or keepers change", async () => {
    const project = projectOf("random", { web: withPassword({ length: 24 }, "random-db") });
    const kube = async () => connectTo(home, "dev");
    const read = async () => {
      const secret = (await (await kube()).get(ref("Secret", "random-db"))) as Json;
      return Buffer.from(secret.data.password, "base64").toString();
    };
    const set = (password: Json) =>
      project.write({ "stacks/web.tf.json": terraformJson(withPassword(password, "random-db")) });
    expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
    const first = await read();
    expect(first).toHaveLength(24);
    expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
    expect(await read()).toBe(first);
    set({ length: 24, keepers: { rotation: "1" } });
    expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
    const second = await read();
    expect(second).toHaveLength(24);
    expect(second).not.toBe(first);
    set({ length: 31, keepers: { rotation: "1" } });
    expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
    expect(await read()).toHaveLength(31);
    expect((await project.run(BACK)).exitCode).toBe(0);
  });
});

describe("down", () => {
  const claim = {
    metadata: { name: "keep-data" },
    spec: { access_modes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    wait_until_bound: false,
  };
  const stack = { ...withPassword({ length: 20 }, "keep-db"), kubernetes_persistent_volume_claim_v1: { data: claim } };

  test("keeps claims and generated secrets and says so; --delete-volumes leaves nothing", async () => {
    const project = projectOf("keep", { db: stack });
    const first = await project.run(["up", "--yes"]);
    expect(first.exitCode, first.all).toBe(0);
    const kube = await connectTo(home, "dev");
    const password = ((await kube.get(ref("Secret", "keep-db"))) as Json).data.password;

    const down = await project.run(["down", "--yes", "--output", "json"]);
    expect(down.exitCode, down.all).toBe(0);
    const kept = down.lines.filter((line) => line.type === "kept").map((line) => line.id.kind);
    expect(kept).toContain("PersistentVolumeClaim");
    expect(kept).toContain("Secret");
    // A cluster that we made stays too, because the data would go with it.
    expect(await kube.get(ref("PersistentVolumeClaim", "keep-data"))).not.toBeNull();
    const plain = await project.run(["down", "--yes"]);
    expect(plain.stdout).toMatch(/keep-data/);
    expect(plain.stdout).toMatch(/--delete-volumes/);

    expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
    expect(((await kube.get(ref("Secret", "keep-db"))) as Json).data.password).toBe(password);

    const whole = await project.run(["down", "--yes", "--keep-cluster", "--delete-volumes", "--output", "json"]);
    expect(whole.exitCode, whole.all).toBe(0);
    expect(await kube.get(ref("PersistentVolumeClaim", "keep-data"))).toBeNull();
    expect(await kube.get(ref("Secret", "keep-db"))).toBeNull();
    expect(await kube.get(ref("Secret", "k8sctl.keep.db"))).toBeNull();
  });

  test("takes the cluster that it made along, with its files", async () => {
    const project = workplace(home, {
      "k8sctl.yaml": projectYaml("own", ["stacks/web.tf.json"]).replace("name: dev", "name: own"),
      "stacks/web.tf.json": terraformJson({ kubernetes_config_map_v1: { m: configMap("own", {}) } }),
    });
    expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
    expect(existsSync(`${home}/embedded/own`)).toBe(true);
    const down = await project.run(["down", "--yes"]);
    expect(down.exitCode, down.all).toBe(0);
    expect(existsSync(`${home}/embedded/own`)).toBe(false);
    expect((await project.run(["down", "--yes"])).exitCode).toBe(0);
  });
});
