import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

const badConfig = `ERROR: failed to create cluster: unable to decode config: yaml: unmarshal errors:
  line 5: field extraPortMapping not found in type v1alpha4.Node
`;

const noDaemon = `Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n`;
const listFailed = `ERROR: failed to list clusters: command "docker ps -a" failed with error: exit status 1\nCommand Output: ${noDaemon}`;
const noAccess = `permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix: connect: permission denied\n`;

const files: Files = {
  ...diskFiles,
  read: (path) => (path === "/project/kind-config.yaml" ? Promise.resolve("kind: Cluster\n") : diskFiles.read(path)),
};

function cluster(programs: Programs, config: string | null = "kind-config.yaml") {
  const ports = { exec: programs.exec, clock: new TestClock(), files, root: "/project" };
  return kindCluster({ provider: "kind", name: "dev", config }, ports);
}

async function problemsOf(act: Promise<unknown>) {
  const error = await act.then(
    () => new Error("it succeeded"),
    (e) => e,
  );
  if (!(error instanceof UserError)) throw error;
  return error.problems;
}

let authority: Authority;
let server: ScriptedServer;
let kubeconfig: string;
beforeAll(async () => {
  authority = await makeAuthority();
  let asked = 0;
  server = await startScripted({ ...(await authority.server()), authority }, () =>
    ++asked < 3 ? { status: 500, body: "[-]etcd failed: reason withheld" } : { body: "ok" },
  );
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
    ]);
    expect(programs.calls()).toEqual([
      "kind get clusters",
      "kind create cluster --name dev --config /project/kind-config.yaml",
      "kind get kubeconfig --name dev",
    ]);
    expect(server.seen.map((seen) => seen.path)).toContain("/readyz");
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
