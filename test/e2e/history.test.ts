import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Json } from "../cli/command-line.ts";
import { configMap, deployment } from "../cli/stacks.ts";
import { onReal } from "./cluster.ts";
import { changed, connectTo, get, homeWithCluster, place, yamlOf } from "./planning.ts";

const home = homeWithCluster();
const secrets = { group: "", version: "v1", kind: "Secret" };

function shop(image: string, length: number, more: Readonly<Record<string, string>> = {}) {
  return {
    random_password: { db: { length } },
    kubernetes_secret_v1: {
      db: { metadata: { name: "hist-db", namespace: "default" }, data: { password: "${random_password.db.result}" } },
    },
    kubernetes_config_map_v1: Object.fromEntries(
      Object.entries({ page: image, ...more }).map(([name, text]) => [name, configMap(`hist-${name}`, { text })]),
    ),
  };
}

async function historyOf(p: ReturnType<typeof place>): Promise<Json[]> {
  const { stdout } = await p.run(["history", "--output", "json"]);
  return JSON.parse(stdout);
}

async function data(kind: string, path: string): Promise<Json> {
  return ((await get(await connectTo(home), kind, path)) as KubeObject)["data"];
}

async function revisionSecrets(project: string): Promise<string[]> {
  const { items } = await (await connectTo(home)).list(secrets, { namespace: "default" });
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`k8sctl.${project}.`));
}

test("rollback brings back objects, secrets and generated values, and is a revision itself", async () => {
  const p = place(home, "hist", { web: shop("page:1", 12) });
  await p.up();
  const before = await data("Secret", "default/hist-db");
  p.want(shop("page:2", 20, { news: "n" }));
  await p.up();
  expect(await data("Secret", "default/hist-db")).not.toEqual(before);
  // Nothing to do is no revision.
  await p.up();
  expect((await historyOf(p)).map(({ number, command, result }) => ({ number, command, result }))).toEqual([
    { number: 1, command: "up", result: "ok" },
    { number: 2, command: "up", result: "ok" },
  ]);
  const back = await p.run(["rollback", "--yes", "--output", "json"]);
  expect(back.exitCode, back.all).toBe(0);
  const { plan } = back.lines.find(({ type }) => type === "planned");
  expect(changed(plan)).toEqual([
    "update Secret default/hist-db",
    "update ConfigMap default/hist-page",
    "delete ConfigMap default/hist-news",
  ]);
  expect(plan.stacks[0].generated).toEqual([expect.objectContaining({ action: "restore" })]);
  expect(await data("Secret", "default/hist-db")).toEqual(before);
  expect(await data("ConfigMap", "default/hist-page")).toEqual({ text: "page:1" });
  const entries = await historyOf(p);
  expect(entries.at(-1)).toMatchObject({ number: 3, command: "rollback", backTo: 1, result: "ok" });
  const shown = await p.run(["history", "show", "2"]);
  expect(shown.stdout).toContain("page:1 → page:2");
  // The code on disk is what it was: applying it again makes a new value.
  p.want(shop("page:1", 12));
  expect(changed(await p.plan())).toEqual([]);
  await p.run(["down", "--yes", "--keep-cluster", "--delete-volumes"]);
  expect(await revisionSecrets("hist")).toEqual([]);
  expect((await p.run(["history"])).stdout).toContain("No revisions");
});

test("no value of a secret is in what history prints, nor in the clear in a Secret's head", async () => {
  const p = place(home, "quiet", {
    web: { kubernetes_secret_v1: { s: { metadata: { name: "quiet" }, data: { token: "hunter2" } } } },
  });
  await p.up();
  p.want({ kubernetes_secret_v1: { s: { metadata: { name: "quiet" }, data: { token: "hunter3" } } } });
  await p.up();
  for (const argv of [["history"], ["history", "show", "2"], ["history", "show", "2", "--output", "json"]]) {
    const { all, exitCode } = await p.run(argv);
    expect(exitCode, all).toBe(0);
    expect(all).not.toMatch(/hunter|aHVudGVy/);
  }
  const kube = await connectTo(home);
  const head = await kube.get({ ...secrets, namespace: "default", name: "k8sctl.quiet.web.revision-2" });
  const text = Buffer.from(
    ((head?.["data"] ?? {}) as Record<string, string>)["revision.json"] ?? "",
    "base64",
  ).toString();
  expect(text).toContain("quiet");
  expect(text).not.toMatch(/hunter|aHVudGVy/);
});

test("files that a stack reads go back with it", async () => {
  const stack = { kubernetes_config_map_v1: { f: configMap("filed", { text: '${file("page.txt")}' }) } };
  const p = place(home, "filed", { web: stack });
  p.write({ "page.txt": "one" });
  await p.up();
  p.write({ "page.txt": "two" });
  await p.up();
  p.write({ "page.txt": null });
  expect((await p.run(["rollback", "1", "--yes"])).exitCode).toBe(0);
  expect(await data("ConfigMap", "default/filed")).toEqual({ text: "one" });
});

test("what does not come back is said in the plan", async () => {
  const claim = {
    metadata: { name: "lost", namespace: "default" },
    spec: { access_modes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    wait_until_bound: false,
  };
  const page = { kubernetes_config_map_v1: { page: configMap("lost-page", { a: "b" }) } };
  const p = place(home, "lost", { web: { ...page, kubernetes_persistent_volume_claim_v1: { data: claim } } });
  await p.up();
  p.want(page);
  await p.up("--allow-data-loss");
  const back = await p.run(["rollback", "--yes"]);
  expect(back.exitCode, back.all).toBe(0);
  expect(back.stdout).toContain("the data of the volume that is gone does not come back");
});

test.skipIf(onReal)("a run that fails goes back where it is told to, and still fails", async () => {
  const web = (image: string, fail = {}) => ({
    kubernetes_deployment_v1: { web: deployment("auto", { image, annotations: fail }) },
  });
  const p = place(home, "auto", { web: web("web:1") });
  const first = await p.run(["up", "--yes", "--on-failure", "rollback"]);
  expect(first.exitCode, first.all).toBe(0);
  p.want(web("web:2", { "embedded.k8sctl.dev/fail": "image-pull" }));
  const failed = await p.run(["up", "--yes", "--on-failure", "rollback", "--timeout", "60"]);
  expect(failed.exitCode, failed.all).toBe(3);
  expect(failed.stdout).toContain("going back to revision 1 of web");
  expect(failed.stdout).toContain("rolled back to revision 1");
  expect((await historyOf(p)).map(({ result }) => result)).toEqual(["ok", "not-ready", "ok"]);
  const live = await get(await connectTo(home), "Deployment", "default/auto");
  expect(live).toMatchObject({ spec: { template: { spec: { containers: [{ image: "web:1" }] } } } });
});

describe("bad input", () => {
  test("names the revision, the stack or the cluster that is not there", async () => {
    const p = place(home, "bad", { web: { kubernetes_config_map_v1: { a: configMap("bad-a", { n: "1" }) } } });
    const empty = await p.run(["rollback", "--yes", "--output", "json"]);
    expect(empty.lines).toContainEqual(expect.objectContaining({ code: "history-empty" }));
    await p.up();
    const cases: [string[], string][] = [
      [["rollback", "9", "--yes"], "there is no revision 9"],
      [["rollback", "--yes"], "no earlier run that went well"],
      [["rollback", "--stack", "nope", "--yes"], 'has a stack "nope"'],
      [["history", "--stack", "nope"], 'has a stack "nope"'],
      [["history", "show", "9"], "there is no revision 9"],
      [["rollback", "0"], "whole number"],
      [["history", "show", "x"], "whole number"],
    ];
    for (const [argv, message] of cases) {
      const { exitCode, all } = await p.run(argv);
      expect(exitCode, all).toBe(1);
      expect(all).toContain(message);
    }
  });

  test("a stack that has left the project can come back", async () => {
    const page = (n: string) => ({ kubernetes_config_map_v1: { p: configMap(`left-${n}`, { n }) } });
    const p = place(home, "left", { web: page("web"), old: page("old") });
    await p.up();
    p.write({ "k8sctl.yaml": yamlOf("left", ["stacks/web.tf.json"]) });
    await p.up();
    const back = await p.run(["rollback", "1", "--stack", "old", "--yes"]);
    expect(back.exitCode, back.all).toBe(0);
    expect(back.stdout).toContain("stack old has left k8sctl.yaml");
    expect(await data("ConfigMap", "default/left-old")).toEqual({ n: "old" });
  });

  test("a revision that was edited or cut is named, and holds up nothing else", async () => {
    const page = (n: string) => ({ kubernetes_config_map_v1: { p: configMap("cut", { n }) } });
    const p = place(home, "cut", { web: page("1") });
    await p.up();
    p.want(page("2"));
    await p.up();
    const kube = await connectTo(home);
    const part = { ...secrets, namespace: "default", name: "k8sctl.cut.web.revision-1.0" };
    await kube.patch(part, { data: { "content.gz": Buffer.from("nonsense").toString("base64") } }, "somebody");
    const edited = await p.run(["rollback", "1", "--yes"]);
    expect(edited.all.replaceAll(/\s+/g, " ")).toContain("changed after it was written");
    await kube.delete(part, { propagation: "Background" });
    const missing = await p.run(["rollback", "1", "--yes"]);
    expect(missing.all.replaceAll(/\s+/g, " ")).toContain("a part of its content is missing");
    await kube.patch({ ...part, name: "k8sctl.cut.web.revision-1" }, { data: { "revision.json": "e30=" } }, "somebody");
    const list = await p.run(["history"]);
    expect(list.exitCode, list.all).toBe(0);
    expect(list.stdout).toContain("unreadable");
    p.want(page("3"));
    await p.up();
    expect(await data("ConfigMap", "default/cut")).toEqual({ n: "3" });
  });
});

test("ten revisions of a stack are kept", async () => {
  const page = (n: number) => ({ kubernetes_config_map_v1: { p: configMap("many", { n: String(n) }) } });
  const p = place(home, "many", { web: page(0) });
  for (let n = 1; n <= 12; n++) {
    p.want(page(n));
    await p.up();
  }
  expect((await historyOf(p)).map(({ number }) => number)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const names = await revisionSecrets("many");
  expect(names.filter((name) => name.includes("revision-")).length).toBe(20);
});
