import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import type { RunEvent } from "../../../src/model/events.ts";
import type { Kube } from "../../../src/ports.ts";
import { temporaryProject } from "../../host/temporary-project.ts";
import { openReal } from "./runs.ts";

const example = fileURLToPath(new URL("../../../examples/01-hello", import.meta.url));

let kube: Kube;
beforeAll(async () => {
  kube = await openReal();
});
afterAll(() => kube.close());

/** One command line in this process; what it printed, and its exit code. */
async function k8sctl(cwd: string, ...argv: string[]) {
  let stdout = "";
  let stderr = "";
  const exitCode = await main({
    argv,
    cwd,
    env: { ...process.env, KUBECONFIG: inject("kubeconfig"), CI: "true" },
    stdin: process.stdin,
    stdout: sink((text) => {
      stdout += text;
    }),
    stderr: sink((text) => {
      stderr += text;
    }),
    onInterrupt: () => () => undefined,
  });
  return { exitCode, stdout, stderr };
}

function sink(take: (text: string) => void): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      take(String(chunk));
      done();
    },
  });
}

function eventsOf(stdout: string): RunEvent[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RunEvent);
}

/** Requests that the API server has seen since the last call, of our program, that write or pretend to. */
function auditor() {
  let seen = readFileSync(inject("auditLog"), "utf8").length;
  return (): string[] => {
    const text = readFileSync(inject("auditLog"), "utf8");
    const lines = text.slice(seen).split("\n");
    seen = text.length;
    return (
      lines
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { verb: string; requestURI: string })
        // Other files of the suite talk to the same server: what this project writes has its field manager.
        .filter((entry) => /[?&]fieldManager=k8sctl(%3A|:)hello(&|$)/.test(entry.requestURI))
        .map((entry) => `${entry.verb} ${entry.requestURI.replace(/\?.*dryRun.*/, " (dry run)").replace(/\?.*/, "")}`)
    );
  };
}

test("examples/01-hello by the command line, in a context of a kubeconfig", async () => {
  const root = temporaryProject({
    "k8sctl.yaml": `project: hello
clusters:
  real: { provider: context, context: real }
variables: { replicas: 2 }
stacks:
  - { file: stacks/hello.ts, vars: { greeting: Hello } }
`,
  });
  cpSync(join(example, "stacks"), join(root, "stacks"), { recursive: true });

  const first = await k8sctl(root, "up", "--yes", "--output", "json");
  expect(first.stderr).toBe("");
  expect(eventsOf(first.stdout).at(-1)).toMatchObject({
    type: "finished",
    ok: true,
    exitCode: 0,
    counts: { create: 4, failed: 0 },
  });

  const asked = auditor();
  const second = await k8sctl(root, "up", "--yes", "--detailed-exitcode", "--output", "json");
  expect(eventsOf(second.stdout).at(-1)).toMatchObject({ exitCode: 0, counts: { unchanged: 4, update: 0 } });
  expect(asked().filter((request) => !request.includes("/leases"))).toEqual([]);

  const plan = await k8sctl(root, "plan", "--var", "replicas=3", "--detailed-exitcode");
  expect(plan.exitCode).toBe(2);
  expect(plan.stdout).toMatch(/~ Deployment hello\/web/);
  expect(plan.stdout).toMatch(/spec\.replicas\s+2 → 3/);
  expect(plan.stdout).toContain("1 to change, 0 to replace, 0 to delete, 3 unchanged");
  expect(asked()).toEqual(["patch /apis/apps/v1/namespaces/hello/deployments/web (dry run)"]);

  const status = await k8sctl(root, "status");
  expect(status).toMatchObject({ exitCode: 0, stderr: "" });

  const down = await k8sctl(root, "down", "--yes", "--output", "json");
  expect(eventsOf(down.stdout).at(-1)).toMatchObject({ exitCode: 0, counts: { delete: 4, failed: 0 } });
  for (const kind of ["Secret", "Lease"]) {
    const group = kind === "Lease" ? "coordination.k8s.io" : "";
    expect((await kube.list({ group, version: "v1", kind }, { namespace: "default" })).items).toEqual([]);
  }
  const namespace = { group: "", version: "v1", kind: "Namespace", namespace: "", name: "hello" };
  expect(await kube.get(namespace)).toBeNull();
});
