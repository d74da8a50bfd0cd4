import { execFileSync, spawn } from "node:child_process";
import { hostname } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { connectTo, type Json, temporaryHome, type Workplace, workplace } from "./command-line.ts";
import { program, start } from "./processes.ts";
import { configMap, deployment, projectYaml, terraformJson } from "./stacks.ts";

const home = temporaryHome();
const UP = ["up", "--yes", "--output", "json"];
const CREATE = ["cluster", "create"];

function projectOf(name: string, resource: Parameters<typeof terraformJson>[0]): Workplace {
  return workplace(home, {
    "k8sctl.yaml": projectYaml(name, ["stacks/web.tf.json"]),
    "stacks/web.tf.json": terraformJson(resource),
  });
}

/** A Deployment that is never ready, and something that waits for it. */
const endless = (name: string) => ({
  kubernetes_deployment_v1: { slow: deployment(name, { annotations: { "embedded.k8sctl.dev/fail": "readiness" } }) },
  kubernetes_config_map_v1: { after: { ...configMap(name, {}), depends_on: ["kubernetes_deployment_v1.slow"] } },
});

const ref = (kind: string, name: string) => ({ group: "", version: "v1", kind, namespace: "default", name });
const lease = (project: string) => ({
  ...ref("Lease", `k8sctl.${project}.web`),
  group: "coordination.k8s.io",
});

test("Ctrl-C: what is under way is finished, the lock given back, and how to go on is said", async () => {
  const project = projectOf("drained", endless("drained"));
  await project.run(CREATE);
  const run = start(project.root, home, UP);
  await run.printed(/"object-status".*"drained"/);
  const kube = await connectTo(home, "dev");
  expect(await kube.get(lease("drained"))).not.toBeNull();
  run.child.kill("SIGINT");
  expect(await run.ended).toEqual({ exitCode: 130, signal: null });
  const events = run.events();
  expect(events.find((event) => event.type === "interrupted")).toMatchObject({
    how: "drain",
    resume: "`k8sctl status --watch` shows the rollout; `k8sctl up` goes on from here",
  });
  expect(events.at(-1)).toMatchObject({ type: "finished", ok: false, exitCode: 130 });
  expect(await kube.get(lease("drained"))).toBeNull();
  // Nothing new was started.
  expect(await kube.get(ref("ConfigMap", "drained"))).toBeNull();

  const plain = start(project.root, home, ["up", "--yes"]);
  await plain.printed(/Deployment default\/drained/);
  await plain.printed(/apply and wait until ready/);
  plain.child.kill("SIGTERM");
  expect((await plain.ended).exitCode).toBe(130);
  expect(plain.stdout()).toMatch(/`k8sctl up` goes on from here/);
});

test("Ctrl-C before the first change changes nothing", async () => {
  const project = projectOf("early", { kubernetes_config_map_v1: { m: configMap("early", {}) } });
  const interrupted = await project.run(UP, {
    onPrint: (text, interrupt) => {
      if (text.includes('"step-started"') && !text.includes('"interrupted"')) interrupt();
    },
  });
  expect(interrupted.exitCode, interrupted.all).toBe(130);
  expect(interrupted.lines.at(-1)).toMatchObject({ type: "finished", exitCode: 130 });
  await project.run(CREATE);
  expect(await (await connectTo(home, "dev")).get(ref("ConfigMap", "early"))).toBeNull();
});

test("a second Ctrl-C stops at once", async () => {
  const project = projectOf("twice", endless("twice"));
  await project.run(CREATE);
  let pressed = 0;
  const run = await project.run(UP, {
    onPrint: (text, interrupt) => {
      if (pressed < 2 && /"object-status".*"twice"/.test(text)) {
        pressed += 1;
        interrupt();
      }
    },
  });
  expect(run.exitCode).toBe(130);
  expect(run.lines.filter((line) => line.type === "interrupted").map((line) => line.how)).toEqual(["drain", "now"]);
  expect(run.lines.at(-1)).toMatchObject({ type: "finished", exitCode: 130 });
});

test("killed in the middle: the next run takes the lock over and converges, generated values are kept", async () => {
  const maps = Array.from({ length: 60 }, (_, index) => `killed-${index}`);
  const project = projectOf("killed", {
    random_password: { db: { length: 20 } },
    kubernetes_secret_v1: {
      db: { metadata: { name: "killed" }, data: { password: "$" + "{random_password.db.result}" } },
    },
    kubernetes_config_map_v1: Object.fromEntries(
      maps.map((name) => [name, { ...configMap(name, {}), depends_on: ["kubernetes_secret_v1.db"] }]),
    ),
  });
  await project.run(CREATE);
  const run = start(project.root, home, [...UP, "--parallelism", "1"]);
  await run.printed(/"object-applied".*"killed-/);
  run.child.kill("SIGKILL");
  expect(await run.ended).toEqual({ exitCode: null, signal: "SIGKILL" });
  expect(run.events().at(-1).type).not.toBe("finished");
  const kube = await connectTo(home, "dev");
  const before = (await kube.get(ref("Secret", "killed"))) as Json;
  expect(before.data.password).toMatch(/./);
  expect(await kube.get(lease("killed"))).not.toBeNull();

  const again = await project.run(UP);
  expect(again.exitCode, again.all).toBe(0);
  const { counts } = again.lines.at(-1);
  expect(counts.create + counts.unchanged).toBe(61);
  expect(counts.create).toBeGreaterThan(0);
  expect(((await kube.get(ref("Secret", "killed"))) as Json).data).toEqual(before.data);
  expect((await project.run(["plan", "--detailed-exitcode"])).exitCode).toBe(0);
  expect((await project.run(["down", "--yes", "--delete-volumes", "--keep-cluster"])).exitCode).toBe(0);
  expect(await kube.get(ref("ConfigMap", "killed-0"))).toBeNull();
});

test("a second run is told who holds the lock; unlock takes it, and the first run stops writing", async () => {
  const project = projectOf("held", endless("held"));
  await project.run(CREATE);
  const first = start(project.root, home, UP);
  await first.printed(/"object-status".*"held"/);

  const second = await project.run(UP);
  expect(second.exitCode, second.all).toBe(1);
  const holder = `stack web is locked by ${hostname()} (process ${first.child.pid}, k8sctl up) since 20`;
  expect(second.lines.at(-2)).toMatchObject({
    type: "error",
    code: "locked",
    message: expect.stringContaining(holder),
    remedy: expect.stringContaining("k8sctl unlock --stack web"),
  });

  expect((await project.run(["unlock"])).exitCode).toBe(1);
  const unlock = await project.run(["unlock", "--yes"]);
  expect(unlock.exitCode).toBe(0);
  expect(unlock.stdout).toContain(`unlocked: ${holder}`);
  expect(await first.ended).toEqual({ exitCode: 1, signal: null });
  expect(first.events().find((event) => event.type === "error")).toMatchObject({ code: "lock-lost" });
  expect((await project.run(["unlock", "--yes"])).stdout).toBe("nothing was locked\n");
}, 60_000);

test.each([
  ["the live view", ""],
  ["plain lines", "CI=true "],
])(
  "a terminal that is closed (SIGHUP) is a first Ctrl-C: %s",
  async (name, env) => {
    const what = name.replaceAll(" ", "-");
    const project = projectOf(what, endless(what));
    await project.run(CREATE);
    // script(1) gives the command a terminal of its own, which is closed when script is killed.
    const command = `stty rows 24 cols 100; ${env}exec ${process.execPath} ${program} up --yes`;
    const terminal = spawn("script", ["-qfc", command, "/dev/null"], {
      cwd: project.root,
      env: { PATH: process.env["PATH"], HOME: home, K8SCTL_HOME: home, TERM: "xterm", LANG: "C.UTF-8" },
      stdio: ["pipe", "ignore", "ignore"],
    });
    onTestFinished(() => void terminal.kill("SIGKILL"));
    const kube = await connectTo(home, "dev");
    await expect
      .poll(() => kube.get({ ...ref("Deployment", what), group: "apps" }), { timeout: 15_000 })
      .not.toBeNull();
    const held = (await kube.get(lease(what))) as Json;
    const pid = Number(held.spec.holderIdentity.split("/")[1]);
    terminal.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    expect(await kube.get(lease(what))).toBeNull();
    expect(await kube.get(ref("ConfigMap", what))).toBeNull();
  },
  30_000,
);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a reader that goes away ends nothing", async () => {
  const project = projectOf("piped", {
    kubernetes_config_map_v1: Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`m${index}`, configMap(`piped-${index}`, {})]),
    ),
  });
  await project.run(CREATE);
  const shell = `set -o pipefail; "$0" "$1" up --yes | head -n 1`;
  const printed = execFileSync("bash", ["-c", shell, process.execPath, program], {
    cwd: project.root,
    env: { PATH: process.env["PATH"], HOME: home, K8SCTL_HOME: home },
    encoding: "utf8",
  });
  expect(printed).toMatch(/k8sctl up piped on embedded\/dev\n$/);
  expect((await project.run(["plan", "--detailed-exitcode"])).exitCode).toBe(0);
});

test("the embedded cluster keeps its state when its process is killed", async () => {
  const project = projectOf("survives", { kubernetes_config_map_v1: { m: configMap("survives", { a: "1" }) } });
  expect((await project.run(UP)).exitCode).toBe(0);
  const { readRunning } = await import("../../src/embedded/state-folder.ts");
  const server = readRunning(`${home}/embedded/dev`)!;
  process.kill(server.pid, "SIGKILL");
  const again = await project.run(UP);
  expect(again.exitCode, again.all).toBe(0);
  expect(again.lines.at(-1).counts).toMatchObject({ create: 0, update: 0, unchanged: 1 });
});
