import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homeOfTest, runMain } from "../cli/command-line.ts";
import { repository } from "../stacks/synthesized.ts";

const works = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { timeout: 20_000 }).status === 0;

function obstacle(): string | null {
  if (!works("docker", "info")) return "there is no Docker that runs";
  if (!works("kind", "version")) return "there is no kind";
  const clusters = spawnSync("kind", ["get", "clusters"], { encoding: "utf8" }).stdout.split("\n");
  return clusters.includes("terraform-learn") ? "a cluster terraform-learn is there, somebody's own" : null;
}

const missing = obstacle();
if (missing !== null) console.warn(`SKIPPED: 00-terraform-learn on kind: ${missing}`);

test.skipIf(missing !== null)("00-terraform-learn on kind serves its page", { timeout: 900_000 }, async () => {
  const [root, home] = [join(repository, "examples/00-terraform-learn"), homeOfTest()];
  const run = (argv: readonly string[]) => runMain(root, home, argv);
  try {
    const up = await run(["up", "--cluster", "kind", "--yes", "--output", "json"]);
    expect(up.lines.at(-1), up.all).toMatchObject({ type: "finished", ok: true, counts: { create: 3, failed: 0 } });
    const credentials = await run(["cluster", "credentials", "--cluster", "kind", "--format", "json"]);
    expect(JSON.parse(credentials.stdout)).toMatchObject({ host: expect.stringMatching(/^https:\/\//) });
    expect(await (await fetch("http://localhost:30201")).text()).toContain("nginx");
    const again = await run(["up", "--cluster", "kind", "--yes", "--output", "json"]);
    expect(again.lines.at(-1)).toMatchObject({ counts: { create: 0, update: 0, unchanged: 3 } });
  } finally {
    await run(["down", "--cluster", "kind", "--yes", "--delete-volumes"]);
    spawnSync("kind", ["delete", "cluster", "--name", "terraform-learn"]);
  }
});
