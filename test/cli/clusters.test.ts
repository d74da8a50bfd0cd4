import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { readRunning } from "../../src/embedded/state-folder.ts";
import { homeOfTest, ndjson, workplace } from "./command-line.ts";
import { program } from "./processes.ts";
import { configMap, projectYaml, terraformJson } from "./stacks.ts";

const files = {
  "k8sctl.yaml": projectYaml("shop", ["stacks/web.tf.json"]),
  "stacks/web.tf.json": terraformJson({ kubernetes_config_map_v1: { m: configMap("m", {}) } }),
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("create, list, credentials, kubeconfig, delete: no process and no file is left", async () => {
  const home = homeOfTest();
  const project = workplace(home, files);
  const list = async () => (await project.run(["cluster", "list", "--output", "json"])).lines[0];
  expect(await list()).toEqual([
    expect.objectContaining({ key: "dev", label: "embedded/dev", exists: false, version: null }),
  ]);

  const created = await project.run(["cluster", "create"]);
  expect(created.exitCode, created.all).toBe(0);
  expect(created.stdout).toMatch(/^embedded\/dev is up: v1\.\S+ at https:\/\/127\.0\.0\.1:\d+\n/);
  expect((await project.run(["cluster", "create"])).stdout).toBe("embedded/dev exists\n");
  expect(await list()).toEqual([expect.objectContaining({ exists: true, version: expect.stringMatching(/^v1\./) })]);
  expect((await project.run(["cluster", "list"])).stdout).toMatch(/dev \* +embedded +embedded\/dev +exists +v1\./);

  const json = JSON.parse((await project.run(["cluster", "credentials", "--format", "json"])).stdout);
  const env = (await project.run(["cluster", "credentials", "--format", "env"])).stdout;
  const tfvars = (await project.run(["cluster", "credentials", "--format", "tfvars"])).stdout;
  const config = new KubeConfig();
  config.loadFromString((await project.run(["cluster", "credentials", "--format", "kubeconfig"])).stdout);
  const { server } = config.getCurrentCluster()!;
  expect(json.host).toBe(server);
  expect(env).toContain(`export KUBE_HOST='${server}'`);
  expect(env).toMatch(/^export KUBE_CLUSTER_CA_CERT_DATA=/m);
  expect(env).toMatch(/^export KUBE_CLIENT_KEY_DATA=/m);
  expect(tfvars).toMatch(/^client_certificate += "/m);
  const folder = (await project.run(["cluster", "credentials", "--format", "files", "--out", "keys"])).stdout;
  expect(
    folder
      .trim()
      .split("\n")
      .map((path) => path.slice(path.lastIndexOf("/") + 1))
      .sort(),
  ).toEqual(["ca.crt", "client.crt", "client.key", "kubeconfig"]);
  expect(readFileSync(join(project.root, "keys/ca.crt"), "utf8")).toMatch(/^-----BEGIN CERTIFICATE-----/);
  expect((await project.run(["cluster", "credentials", "--format", "files"])).all).toMatch(
    /needs a folder\n +→ .*--out/,
  );
  expect((await project.run(["cluster", "kubeconfig"])).stdout.trim()).toMatch(/\/kubeconfig\/embedded-dev\.yaml$/);

  const { pid } = readRunning(join(home, "embedded/dev"))!;
  expect(isAlive(pid)).toBe(true);
  expect((await project.run(["cluster", "delete"])).all).toMatch(/no terminal to ask at\n +→ .*--yes/);
  expect(isAlive(pid)).toBe(true);
  const removed = await project.run(["cluster", "delete", "--yes"]);
  expect(removed.stdout).toBe("embedded/dev is deleted\n");
  expect(isAlive(pid)).toBe(false);
  const left = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(left.map((entry) => join(entry.parentPath, entry.name))).toEqual([]);
  expect((await project.run(["cluster", "delete", "--yes"])).stdout).toBe("embedded/dev does not exist\n");
});

test("state that cannot be kept is an error with a way out", async () => {
  const home = homeOfTest();
  const project = workplace(home, files);
  // A file where the folder should be: as final as a full disk, on every platform and for root too.
  project.write({ state: "" });
  const run = await project.run(["up", "--yes", "--output", "json"], {
    env: { K8SCTL_HOME: join(project.root, "state") },
  });
  expect(run.exitCode, run.all).toBe(1);
  expect(run.lines.at(-2)).toMatchObject({
    type: "error",
    code: "state-not-writable",
    remedy: expect.stringContaining("K8SCTL_HOME"),
  });
  expect(run.lines.at(-1)).toMatchObject({ type: "finished", exitCode: 1 });
});

const tinyDisk = `mount -t tmpfs -o size=16k tmpfs "$0" && exec "$@"`;
const canMount = spawnSync("unshare", ["-Urm", "sh", "-c", tinyDisk, tmpdir(), "true"]).status === 0;
if (!canMount) console.warn("SKIPPED: the test of a full disk needs `unshare -Urm`");

test.skipIf(!canMount)("a full disk: said at once, and a later run with room goes on", async () => {
  const home = homeOfTest();
  const project = workplace(home, files);
  const argv = ["-Urm", "sh", "-c", tinyDisk, home, process.execPath, program, "up", "--yes", "--output", "json"];
  const env = { PATH: process.env["PATH"], HOME: project.root, K8SCTL_HOME: home };
  const { status, stdout } = spawnSync("unshare", argv, { cwd: project.root, env, encoding: "utf8" });
  expect(status, stdout).toBe(1);
  const [error, last] = ndjson(stdout).slice(-2);
  expect(error).toMatchObject({ code: "state-not-writable", message: expect.stringMatching(/no space left/) });
  expect(error.remedy).toMatch(/free some disk space/);
  expect(last).toMatchObject({ type: "finished", ok: false, exitCode: 1 });
  expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
});

test("doctor", async () => {
  const project = workplace(homeOfTest(), files);
  const before = await project.run(["doctor"]);
  expect(before.exitCode, before.all).toBe(0);
  const json = await project.run(["doctor", "--output", "json"]);
  expect(json.lines[0][0]).toMatchObject({ cluster: "dev" });
  expect(json.lines[0][0].checks.map((check: { status: string }) => check.status)).not.toContain("fail");
});

test("a context's cluster is never deleted", async () => {
  const home = homeOfTest();
  mkdirSync(home, { recursive: true });
  const project = workplace(home, {
    ...files,
    "k8sctl.yaml":
      "project: shop\nclusters: { prod: { provider: context, context: c, kubeconfig: config } }\nstacks: [{ file: stacks/web.tf.json }]\n",
    config:
      "apiVersion: v1\nkind: Config\nclusters: [{ name: c, cluster: { server: 'https://127.0.0.1:1' } }]\nusers: [{ name: c, user: {} }]\ncontexts: [{ name: c, context: { cluster: c, user: c } }]\n",
  });
  const run = await project.run(["cluster", "delete", "--yes"]);
  expect(run.exitCode).toBe(1);
  expect(run.all).toMatch(/not made by k8sctl/);
  expect(existsSync(join(project.root, "config"))).toBe(true);
});

test("K8SCTL_CLUSTER names the cluster where --cluster does not", async () => {
  const clusters =
    "clusters: { dev: { provider: embedded, name: dev }, other: { provider: embedded, name: other } }\ndefaultCluster: dev\n";
  const project = workplace(homeOfTest(), {
    "k8sctl.yaml": `project: shop\n${clusters}stacks: [{ file: stacks/web.tf.json }]\n`,
    "stacks/web.tf.json": files["stacks/web.tf.json"],
  });
  const env = { K8SCTL_CLUSTER: "other" };
  const first = async (argv: string[], settings = {}) => (await project.run(argv, settings)).stdout.split("\n")[0];
  expect(await first(["plan"])).toContain("embedded/dev");
  expect(await first(["plan"], { env })).toContain("embedded/other");
  expect(await first(["plan", "--cluster", "dev"], { env })).toContain("embedded/dev");
  expect((await project.run(["status"], { env: { K8SCTL_CLUSTER: "nope" } })).stderr).toMatch(
    /no cluster "nope"\n +→ use one of: dev, other \(--cluster, K8SCTL_CLUSTER\)/,
  );
  // What a saved plan says, it says for good.
  await project.run(["plan", "--cluster", "dev", "--out", "dev.plan"]);
  expect((await project.run(["apply", "dev.plan", "--yes"], { env })).all).not.toContain("--cluster cannot be given");
});
