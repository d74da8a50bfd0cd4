import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KubectlSession, kubectlSession, noKubectl } from "../embedded/kubectl.ts";
import { homeOfTest, runMain } from "./command-line.ts";

let session: KubectlSession;

beforeAll(async () => {
  if (!noKubectl) session = await kubectlSession();
});

afterAll(() => session?.close());

const root = fileURLToPath(new URL("../..", import.meta.url));

describe.skipIf(noKubectl)("what synth --objects prints", () => {
  test("kubectl takes the five stacks of this project from a pipe", async () => {
    const { exitCode, stdout } = await runMain(root, homeOfTest(), ["synth", "--objects"]);
    expect(exitCode).toBe(0);
    // The server is asked for its types and schema only; the objects' namespaces need not exist.
    const args = ["apply", "--dry-run=client", "-f", "-"];
    const running = promisify(execFile)("kubectl", args, { env: session.env, timeout: 60_000 });
    running.child.stdin?.end(stdout);
    const told = (await running).stdout.trim().split("\n");
    expect(told).toHaveLength(stdout.match(/^kind: /gm)?.length ?? 0);
    expect(told.filter((line) => !line.endsWith(" created (dry run)"))).toEqual([]);
    for (const kind of [
      "namespace",
      "secret",
      "configmap",
      "service",
      "statefulset.apps",
      "poddisruptionbudget.policy",
    ])
      expect(told.join("\n")).toContain(`${kind}/`);
  });
});
