import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { parse, stringify } from "yaml";
import { makeAuthority } from "../host/authority.ts";
import { scriptedPrograms } from "../host/scripted-programs.ts";
import {
  connectTo,
  homeOfTest,
  type Json,
  type Outcome,
  runMain,
  temporaryHome,
  type Workplace,
  workplace,
} from "./command-line.ts";
import { configMap, deployment, projectYaml, terraformJson } from "./stacks.ts";

const home = temporaryHome();
const page = { kubernetes_config_map_v1: { page: configMap("page", { text: "hello" }) } };
let kubeconfig: Json;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-cli-"));
  writeFileSync(join(folder, "k8sctl.yaml"), projectYaml("any", ["stacks/web.tf.json"]));
  expect(await runMain(folder, home, ["cluster", "create"])).toMatchObject({ exitCode: 0 });
  kubeconfig = parse((await runMain(folder, home, ["cluster", "credentials"])).stdout);
  rmSync(folder, { recursive: true });
});

/** A project whose cluster is the embedded one, reached by a kubeconfig that was changed. */
function byContext(change: (config: Json) => void, resource: Parameters<typeof terraformJson>[0] = page): Workplace {
  const config = structuredClone(kubeconfig);
  change(config);
  return workplace(home, {
    "k8sctl.yaml": [
      "project: shop",
      `clusters: { prod: { provider: context, context: ${config["current-context"]}, kubeconfig: kubeconfig } }`,
      "stacks: [{ file: stacks/web.tf.json }]",
      "",
    ].join("\n"),
    kubeconfig: stringify(config),
    "stacks/web.tf.json": terraformJson(resource),
  });
}

const cluster = (config: Json) => config.clusters[0].cluster;
const user = (config: Json) => config.users[0].user;
const encode = (pem: string) => Buffer.from(pem).toString("base64");

/** What is in the cluster, by name and version; unchanged means that nothing was written. */
async function written(): Promise<string[]> {
  const kube = await connectTo(home, "dev");
  const kinds = ["ConfigMap", "Secret", "Namespace"].map((kind) => ({ group: "", version: "v1", kind }));
  const lists = await Promise.all(
    [...kinds, { group: "coordination.k8s.io", version: "v1", kind: "Lease" }].map((type) => kube.list(type)),
  );
  return lists
    .flatMap(({ items }) => items)
    .filter(({ metadata }) => metadata.namespace === undefined || metadata.namespace === "default")
    .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`);
}

async function refusedBoth(project: Workplace, argv: readonly string[]): Promise<{ plain: Outcome; error: Json }> {
  const before = await written();
  const plain = await project.run(argv);
  expect(plain.exitCode, plain.all).toBe(1);
  expect(plain.all).not.toMatch(/^\s+at .*\(/m);
  const run = await project.run([...argv, "--output", "json"]);
  expect(run.exitCode).toBe(1);
  const [error, last] = run.lines.slice(-2);
  expect(last).toMatchObject({ v: 1, type: "finished", ok: false, exitCode: 1 });
  expect(error.type, run.stdout).toBe("error");
  expect(await written()).toEqual(before);
  return { plain, error };
}

const UP = ["up", "--yes"];

describe("credentials and addresses", () => {
  const cases: readonly [
    string,
    (config: Json) => Promise<void> | void,
    { code: string; says: RegExp; remedy: RegExp },
  ][] = [
    [
      "a server of another authority",
      async (config) => {
        cluster(config)["certificate-authority-data"] = encode((await makeAuthority()).certificate);
      },
      { code: "unreachable", says: /certificate/, remedy: /\S/ },
    ],
    [
      "a client certificate of another authority",
      async (config) => {
        const pair = await (await makeAuthority()).client("admin");
        user(config)["client-certificate-data"] = encode(pair.certificate);
        user(config)["client-key-data"] = encode(pair.key);
      },
      { code: "api-refused", says: /40[13]/, remedy: /credentials|permission/ },
    ],
    [
      "a bad token",
      (config) => {
        config.users[0].user = { token: "not-a-token" };
      },
      { code: "api-refused", says: /401/, remedy: /credentials/ },
    ],
    [
      "nobody's credentials",
      (config) => {
        config.users[0].user = {};
      },
      { code: "api-refused", says: /403/, remedy: /permission/ },
    ],
    [
      "a port at which nobody listens",
      (config) => {
        cluster(config).server = "https://127.0.0.1:1";
      },
      { code: "unreachable", says: /127\.0\.0\.1:1/, remedy: /\S/ },
    ],
    [
      "a context that does not exist",
      (config) => {
        config.contexts[0].name = "other";
      },
      { code: "context-missing", says: /context/, remedy: /other/ },
    ],
  ];
  test.each(cases)("%s", async (_name, change, { code, says, remedy }) => {
    const changes: Json = structuredClone(kubeconfig);
    await change(changes);
    const project = byContext((config) => Object.assign(config, changes));
    const { plain, error } = await refusedBoth(project, UP);
    expect(error.code, JSON.stringify(error)).toBe(code);
    expect(error.message).toMatch(says);
    expect(error.remedy).toMatch(remedy);
    expect(plain.all).not.toContain("not-a-token");
    expect((await project.run(["plan"])).exitCode).toBe(1);
  });
});

/** A TCP proxy in front of the API server, which can be cut. */
async function proxyTo(server: string): Promise<{ url: string; cut(): void }> {
  const { hostname, port } = new URL(server);
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(cut);
  return { url: `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`, cut };
}

test("a cluster that goes away in the middle of an apply: told, and the next run converges", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `cut-${index}`);
  const resource = {
    random_password: { db: { length: 20 } },
    kubernetes_secret_v1: {
      db: { metadata: { name: "cut-db" }, data: { password: "$" + "{random_password.db.result}" } },
    },
    kubernetes_config_map_v1: Object.fromEntries(
      names.map((name) => [name, { ...configMap(name, {}), depends_on: ["kubernetes_secret_v1.db"] }]),
    ),
  };
  const proxy = await proxyTo(cluster(kubeconfig).server);
  const project = byContext((config) => {
    cluster(config).server = proxy.url;
  }, resource);
  const cutOff = await project.run([...UP, "--output", "json", "--parallelism", "1"], {
    onPrint: (text) => {
      if (/"object-applied".*"cut-1"/.test(text)) proxy.cut();
    },
  });
  expect(cutOff.exitCode).toBe(1);
  expect(cutOff.lines.at(-1)).toMatchObject({ type: "finished", ok: false, exitCode: 1 });
  expect(cutOff.lines.find((line) => line.type === "error")).toMatchObject({
    // Whichever is noticed first: a request without an answer, or the lock that cannot be renewed.
    code: expect.stringMatching(/^(unreachable|lock-lost)$/),
    message: expect.stringMatching(/refused|reset|cut|closed|answer/),
    remedy: expect.stringMatching(/run (the command )?again/),
  });

  const kube = await connectTo(home, "dev");
  const secret = { group: "", version: "v1", kind: "Secret", namespace: "default", name: "cut-db" };
  const password = (await kube.get(secret))?.["data"];
  expect(password).toBeDefined();

  project.write({ kubeconfig: stringify(kubeconfig) });
  const again = await project.run([...UP, "--output", "json"]);
  expect(again.exitCode, again.all).toBe(0);
  expect((await kube.get(secret))?.["data"]).toEqual(password);
  const plan = await project.run(["plan", "--detailed-exitcode"]);
  expect(plan.exitCode, plan.all).toBe(0);
}, 90_000);

describe("what the API refuses", () => {
  const refused = deployment("bad", { image: "" });
  test("blocks the plan: nothing at all is changed", async () => {
    const project = byContext(() => {}, { ...page, kubernetes_deployment_v1: { bad: refused } });
    const { plain, error } = await refusedBoth(project, UP);
    expect(error).toMatchObject({
      code: "blocked",
      message: expect.stringMatching(/kubernetes_deployment_v1\.bad: .*image/),
    });
    expect(plain.all).toMatch(/1 blocked/);
    const plan = await project.run(["plan"]);
    expect(plan.exitCode).toBe(1);
  });

  test("a name that is none, by name and address, without a cluster", async () => {
    const project = byContext(() => {}, { kubernetes_config_map_v1: { page: configMap("Not_A_Name", {}) } });
    const { error } = await refusedBoth(project, UP);
    expect(error.message).toMatch(/kubernetes_config_map_v1\.page: .*Not_A_Name/);
  });
});

test("changes without a terminal to ask at", async () => {
  const { error } = await refusedBoth(
    byContext(() => {}),
    ["up"],
  );
  expect(error).toMatchObject({ code: "approval-needed", remedy: expect.stringContaining("--yes") });
});

test("apply wants the cluster to be there", async () => {
  const empty = homeOfTest();
  const project = workplace(empty, {
    "k8sctl.yaml": projectYaml("shop", ["stacks/web.tf.json"]),
    "stacks/web.tf.json": terraformJson(page),
  });
  for (const argv of [["apply", "--yes"], ["status"], ["output"], ["cluster", "credentials"]]) {
    const run = await project.run(argv);
    expect(run.exitCode).toBe(1);
    expect(run.all).toMatch(/embedded\/dev does not exist\n +→ .*k8sctl (up|cluster create)/);
  }
});

describe("kind without what it needs", () => {
  const kind = "project: shop\nclusters: { dev: { provider: kind } }\nstacks: [{ file: stacks/web.tf.json }]\n";
  const dockerRuns = [{ when: "version", stdout: "27.0.1\n" }];
  const cases: readonly [string, Parameters<typeof scriptedPrograms>[0], RegExp, RegExp][] = [
    ["neither Docker nor kind", {}, /docker.* not installed|kind.* not installed/i, /install/],
    ["no kind", { docker: dockerRuns }, /kind is not installed/, /kind\.sigs\.k8s\.io/],
    [
      "Docker that does not answer",
      {
        docker: [{ when: "", stderr: "Cannot connect to the Docker daemon\n", exit: 1 }],
        kind: [
          { when: "version", stdout: "kind v0.30.0 go1.25.0 linux/amd64\n" },
          {
            when: "get clusters",
            stderr: "ERROR: failed to list clusters: Cannot connect to the Docker daemon\n",
            exit: 1,
          },
        ],
      },
      /Docker is installed but does not answer/,
      /start Docker/,
    ],
  ];
  test.each(cases)("%s", async (_name, programs, says, remedy) => {
    const { folder } = scriptedPrograms(programs);
    vi.stubEnv("PATH", folder);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    });
    const project = workplace(home, { "k8sctl.yaml": kind, "stacks/web.tf.json": terraformJson(page) });
    const plain = await project.run(UP);
    expect(plain.exitCode, plain.all).toBe(1);
    expect(plain.all).toMatch(says);
    expect(plain.all).toMatch(remedy);
    const run = await project.run([...UP, "--output", "json"]);
    expect(run.lines.at(-1)).toMatchObject({ type: "finished", exitCode: 1 });
    expect(run.lines.at(-2)).toMatchObject({ type: "error", message: expect.stringMatching(says) });
    const doctor = await project.run(["doctor"]);
    expect(doctor.exitCode).toBe(1);
    expect(doctor.stdout).toMatch(says);
  });
});
