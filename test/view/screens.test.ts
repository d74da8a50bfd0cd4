import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runMain, temporaryHome } from "../cli/command-line.ts";
import { program } from "../cli/processes.ts";
import { configMap, deployment, projectYaml, terraformJson } from "../cli/stacks.ts";

/** The real program in a real terminal: tmux draws what it prints, and types the keys. */
const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
if (!hasTmux) console.warn("SKIPPED the screens of a real terminal: tmux is not installed");

/** Printed nowhere, also not by a container that logs it. */
const SECRET = "hunter2-hunter2";
const home = temporaryHome();
const root = mkdtempSync(join(tmpdir(), "k8sctl-screens-"));
// A server that is told to end takes a while: each test has its own.
let terminals = 0;
let socket = "";
const tmux = (...argv: string[]): string => execFileSync("tmux", ["-L", socket, ...argv], { encoding: "utf8" });
afterEach(() => {
  spawnSync("tmux", ["-L", socket, "kill-server"]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(async () => {
  const pages = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`p${i}`, configMap(`page-${i}`, { i: `${i}` })]),
  );
  mkdirSync(join(root, "stacks"));
  writeFileSync(join(root, "k8sctl.yaml"), projectYaml("screens", ["stacks/pages.tf.json", "stacks/shop.tf.json"]));
  writeFileSync(join(root, "stacks/pages.tf.json"), terraformJson({ kubernetes_config_map_v1: pages }));
  const bad = deployment("bad", { annotations: { "embedded.k8sctl.dev/fail": "image-pull" } });
  const slow = deployment("slow", {
    annotations: { "embedded.k8sctl.dev/fail": "readiness", "embedded.k8sctl.dev/logs": `hello from the log` },
  });
  writeFileSync(
    join(root, "stacks/shop.tf.json"),
    terraformJson({
      kubernetes_deployment_v1: { bad, slow },
      kubernetes_secret_v1: { key: configMap("key", { password: SECRET }) },
    }),
  );
  if (hasTmux) expect((await runMain(root, home, ["cluster", "create"])).exitCode).toBe(0);
});

/** Starts a command in a terminal of this size; the shell stays and prints the exit code. */
function open(columns: number, rows: number, argv: readonly string[], env: Record<string, string> = {}): void {
  terminals += 1;
  socket = `k8sctl-${process.pid}-${terminals}`;
  const variables = { HOME: home, K8SCTL_HOME: home, LANG: "C.UTF-8", PATH: process.env["PATH"] ?? "", ...env };
  const assigned = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  const words = argv.map((word) => `'${word}'`).join(" ");
  const line = `cd '${root}'; env -u CI -u CONTINUOUS_INTEGRATION ${assigned.join(" ")} '${process.execPath}' '${program}' ${words}; echo "exit code $?"; sleep 1000`;
  tmux("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", String(columns), "-y", String(rows), line);
}

const screen = (): string[] =>
  tmux("capture-pane", "-t", "t", "-p")
    .split("\n")
    .map((line) => line.trimEnd());
const keys = (...names: string[]): string => tmux("send-keys", "-t", "t", ...names);

/** The screen once it shows this; spinner, clock and ages made alike. */
async function shows(pattern: RegExp): Promise<string[]> {
  for (let tries = 0; tries < 400; tries++) {
    const lines = screen();
    if (pattern.test(lines.join("\n")))
      return lines.map((line) => line.replace(/[⠀-⣿]/g, "*").replace(/\d\d:\d\d/, "00:00"));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${pattern} did not appear:\n${screen().join("\n")}`);
}

describe.skipIf(!hasTmux)("in a terminal", { timeout: 90_000 }, () => {
  test("the plan scrolls under the question; list, verdict, log, and leaving the rollout", async () => {
    open(80, 24, ["up"]);
    const asked = await shows(/Apply these changes/);
    expect(asked[0]).toMatch(/^Plan {2}1-20 of 37$/);
    expect(asked.slice(20, 23)).toEqual([
      "  + ConfigMap default/page-17",
      "↑↓ PgUp PgDn scroll the plan",
      "Apply these changes? [y/N]",
    ]);
    keys("G");
    expect((await shows(/18-37 of 37/))[20]).toMatch(/^Plan: 33 to add/);
    keys("y");
    await shows(/Deployment default\/bad .*not found/);
    keys("Down");
    const list = await shows(/❯/);
    expect(list[1]).toBe("❯▸ ✔ pages  30/30  0.0 s".replace("0.0 s", /[\d.]+ s/.exec(list[1] ?? "")?.[0] ?? ""));
    keys("Enter");
    await shows(/❯▾ ✔ pages[\s\S]*page-9/);
    await shows(/✖|1 failed/);
    keys("v");
    const verdict = await shows(/image web:1 was not found/);
    expect(verdict[0]).toBe("Deployment default/bad  shop");
    keys("Escape");
    await shows(/❯/);
    keys("f");
    await shows(/❯▾ ✖ shop/);
    keys("f", "G", "Up");
    await shows(/❯.*Deployment default\/slow/);
    keys("l");
    await shows(/slow-\S+\/main hello from the log/);
    keys("q");
    const left = await shows(/exit code \d+/);
    expect(left.join(" ")).toMatch(/`k8sctl status --watch` shows the rollout; `k8sctl up` goes on\s+from here/);
    expect(left.join("\n")).toMatch(/exit code 130/);
    expect(tmux("capture-pane", "-t", "t", "-p", "-S", "-")).not.toContain(SECRET);
  });

  test("status --watch picks the rollout up again; resizing redraws; 200 columns take the place of the line", async () => {
    await runMain(root, home, ["up", "--yes", "--timeout", "5"]);
    open(200, 30, ["status", "--watch"]);
    const wide = await shows(/Deployment default\/bad .*not found/);
    expect(wide[0]?.length).toBe(200);
    tmux("resize-window", "-t", "t", "-x", "60", "-y", "12");
    const small = await shows(/^embedded\/dev .{0,50}\n[\s\S]*bad/);
    expect(Math.max(...small.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(small.filter((line) => line.startsWith("embedded/dev"))).toHaveLength(1);
    keys("q");
    await shows(/exit code/);
  });

  test.each([20, 40])("%d columns: nothing is broken, and it can be left", async (columns) => {
    open(columns, 10, ["up", "--yes"]);
    await shows(/shop {2}1\/3/);
    keys("Down");
    const lines = await shows(/❯/);
    expect(lines.filter((line) => line.includes("❯"))).toHaveLength(1);
    keys("C-c");
    await shows(/exit code 130/);
  });

  test("NO_COLOR and an ASCII locale", async () => {
    open(80, 24, ["up", "--yes"], { NO_COLOR: "1", LANG: "C", LC_ALL: "C" });
    await shows(/Deployment default\/bad/);
    keys("Down");
    const lines = await shows(/^>/m);
    expect(lines.join("")).toMatch(/^[\x20-\x7e]*$/);
    expect(tmux("capture-pane", "-t", "t", "-p", "-e")).not.toMatch(/\x1b\[\d*(;\d+)*m/);
    keys("q");
    await shows(/exit code/);
  });
});
