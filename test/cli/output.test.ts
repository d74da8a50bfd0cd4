import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { problemsOf } from "../../src/cli/exit.ts";
import { KubeError } from "../../src/model/errors.ts";
import { type Json, temporaryHome, workplace } from "./command-line.ts";
import { configMap, deployment, projectYaml, terraformJson } from "./stacks.ts";

const home = temporaryHome();
const resource = {
  kubernetes_namespace_v1: { n: { metadata: { name: "views" } } },
  kubernetes_config_map_v1: {
    m: {
      ...configMap("a-config-map-with-a-rather-long-name", { key: "value ".repeat(30) }),
      depends_on: ["kubernetes_namespace_v1.n"],
    },
  },
  kubernetes_deployment_v1: { web: deployment("views", { replicas: 2 }) },
};
const output = { url: { value: "http://views" }, list: { value: ["a", "b"] } };
const project = () =>
  workplace(home, {
    "k8sctl.yaml": projectYaml("views", ["stacks/web.tf.json"]),
    "stacks/web.tf.json": terraformJson(resource, { output }),
  });

/** Variants and their fields, from the examples of docs/events.md. */
const documented = new Map<string, string[]>();
for (const [, text] of readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8").matchAll(
  /`(\{"v":1,"t":.*\})`/g,
)) {
  // `{…}` stands for an object that is shown elsewhere.
  const event = JSON.parse(
    text!.replaceAll(/\{[^{}]*…\}|\[…\]|…/g, (match) =>
      match.startsWith("{") ? "{}" : match.startsWith("[") ? "[]" : "",
    ),
  );
  documented.set(event.type, Object.keys(event));
}
documented.set("finished", ["v", "type", "ok", "exitCode", "counts"]);
const OPTIONAL = ["position", "id", "remedy"];

describe("events", () => {
  test("of up and down have the documented shapes, in time order, from started to finished", async () => {
    const place = project();
    const runs = [
      await place.run(["up", "--yes", "--output", "json"]),
      await place.run(["down", "--yes", "--keep-cluster", "--output", "json"]),
    ];
    for (const run of runs) {
      expect(run.exitCode, run.all).toBe(0);
      expect(run.stderr).toBe("");
      expect(run.lines[0]).toMatchObject({ v: 1, type: "started", project: "views", cluster: "embedded/dev" });
      expect(run.lines.at(-1).type).toBe("finished");
      for (const event of run.lines) {
        const fields = documented.get(event.type);
        expect(fields, `${event.type} is not in docs/events.md`).toBeDefined();
        const keys = Object.keys(event);
        expect(
          keys.filter((key) => !fields!.includes(key) && !OPTIONAL.includes(key)),
          event.type,
        ).toEqual([]);
        expect(
          fields!.filter((key) => !keys.includes(key) && !OPTIONAL.includes(key)),
          event.type,
        ).toEqual([]);
      }
      const times = run.lines.slice(0, -1).map((event) => event.t);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    const types = new Set(runs.flatMap((run) => run.lines.map((line) => line.type)));
    for (const type of [
      "planned",
      "approved",
      "object-started",
      "object-applied",
      "object-status",
      "stack-ready",
      "output",
    ]) {
      expect([...types]).toContain(type);
    }
  });
});

describe("the plan", () => {
  test("as one JSON document", async () => {
    const run = await project().run(["plan", "--output", "json"]);
    expect(run.lines).toHaveLength(1);
    const [plan] = run.lines;
    expect(plan).toMatchObject({ v: 1, type: "plan", project: "views", hasChanges: true, counts: { create: 3 } });
    const items: Json[] = plan.stacks[0].items;
    expect(items.map((item) => item.action)).toEqual(["create", "create", "create"]);
    const origin = items.find((item) => item.id.kind === "Deployment").origin;
    expect(origin).toMatchObject({ stack: "web", address: "kubernetes_deployment_v1.web" });
  });

  test("as markdown", async () => {
    const run = await project().run(["plan", "--markdown"]);
    expect(run.stdout).toMatch(/3 to add/);
    expect(run.stdout).toMatch(/ConfigMap/);
    expect(run.stdout).not.toContain("\u001b");
  });

  test.each([40, 80, 200])("fits %i columns", async (columns) => {
    const env = { CI: undefined, TERM: "xterm-256color" };
    const coloured = await project().run(["plan", "--full"], { terminal: { columns }, env });
    expect(coloured.stdout).toContain("\u001b[");
    const run = await project().run(["plan", "--full"], { terminal: { columns }, env: { ...env, NO_COLOR: "1" } });
    expect(run.stdout).not.toContain("\u001b[");
    const wide = run.stdout.split("\n").filter((line) => stringWidth(line) > columns);
    expect(wide).toEqual([]);
    expect(run.stdout.replaceAll(/\s+/g, " ")).toContain("Plan: 3 to add");
    expect((await project().run(["plan", "--no-color"], { terminal: { columns }, env })).stdout).not.toContain(
      "\u001b[",
    );
  });
});

describe("what the stacks say", () => {
  test("synth: Terraform JSON, objects, files", async () => {
    const place = project();
    expect((await place.run(["synth"])).stdout).toContain('"kubernetes_config_map_v1"');
    const objects = parseAllDocuments((await place.run(["synth", "--objects"])).stdout).map((doc) => doc.toJS());
    expect(objects.map((object) => object.kind).sort()).toEqual(["ConfigMap", "Deployment", "Namespace"]);
    const out = await place.run(["synth", "--out", "tf"]);
    const file = out.stdout.trim();
    expect(JSON.parse(readFileSync(file, "utf8")).resource.kubernetes_namespace_v1.n).toBeDefined();
  });

  test("synth --objects: keys of a Secret without their values, what is not known yet as such", async () => {
    const place = workplace(home, {
      "k8sctl.yaml": projectYaml("objects", ["stacks/app.tf.json"]),
      "stacks/app.tf.json": terraformJson({
        kubernetes_token_request_v1: { bot: { metadata: { name: "bot" } } },
        kubernetes_secret_v1: {
          s: { metadata: { name: "s" }, data: { plain: "hush", token: "${kubernetes_token_request_v1.bot.token}" } },
        },
        kubernetes_config_map_v1: {
          c: { metadata: { name: "c" }, data: { uid: "${kubernetes_secret_v1.s.metadata[0].uid}" } },
        },
      }),
    });
    const objects = async (...more: string[]) =>
      parseAllDocuments((await place.run(["synth", "--objects", ...more])).stdout).map((doc) => doc.toJS().data);
    const uid = "(known after apply: ${tostring(kubernetes_secret_v1.s.metadata[0].uid)})";
    expect(await objects()).toEqual([{ plain: "(sensitive)", token: "(sensitive)" }, { uid }]);
    expect(await objects("--show-secrets")).toEqual([
      {
        plain: "aHVzaA==",
        token: expect.stringMatching(/^\(known after apply: .*kubernetes_token_request_v1\.bot\.token/),
      },
      { uid },
    ]);
  });

  test("graph: as a tree, for dot and for mermaid", async () => {
    const place = project();
    expect((await place.run(["graph"])).stdout).toMatch(/ConfigMap default\/a-config.*\n {4}after Namespace views/);
    expect((await place.run(["graph", "--format", "dot"])).stdout).toMatch(/^digraph k8sctl \{[\s\S]*->[\s\S]*\}\n$/);
    expect((await place.run(["graph", "--format", "mermaid"])).stdout).toMatch(/^flowchart RL\n[\s\S]*-->/);
    expect((await place.run(["graph", "--format", "png"])).exitCode).toBe(1);
  });

  test("output and status, after up", async () => {
    const place = project();
    expect((await place.run(["up", "--yes"])).exitCode).toBe(0);
    expect((await place.run(["output"])).stdout.split("\n").sort()).toEqual([
      "",
      'web.list = ["a","b"]',
      "web.url  = http://views",
    ]);
    expect((await place.run(["output", "url"])).stdout).toBe("http://views\n");
    expect((await place.run(["output", "--output", "json"])).lines[0]).toHaveLength(2);
    const missing = await place.run(["output", "nope"]);
    expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringMatching(/no output "nope"\n +→ .*web\.url/)]);
    const status = await place.run(["status"]);
    expect([status.exitCode, status.stdout]).toEqual([0, expect.stringContaining("3 objects, all ready.")]);
    const kinds = [...status.stdout.matchAll(/^web +(\w+) /gm)].map(([, kind]) => kind);
    expect(kinds).toEqual(["ConfigMap", "Deployment", "Namespace"]);
    expect((await place.run(["status", "--output", "json"])).lines[0]).toMatchObject({ v: 1, ready: true });
    expect((await place.run(["down", "--yes", "--keep-cluster"])).exitCode).toBe(0);
  });
});

test("help and version are no errors", async () => {
  const help = await project().run(["--help"]);
  expect([help.exitCode, help.stderr]).toEqual([0, ""]);
  expect((await project().run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe("reports of a run", () => {
  test("each kind is written, GitHub's summary is added to, and no secret is in any", async () => {
    const place = project();
    const summary = join(place.root, "summary.md");
    writeFileSync(summary, "before\n");
    const names = ["r.md", "r.html", "r.json", "out/r.xml"];
    const run = await place.run(["up", "--yes", ...names.flatMap((name) => ["--report", name])], {
      env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary },
    });
    expect(run.exitCode, run.all).toBe(0);
    const read = (name: string): string => readFileSync(join(place.root, name), "utf8");
    expect(read("r.md")).toContain("k8sctl up: Ready on embedded/dev");
    expect(read("r.html")).toContain("<h1>Ready on embedded/dev</h1>");
    expect(JSON.parse(read("r.json"))).toMatchObject({ type: "report", result: { ok: true, exitCode: 0 } });
    expect(read("out/r.xml")).toContain('<testsuite name="web" tests="3" failures="0"');
    expect(read("summary.md")).toMatch(/^before\n### ✅ k8sctl up/);
    await place.run(["down", "--yes"]);
  });

  test("a plan that is blocked is annotated on GitHub, too", async () => {
    const place = project();
    expect((await place.run(["up", "--yes"])).exitCode).toBe(0);
    const bad = { ...resource, kubernetes_deployment_v1: { web: deployment("views", { replicas: -1 }) } };
    place.write({ "stacks/web.tf.json": terraformJson(bad) });
    const env = { GITHUB_ACTIONS: "true" };
    const plan = await place.run(["plan"], { env });
    expect([plan.exitCode, plan.stdout]).toEqual([
      1,
      expect.stringMatching(/^::error file=stacks\/web\.tf\.json,.*replicas/m),
    ]);
    expect((await place.run(["plan", "--markdown"], { env })).stdout).not.toContain("::error");
    expect((await place.run(["down", "--yes"])).exitCode).toBe(0);
  });

  test.each([
    ["a kind that nobody knows", "r.pdf", "report-kind"],
    ["a folder", ".", "report-kind"],
    ["a file in the place of a folder", "k8sctl.yaml/r.md", "file-"],
  ])("%s is refused before anything happens", async (_name, path, code) => {
    const place = project();
    const run = await place.run(["up", "--yes", "--report", path, "--output", "json"]);
    expect(run.exitCode).toBe(1);
    expect(run.lines.at(-1).problems[0].code).toContain(code);
    expect(run.all).not.toContain("synth");
  });

  test("what keeps a command from starting is an annotation too", async () => {
    const place = workplace(home, { "k8sctl.yaml": "project: x\nclusters: 3\n" });
    const run = await place.run(["up", "--yes"], { env: { GITHUB_ACTIONS: "true" } });
    expect(run.stdout).toMatch(/^::error file=k8sctl\.yaml,line=2,col=\d+,title=k8sctl::/m);
  });
});

test.each([
  [
    "the server's",
    new KubeError({ status: 500, reason: "InternalError", message: "write: ENOSPC", request: "PATCH /" }),
  ],
  ["etcd's", new KubeError({ status: 500, reason: "", message: "mvcc: database space exceeded", request: "PUT /" })],
  ["our own", Object.assign(new Error("ENOSPC: no space left on device, mkdtemp"), { code: "ENOSPC" })],
])("a full disk is told as such: %s", (_whose, error) => {
  expect(problemsOf(error)).toMatchObject([{ code: "disk-full", remedy: expect.stringMatching(/free some space/) }]);
});

test("synth refuses --out beside --objects, which it would have to ignore", async () => {
  const run = await project().run(["synth", "--objects", "--out", "x"]);
  expect(run).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringMatching(/leave one of them out/) });
});
