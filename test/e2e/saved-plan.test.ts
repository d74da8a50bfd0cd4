import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TOOL_VERSION } from "../../src/plan/applyset.ts";
import { homeOfTest } from "../cli/command-line.ts";
import { configMap } from "../cli/stacks.ts";
import { onReal } from "./cluster.ts";
import { changed, connectTo, get, homeWithCluster, type Place, patch, place, yamlOf } from "./planning.ts";

const home = homeWithCluster();
const PASSWORD = "hunter2-and-more";

const resources = (name: string, value: string) => ({
  kubernetes_config_map_v1: {
    page: configMap(name, { a: value, b: "1" }),
    side: configMap(`${name}-side`, { s: "1" }),
  },
  kubernetes_secret_v1: {
    db: { metadata: { name, namespace: "default" }, data: { password: PASSWORD, host: value } },
  },
});

/** A project whose first state is applied, and whose second is planned into plan.json. */
async function planned(name: string): Promise<Place> {
  const p = place(home, name, { web: resources(name, "1") });
  await p.up();
  p.want(resources(name, "2"));
  const { exitCode, all } = await p.run(["plan", "--out", "plan.json"]);
  expect(exitCode, all).toBe(0);
  return p;
}

const apply = (p: Place, ...more: string[]) => p.run(["apply", "plan.json", "--output", "json", ...more]);
const codes = (lines: readonly { type: string; code?: string; message?: string }[]) =>
  lines.flatMap((event) => (event.type === "error" ? [`${event.code}: ${event.message}`] : []));

test("the version in the file is the package's", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(TOOL_VERSION).toBe(version);
});

describe("a saved plan", () => {
  test("is applied without a question, as it was; a second time it does nothing", async () => {
    const p = await planned("saved");
    const done = await apply(p);
    expect(done.exitCode, done.all).toBe(0);
    const kube = await connectTo(home);
    expect((await get(kube, "ConfigMap", "default/saved"))?.["data"]).toEqual({ a: "2", b: "1" });
    expect(changed(await p.plan())).toEqual([]);
    expect((await apply(p)).exitCode).toBe(0);
  });

  test("holds no value, no path of this machine, and is nobody else's to read", async () => {
    const p = await planned("closed");
    const file = join(p.root, "plan.json");
    const text = readFileSync(file, "utf8");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const secret of [PASSWORD, Buffer.from(PASSWORD).toString("base64"), p.root, home]) {
      expect(text).not.toContain(secret);
    }
  });

  test("does not mind a field that it does not write", async () => {
    const p = await planned("beside");
    const kube = await connectTo(home);
    await patch(kube, "ConfigMap", "default/beside", { data: { c: "9" } }, "kubectl-edit");
    const done = await apply(p);
    expect(done.exitCode, done.all).toBe(0);
    expect((await get(kube, "ConfigMap", "default/beside"))?.["data"]).toEqual({ a: "2", b: "1", c: "9" });
  });
});

type Spoil = (p: Place) => Promise<unknown> | unknown;
const editing =
  (from: string | RegExp, to: string): Spoil =>
  (p) => {
    const file = join(p.root, "plan.json");
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(from);
    writeFileSync(file, text.replace(from, to));
  };
const patching =
  (kind: string, object: (name: string) => string, body: object): Spoil =>
  async (p) =>
    patch(await connectTo(home), kind, object(nameOf(p)), body as never, "kubectl-edit");
const nameOf = (p: Place) => /project: (\S+)/.exec(readFileSync(join(p.root, "k8sctl.yaml"), "utf8"))?.[1] ?? "";

const cases: readonly [what: string, name: string, spoil: Spoil, code: RegExp, more?: string[]][] = [
  [
    "a changed field that it writes",
    "field",
    patching("ConfigMap", (n) => `default/${n}`, { data: { a: "7" } }),
    /^plan-outdated: (\S+ )?ConfigMap default\/field: data\.a has changed/,
  ],
  [
    "drift in an object that it did not touch",
    "side",
    patching("ConfigMap", (n) => `default/${n}-side`, { data: { s: "7" } }),
    /^plan-outdated: (\S+ )?ConfigMap default\/side-side: data\.s has changed/,
  ],
  [
    "a changed secret that it writes",
    "secret",
    patching("Secret", (n) => `default/${n}`, { data: { host: "eHg=" } }),
    /^plan-outdated: (\S+ )?Secret default\/secret: data\.host/,
  ],
  [
    "an object that was made anew",
    "anew",
    remake,
    /^plan-outdated: (\S+ )?ConfigMap default\/anew: .*(gone|anew|now it would)/,
  ],
  ["other code", "code", (p) => p.want(resources("code", "3")), /^plan-code-changed: the code of stack web/],
  ["an edited file", "edited", editing(/"action": "update"/, '"action": "delete"'), /^plan-file-edited/],
  ["a file cut short", "short", editing(/[\s\S]{300}$/, ""), /^plan-file-corrupt/],
  ["a file of an older version", "older", editing(/"k8sctl": ".*?"/, '"k8sctl": "0.0.9"'), /^plan-file-version/],
  ["a file of another format", "format", editing(/"format": 1/, '"format": 2'), /^plan-file-version/],
  ["no file", "nofile", (p) => p.write({ "plan.json": null }), /^plan-file-missing/],
  [
    "another project",
    "other",
    (p) => p.write({ "k8sctl.yaml": yamlOf("another", ["stacks/web.tf.json"]) }),
    /^plan-other-project/,
  ],
  [
    "another variable",
    "vars",
    () => undefined,
    /^plan-vars-changed: stack web: size is not as planned/,
    ["--var", "size=3"],
  ],
  ["an option that it decided", "options", () => undefined, /^plan-file-options/, ["--force-conflicts"]],
  ["a lost key", "key", loseKey, /^plan-key-missing/],
];

async function remake(p: Place): Promise<void> {
  const kube = await connectTo(home);
  const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "default", name: nameOf(p) };
  await kube.delete(ref, { propagation: "Background" });
  const metadata = { name: ref.name, namespace: "default" };
  await kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1" } }, "kubectl-create");
}

async function loseKey(p: Place): Promise<void> {
  const ref = { group: "", version: "v1", kind: "Secret", namespace: "default", name: `k8sctl-plan-key.${nameOf(p)}` };
  await (await connectTo(home)).delete(ref, { propagation: "Background" });
}

test.each(cases)("is refused after %s", async (_, name, spoil, code, more = []) => {
  const p = await planned(name);
  await spoil(p);
  const kube = await connectTo(home);
  const before = (await get(kube, "ConfigMap", `default/${name}`))?.metadata.resourceVersion;
  const refused = await apply(p, ...more);
  expect(refused.exitCode, refused.all).toBe(1);
  const said = refused.lines.some((line) => line.problems)
    ? refused.lines.flatMap((line) =>
        line.problems.map((x: { code: string; message: string }) => `${x.code}: ${x.message}`),
      )
    : codes(refused.lines);
  expect(said.join("\n"), refused.all).toMatch(code);
  expect(refused.all).not.toContain(PASSWORD);
  expect((await get(kube, "ConfigMap", `default/${name}`))?.metadata.resourceVersion).toBe(before);
});

test.skipIf(onReal)("a plan is for the cluster it was made on", async () => {
  const p = await planned("cluster");
  const elsewhere = homeOfTest();
  const q = place(elsewhere, "cluster", { web: resources("cluster", "2") });
  expect((await q.run(["plan", "--out", "plan.json"])).stderr).toMatch(/does not exist/);
  await q.run(["cluster", "create"]);
  q.write({ "plan.json": readFileSync(join(p.root, "plan.json"), "utf8") });
  const refused = await apply(q);
  expect(codes(refused.lines).join()).toMatch(/^plan-other-cluster/);
});
