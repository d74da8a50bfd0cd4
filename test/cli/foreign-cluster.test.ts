import { rmSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { scriptedPrograms } from "../host/scripted-programs.ts";
import { temporaryHome, workplace } from "./command-line.ts";

const home = temporaryHome();

/** A kind cluster that k8sctl has no mark of. */
function foreign() {
  const programs = scriptedPrograms({
    docker: [
      { when: "version", stdout: "27.0.1\n" },
      { when: "ps", stdout: "" },
    ],
    kind: [
      { when: "version", stdout: "kind v0.30.0 go1.25.0 linux/amd64\n" },
      { when: "get clusters", stdout: "dev\n" },
      { when: "delete cluster" },
    ],
  });
  vi.stubEnv("PATH", programs.folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(programs.folder, { recursive: true });
  });
  const yaml = "project: shop\nclusters: { dev: { provider: kind, name: dev } }\nstacks: []\n";
  const place = workplace(home, { "k8sctl.yaml": yaml });
  return { place, deleted: () => programs.calls().some((call) => call.startsWith("kind delete")) };
}

test.each([
  ["a yes is no name", "y\n", false],
  ["another name", "kind/prod\n", false],
  ["its name", "kind/dev\n", true],
])("deleting a cluster that k8sctl did not make asks for its name: %s", async (_, input, goes) => {
  const { place, deleted } = foreign();
  const run = await place.run(["cluster", "delete"], { terminal: { columns: 100, input } });
  expect(run.all).toContain("k8sctl did not create kind/dev. Type its name (kind/dev)");
  expect(run.exitCode).toBe(goes ? 0 : 1);
  expect(deleted()).toBe(goes);
});

test("--yes names it, and without a terminal nobody can", async () => {
  const named = foreign();
  expect((await named.place.run(["cluster", "delete", "--yes"])).exitCode).toBe(0);
  expect(named.deleted()).toBe(true);
  const asked = foreign();
  expect((await asked.place.run(["cluster", "delete"])).all).toContain("There is no terminal to ask at");
  expect(asked.deleted()).toBe(false);
});
