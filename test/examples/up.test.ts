import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { connectTo, homeOfTest, type Outcome, runMain } from "../cli/command-line.ts";
import { projects, repository } from "../stacks/synthesized.ts";

const unchanged = { create: 0, update: 0, replace: 0, delete: 0, failed: 0 };

function finished({ lines }: Outcome) {
  return lines.at(-1);
}

/** Where a generated password stands that must never be printed. */
const secrets: Readonly<Record<string, { cluster: string; at: { namespace: string; name: string } }>> = {
  "examples/04-shop": { cluster: "shop", at: { namespace: "postgres", name: "postgres-credentials" } },
  "examples/02-web-with-postgres": {
    cluster: "web-with-postgres",
    at: { namespace: "data", name: "postgres-credentials" },
  },
};

// staging is made of what dev and prod are made of; the shop has the five stacks of the root, and more.
const walked = projects.filter((folder) => !folder.endsWith("/staging") && folder !== ".");

describe.each(walked)("%s on the embedded cluster", (folder) => {
  test("up makes everything ready, again there is nothing to do, down leaves nothing", {
    timeout: 120_000,
  }, async () => {
    const home = homeOfTest();
    const root = join(repository, folder);
    const run = (argv: readonly string[]) => runMain(root, home, argv);
    const on = ["--cluster", "embedded", "--output", "json"];

    const first = await run(["up", "--yes", ...on]);
    expect(finished(first), first.all).toMatchObject({
      v: 1,
      type: "finished",
      ok: true,
      exitCode: 0,
      counts: { failed: 0 },
    });
    const { create } = finished(first).counts;
    expect(create).toBeGreaterThan(0);

    const second = await run(["up", "--yes", ...on]);
    expect(finished(second)).toMatchObject({ ok: true, counts: { ...unchanged, unchanged: create } });
    expect((await run(["plan", "--detailed-exitcode", ...on])).exitCode).toBe(0);

    const printed = [first, second];
    const secret = secrets[folder];
    if (secret !== undefined) {
      const kube = await connectTo(home, secret.cluster);
      const live = await kube.get({ group: "", version: "v1", kind: "Secret", ...secret.at });
      const { password } = (live as unknown as { data: Record<string, string> }).data;
      expect(password).toMatch(/^[\w=+/]{40,}$/);
      const plain = Buffer.from(password!, "base64").toString();
      expect(plain).toHaveLength(32);
      printed.push(
        await run(["output", "--cluster", "embedded"]),
        await run(["plan", "--full", "--cluster", "embedded"]),
      );
      for (const { all } of printed) {
        expect(all).not.toContain(plain);
        expect(all).not.toContain(password);
      }
    }

    const down = await run(["down", "--yes", "--delete-volumes", ...on]);
    expect(finished(down), down.all).toMatchObject({ ok: true, exitCode: 0, counts: { failed: 0 } });
    expect(finished(down).counts.delete).toBeGreaterThanOrEqual(create);
    // The cluster was made by this project, so it goes as well.
    expect(readdirSync(join(home, "embedded"))).toEqual([]);
  });
});
