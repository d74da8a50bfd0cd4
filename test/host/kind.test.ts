import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { renderCredentials } from "../../src/access/render.ts";
import { diskFiles } from "../../src/host/files.ts";
import { kindCluster } from "../../src/host/kind.ts";
import { UserError } from "../../src/model/errors.ts";
import type { Files } from "../../src/ports.ts";
import { type Authority, makeAuthority } from "./authority.ts";
import { type Programs, type Scene, scriptedPrograms } from "./scripted-programs.ts";
import { accessTo, type ScriptedServer, startScripted, TestClock } from "./scripted-server.ts";

const docker: readonly Scene[] = [{ when: "version", stdout: "28.1.1\n" }];
const version: Scene = { when: "version", stdout: "kind v0.30.0 go1.24.6 linux/amd64\n" };
const none: Scene = { when: "get clusters", stderr: "No kind clusters found.\n" };
const dev: Scene = { when: "get clusters", stdout: "other\ndev\n" };

const created = `Creating cluster "dev" ...
 • Ensuring node image (kindest/node:v1.34.0) 🖼  ...
 ✓ Ensuring node image (kindest/node:v1.34.0) 🖼
 • Preparing nodes 📦   ...
 ✓ Preparing nodes 📦 
 • Starting control-plane 🕹️  ...
 ✓ Starting control-plane 🕹️
Set kubectl context to "kind-dev"
`;

const portTaken = `Creating cluster "dev" ...
 • Preparing nodes 📦   ...
 ✗ Preparing nodes 📦 
Deleted nodes: ["dev-control-plane"]
ERROR: failed to create cluster: command "docker run --name dev-control-plane --hostname dev-control-plane kindest/node:v1.34.0" failed with error: exit status 125
Command Output: 3f1bd5a3c9e2f1bd5a3c9e2f1bd5a3c9e2f1bd5a3c9e2f1bd5a3c9e2f1bd5a3c
docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint dev-control-plane: Bind for 0.0.0.0:80 failed: port is already allocated
`;

const kubeadmFailed = `Creating cluster "dev" ...
 • Starting control-plane 🕹️  ...
 ✗ Starting control-plane 🕹️
Deleted nodes: ["dev-control-plane"]
ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec --privileged dev-control-plane kubeadm init --config=/kind/kubeadm.conf --skip-token-print --v=6" failed with error: exit status 1

Command Output: I1121 02:58:31.300812     162 initconfiguration.go:261] loading configuration from "/kind/kubeadm.conf"
W1121 02:58:31.301529     162 common.go:101] your configuration file uses a deprecated API spec: "kubeadm.k8s.io/v1beta3"
I1121 02:58:33.101 request.go:1 "Error getting the default cri socket"
A control plane component may have crashed or exited when started by the container runtime.

error: error execution phase wait-control-plane: failed while waiting for the control plane to start: kube-apiserver check failed at https://172.19.0.3:6443/livez: client rate limiter Wait returned an error
k8s.io/kubernetes/cmd/kubeadm/app/cmd/phases/workflow.(*Runner).Run.func1
	k8s.io/kubernetes@v1.34.4/cmd/kubeadm/app/cmd/phases/workflow/runner.go:262
`;

const noImage = `Creating cluster "dev" ...
 • Ensuring node image (kindest/node:v9) 🖼  ...
 ✗ Ensuring node image (kindest/node:v9) 🖼
ERROR: failed to create cluster: failed to pull image "kindest/node:v9": command "docker pull kindest/node:v9" failed with error: exit status 1

Command Output: Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host
`;

const badName =
  "ERROR: failed to create cluster: 'Ot_her' is not a valid cluster name, cluster names must match `^[a-z0-9.-]+$`\n";

const badConfig = `ERROR: failed to create cluster: unable to decode config: yaml: unmarshal errors:
  line 5: field extraPortMapping not found in type v1alpha4.Node
`;

const noDaemon = `Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n`;
const listFailed = `ERROR: failed to list clusters: command "docker ps -a" failed with error: exit status 1\nCommand Output: ${noDaemon}`;
const noAccess = `permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix: connect: permission denied\n`;

const head = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n";
const configs: Record<string, string> = {
  "/project/kind-config.yaml": head,
  "/project/two.yaml": `${head}nodes: [{ role: control-plane }, { role: worker }]\n`,
  "/project/no-network.yaml": `${head}networking: { disableDefaultCNI: true }\n`,
};
const files: Files = { ...diskFiles, read: async (path) => configs[path] ?? diskFiles.read(path) };

const states = new Map<Programs, string>();
function stateOf(programs: Programs): string {
  if (!states.has(programs)) states.set(programs, join(programs.folder, "state"));
  return states.get(programs)!;
}

const identity = { pid: 100, processAlive: (pid: number) => pid === 200 };

function cluster(programs: Programs, config: string | null = "kind-config.yaml", name = "dev") {
  const ports = { exec: programs.exec, clock: new TestClock(), files, root: "/project", engine: "docker", identity };
  return kindCluster({ provider: "kind", name, config }, { ...ports, stateFolder: stateOf(programs) });
}

async function problemsOf(act: Promise<unknown>) {
  const error = await act.then(
    () => new Error("it succeeded"),
    (e) => e,
  );
  if (!(error instanceof UserError)) throw error;
  return error.problems;
}

const FORBIDDEN = { kind: "Status", status: "Failure", code: 403, reason: "Forbidden", message: "forbidden: /readyz" };
const NODES = { name: "nodes", singularName: "node", namespaced: false, kind: "Node", verbs: ["get", "list", "watch"] };
const PODS = { ...NODES, name: "pods", singularName: "pod", namespaced: true, kind: "Pod" };
const SLICES = { ...PODS, name: "endpointslices", singularName: "endpointslice", kind: "EndpointSlice" };
const V1 = { groupVersion: "discovery.k8s.io/v1", version: "v1" };
const DISCOVERY = { name: "discovery.k8s.io", versions: [V1], preferredVersion: V1 };
const node = (name: string, status: string, message: string) => ({
  metadata: { name },
  status: { conditions: [{ type: "Ready", status, message }] },
});
const ready = node("dev-control-plane", "True", "kubelet is posting ready status");
let nodes = [ready];

let authority: Authority;
let server: ScriptedServer;
let kubeconfig: string;
beforeAll(async () => {
  authority = await makeAuthority();
  let asked = 0;
  server = await startScripted({ ...(await authority.server()), authority }, ({ path }) => {
    if (path === "/readyz") {
      asked++;
      // As a server that has just started: etcd is not there, then the roles are not.
      if (asked === 1) return { status: 500, body: "[-]etcd failed: reason withheld" };
      return asked === 2 ? { status: 403, body: FORBIDDEN } : { body: "ok" };
    }
    if (path === "/apis") return { body: { kind: "APIGroupList", groups: [DISCOVERY] } };
    if (path === "/apis/discovery.k8s.io/v1") {
      return { body: { kind: "APIResourceList", groupVersion: "discovery.k8s.io/v1", resources: [SLICES] } };
    }
    if (path.endsWith("slices") || path.endsWith("/pods"))
      return { body: { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [] } };
    if (path === "/api") return { body: { kind: "APIVersions", versions: ["v1"] } };
    if (path === "/api/v1") return { body: { kind: "APIResourceList", groupVersion: "v1", resources: [NODES, PODS] } };
    return { body: { kind: "NodeList", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: nodes } };
  });
  kubeconfig = renderCredentials(
    accessTo(server.url, authority, await authority.client("admin")),
    "kubeconfig",
  ).reveal();
});
afterAll(() => server.close());

describe("a kind cluster", () => {
  test("exists when kind lists it", async () => {
    expect(await cluster(scriptedPrograms({ docker, kind: [dev] })).exists()).toBe(true);
    expect(await cluster(scriptedPrograms({ docker, kind: [none] })).exists()).toBe(false);
  });

  test("is created with its config, step by step, and waited for", async () => {
    const programs = scriptedPrograms({
      docker,
      kind: [none, { when: "create cluster", stderr: created }, { when: "get kubeconfig", stdout: kubeconfig }],
    });
    const steps: string[] = [];
    await cluster(programs).create((step) => steps.push(step));
    expect(steps).toEqual([
      "Ensuring node image (kindest/node:v1.34.0)",
      "Preparing nodes",
      "Starting control-plane",
      "Waiting for the API server",
      "Waiting for the node",
    ]);
    expect(programs.calls()).toEqual([
      "kind get clusters",
      "docker info --format {{json .}}",
      "kind create cluster --name dev --config /project/kind-config.yaml",
      "kind get kubeconfig --name dev",
    ]);
    const paths = server.seen.map((seen) => seen.path);
    expect(paths.slice(0, 3)).toEqual(["/readyz", "/readyz", "/readyz"]);
    expect(paths.at(-1)).toBe("/api/v1/nodes");
    expect(server.seen.at(-1)?.clientName).toBe("admin");
  });

  test("gives its credentials under its own name", async () => {
    const programs = scriptedPrograms({ docker, kind: [{ when: "get kubeconfig", stdout: kubeconfig }] });
    expect(await cluster(programs).access()).toMatchObject({ name: "kind/dev", server: server.url });
  });

  test("is deleted by name", async () => {
    const programs = scriptedPrograms({ docker, kind: [{ when: "delete cluster", stderr: "Deleting\n" }] });
    await cluster(programs).delete(() => undefined);
    expect(programs.calls()).toEqual(["kind delete cluster --name dev"]);
  });
});

describe("a create that fails", () => {
  const failing = (stderr: string) =>
    scriptedPrograms({ docker, kind: [version, none, { when: "create", stderr, exit: 1 }, { when: "delete" }] });

  test("tells the cause in the words of the failing program, and removes what is left", async () => {
    const programs = failing(portTaken);
    const [problem] = await problemsOf(cluster(programs).create(() => undefined));
    expect(problem?.code).toBe("port-taken");
    expect(problem?.message).toMatch(
      /^kind could not create kind\/dev: docker: Error response .* port is already allocated$/,
    );
    expect(problem?.remedy).toContain("hostPort");
    expect(programs.calls().at(-1)).toBe("kind delete cluster --name dev");
  });

  test.each([
    ["kubeadm's sum", kubeadmFailed, "kind-kubeadm", "wait-control-plane: failed while waiting for the control plane"],
    ["an image that does not exist", noImage, "kind-image", "registry-1.docker.io"],
    ["a name that kind refuses", badName, "kind-name", "is not a valid cluster name"],
  ])("tells %s", async (_, stderr, code, message) => {
    const [problem] = await problemsOf(cluster(failing(stderr)).create(() => undefined));
    expect(problem).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test("for its config names file and line", async () => {
    const [problem] = await problemsOf(cluster(failing(badConfig)).create(() => undefined));
    expect(problem).toMatchObject({ code: "kind-config", position: { file: "kind-config.yaml", line: 5 } });
    expect(problem?.message).toContain("extraPortMapping");
  });

  test("leaves a cluster alone that was there before", async () => {
    const programs = scriptedPrograms({ docker, kind: [version, dev] });
    const [problem] = await problemsOf(cluster(programs).create(() => undefined));
    expect(problem?.code).toBe("cluster-exists");
    expect(programs.calls()).toEqual(["kind get clusters"]);
  });

  test("because its config is not there runs nothing", async () => {
    const programs = scriptedPrograms({ docker, kind: [none] });
    const [problem] = await problemsOf(cluster(programs, "nowhere.yaml").create(() => undefined));
    expect(problem?.code).toBe("kind-config-missing");
    expect(programs.calls()).toEqual([]);
  });

  test("because it is aborted ends kind and removes the half cluster", async () => {
    const programs = scriptedPrograms({
      docker,
      kind: [none, { when: "create", stderr: " • Preparing nodes 📦   ...\n", hang: true }, { when: "delete" }],
    });
    const abort = new AbortController();
    const create = cluster(programs).create(() => abort.abort(new Error("Ctrl-C")), abort.signal);
    await expect(create).rejects.toThrow("Ctrl-C");
    expect(programs.calls().at(-1)).toBe("kind delete cluster --name dev");
  });
});

describe("a create whose nodes", () => {
  const creating = () =>
    scriptedPrograms({
      docker,
      kind: [
        none,
        { when: "create cluster", stderr: created },
        { when: "get kubeconfig", stdout: kubeconfig },
        { when: "delete" },
      ],
    });
  const network = node("dev-worker", "False", "container runtime network not ready: cni plugin not initialized");
  afterEach(() => {
    nodes = [ready];
  });

  test.each([
    ["do not get Ready", [ready, network], "dev-worker: container runtime network not ready"],
    ["do not register", [ready], "1 of 2 nodes did not register"],
  ])("%s fails with what they say, and is taken back", async (_, seen, message) => {
    nodes = seen;
    const programs = creating();
    const [problem] = await problemsOf(cluster(programs, "two.yaml").create(() => undefined));
    expect(problem).toMatchObject({ code: "nodes-not-ready", message: expect.stringContaining(message) });
    expect(programs.calls().at(-1)).toBe("kind delete cluster --name dev");
  });

  test("wait for a network of the user's own is not waited for", async () => {
    nodes = [network];
    await cluster(creating(), "no-network.yaml").create(() => undefined);
    expect(server.seen.at(-1)?.path).toBe("/readyz");
  });
});

describe("whose a kind cluster is", () => {
  const play = (kind: readonly Scene[], more: readonly Scene[] = []) =>
    scriptedPrograms({ docker: [...docker, ...more], kind: [...kind, { when: "delete" }] });
  const credentials = (): Scene => ({ when: "get kubeconfig", stdout: kubeconfig });
  const create = (): Scene => ({ when: "create cluster", stderr: created, next: [dev] });
  const halfMade = (programs: Programs, pid: number, since = "2025-12-31T23:59:00Z") => {
    mkdirSync(join(stateOf(programs), "kind"), { recursive: true });
    const marker = { state: "creating", pid, since: Date.parse(since) };
    writeFileSync(join(stateOf(programs), "kind", "dev.json"), JSON.stringify(marker));
  };
  const container = (time: string): Scene[] => [
    { when: "ps", stdout: "dev-control-plane\n" },
    { when: "inspect", stdout: `/dev-control-plane true ${time}\n` },
  ];

  test("ours when we made it, until it is deleted", async () => {
    const programs = play([none, create(), credentials()]);
    await cluster(programs).create(() => undefined);
    expect(await cluster(programs).owned()).toBe(true);
    await cluster(programs).delete(() => undefined);
    expect(await cluster(programs).owned()).toBe(false);
  });

  test("not ours when somebody made it, also under the name of one that we had made", async () => {
    const programs = play([none, create(), credentials()]);
    expect(await cluster(programs).owned()).toBe(false);
    await cluster(programs).create(() => undefined);
    const other = await makeAuthority();
    const made = renderCredentials(accessTo(server.url, other, await other.client("admin")), "kubeconfig").reveal();
    const later = play([{ when: "get kubeconfig", stdout: made }]);
    states.set(later, stateOf(programs));
    expect(await cluster(later).owned()).toBe(false);
  });

  test("what a killed run left is no cluster, and goes before the next create", async () => {
    const programs = play([dev, create(), credentials()], container("2025-12-31T23:59:10.123456789Z"));
    halfMade(programs, 300);
    expect(await cluster(programs).exists()).toBe(false);
    await cluster(programs).create(() => undefined);
    expect(programs.calls().filter((call) => /^kind (delete|create)/.test(call))).toEqual([
      "kind delete cluster --name dev",
      "kind create cluster --name dev --config /project/kind-config.yaml",
    ]);
    expect(await cluster(programs).exists()).toBe(true);
  });

  test("one that somebody made before the killed run is not taken for its remains", async () => {
    const programs = play([dev], container("2025-12-31T23:58:00.5Z"));
    halfMade(programs, 300);
    const [problem] = await problemsOf(cluster(programs).create(() => undefined));
    expect(problem?.code).toBe("cluster-exists");
    expect(programs.calls().some((call) => call.startsWith("kind delete"))).toBe(false);
  });

  test("one that another run is making is left to it", async () => {
    const programs = play([dev]);
    halfMade(programs, 200);
    expect((await problemsOf(cluster(programs).exists()))[0]?.code).toBe("cluster-being-created");
  });

  test("a create whose remains cannot be removed is known as half to the next run", async () => {
    const gone = { when: "delete", stderr: `ERROR: failed to delete cluster\nCommand Output: ${noDaemon}`, exit: 1 };
    const programs = scriptedPrograms({
      docker,
      kind: [version, none, { when: "create", stderr: listFailed, exit: 1, next: [dev] }, gone],
    });
    await problemsOf(cluster(programs).create(() => undefined));
    expect(await cluster(programs).exists()).toBe(false);
  });

  test("the whole output of a failed create is kept, for its owner only", async () => {
    const programs = play([version, none, { when: "create", stderr: portTaken, exit: 1 }]);
    const [problem] = await problemsOf(cluster(programs).create(() => undefined));
    const log = join(stateOf(programs), "kind", "dev-create.log");
    expect(problem?.remedy).toContain(log);
    expect(readFileSync(log, "utf8")).toContain("Deleted nodes");
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });
});

describe("a cluster whose node is stopped", () => {
  const notRunning = `ERROR: failed to get cluster internal kubeconfig: command "docker exec --privileged dev-control-plane cat /etc/kubernetes/admin.conf" failed with error: exit status 1

Command Output: Error response from daemon: container ef5e0015280eee8e42f528f84251dd59b182faec81544e6a8576b8a685b1d726 is not running
`;
  const stopped = (names: string): Scene[] => [
    version,
    ...docker,
    { when: "ps", stdout: names },
    {
      when: "inspect",
      stdout: names.replaceAll(/(.+)\n/g, "/$1 false 2026-01-01T00:00:00Z\n"),
    },
  ];
  const kind = (): Scene[] => [
    version,
    { when: "get kubeconfig", stderr: notRunning, exit: 1, next: [{ when: "get kubeconfig", stdout: kubeconfig }] },
  ];

  test("is started again and its credentials read anew", async () => {
    const programs = scriptedPrograms({ docker: [...stopped("dev-control-plane\n"), { when: "start" }], kind: kind() });
    expect(await cluster(programs).access()).toMatchObject({ server: server.url });
    expect(programs.calls()).toContain("docker start dev-control-plane");
  });

  test("with others beside it is left to the user", async () => {
    const programs = scriptedPrograms({ docker: stopped("dev-control-plane\ndev-worker\n"), kind: kind() });
    const [problem] = await problemsOf(cluster(programs).access());
    expect(problem).toMatchObject({ code: "cluster-stopped", message: expect.stringContaining("2 of 2 nodes") });
  });

  test("and cannot be started says why", async () => {
    const start = { when: "start", stderr: "Error response from daemon: Bind for 127.0.0.1:80 failed\n", exit: 1 };
    const programs = scriptedPrograms({ docker: [...stopped("dev-control-plane\n"), start], kind: kind() });
    const [problem] = await problemsOf(cluster(programs).access());
    expect(problem).toMatchObject({ code: "cluster-stopped", message: expect.stringContaining("Bind for") });
  });
});

describe("before a cluster is created", () => {
  const prepare = (text: string, name = "dev") => {
    configs["/project/tried.yaml"] = text;
    return cluster(scriptedPrograms({}), "tried.yaml", name).prepare();
  };

  test("its nodes are counted", async () => {
    expect(await prepare(`${head}nodes: [{ role: control-plane }, { role: worker }, { role: worker }]\n`)).toEqual({
      nodes: 3,
    });
    expect(await prepare(head)).toEqual({ nodes: 1 });
  });

  test.each([
    ["no YAML", "nodes: [", 1, "not valid YAML"],
    ["another kind", "kind: Clutser\napiVersion: kind.x-k8s.io/v1alpha4\n", 1, 'kind is "Clutser"'],
    ["another version", "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha5\n", 2, "kind.x-k8s.io/v1alpha4"],
    ["a misspelt field", `${head}nodes:\n  - role: worker\n    extraPortMapings: []\n  - {}\n`, 5, "extraPortMapings"],
    ["workers only", `${head}nodes: [{ role: worker }]\n`, 3, "no node is a control-plane"],
  ])("%s is found, with its line", async (_, text, line, message) => {
    const [problem] = await problemsOf(prepare(text));
    expect(problem).toMatchObject({
      code: "kind-config",
      message: expect.stringContaining(message),
      position: { file: "tried.yaml", line },
    });
  });

  test("a field that a newer kind may know is kind's to judge", async () => {
    expect(await prepare(`${head}somethingNew: { a: 1 }\n`)).toEqual({ nodes: 1 });
  });

  test("a port in use is found, with its line", async () => {
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    const { port } = busy.address() as { port: number };
    const mapping = `{ containerPort: 80, hostPort: ${port}, listenAddress: 127.0.0.1 }`;
    const [problem] = await problemsOf(prepare(`${head}nodes:\n  - extraPortMappings:\n      - ${mapping}\n`));
    expect(problem).toMatchObject({ code: "port-taken", position: { line: 5 } });
    await new Promise((resolve) => busy.close(resolve));
    expect(await prepare(`${head}nodes:\n  - extraPortMappings:\n      - ${mapping}\n`)).toEqual({ nodes: 1 });
  });

  test("a name that is too long for its nodes' host names is found", async () => {
    expect((await problemsOf(prepare(head, "a".repeat(50))))[0]?.code).toBe("kind-name");
    expect(await prepare(head, "a".repeat(49))).toEqual({ nodes: 1 });
  });
});

describe("what kind needs", () => {
  test.each([
    ["no kind", { docker }, ["kind-missing"], "install kind"],
    [
      "no Docker",
      { kind: [version, { ...none, stderr: "ERROR: no docker", exit: 1 }] },
      ["docker-missing"],
      "install Docker",
    ],
    ["neither", {}, ["docker-missing", "kind-missing"], "install Docker"],
    [
      "Docker does not run",
      {
        docker: [{ when: "version", stdout: "\n", stderr: noDaemon, exit: 1 }],
        kind: [version, { when: "get clusters", stderr: listFailed, exit: 1 }],
      },
      ["docker-not-running"],
      "start Docker",
    ],
    [
      "Docker is forbidden",
      {
        docker: [{ when: "version", stderr: noAccess, exit: 1 }],
        kind: [version, { when: "get clusters", stderr: listFailed, exit: 1 }],
      },
      ["docker-denied"],
      "group docker",
    ],
  ] as [string, Record<string, Scene[]>, string[], string][])("%s", async (_, programs, codes, remedy) => {
    const problems = await problemsOf(cluster(scriptedPrograms(programs)).exists());
    expect(problems.map((problem) => problem.code)).toEqual(codes);
    expect(problems[0]?.remedy).toContain(remedy);
    expect(problems[0]?.remedy).toContain("--cluster embedded");
  });
});
