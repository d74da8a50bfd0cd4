import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readProject } from "../../src/host/project-file.ts";
import { scaffoldProject } from "../../src/host/scaffold.ts";
import { createSynth } from "../../src/host/synth.ts";
import { typecheckStacks } from "../../src/host/typecheck.ts";
import { UserError } from "../../src/model/errors.ts";
import { temporaryProject } from "./temporary-project.ts";

const made = ["k8sctl.yaml", "kind-config.yaml", "stacks/hello.ts", "tsconfig.json", "package.json", ".gitignore"];

test("an empty folder becomes a project that type-checks and synthesizes", async () => {
  const folder = join(temporaryProject({}), "My GitOps_repo");
  mkdirSync(folder);

  expect(scaffoldProject(folder)).toEqual(made);

  for (const file of made) expect(existsSync(join(folder, file))).toBe(true);
  const project = readProject(folder);
  expect(project).toMatchObject({ name: "my-gitops-repo", defaultCluster: "embedded" });
  expect(readFileSync(join(folder, "k8sctl.yaml"), "utf8")).toMatch(
    /^# yaml-language-server: \$schema=\.\/node_modules\/k8sctl\/k8sctl\.schema\.json\n/,
  );
  expect(await typecheckStacks(project)).toEqual([]);
  const synth = createSynth({ timeoutMs: 25_000, onPrint: () => {} });
  const { stacks } = await synth.synth(project, { stacks: null, vars: {} });
  expect(Object.keys(stacks[0]!.json["resource"] as object)).toContain("kubernetes_deployment_v1");
});

test("what is there is kept, and only added to", () => {
  const folder = temporaryProject({ "package.json": "{}", "tsconfig.json": "{}", ".gitignore": "node_modules\n*.log" });
  expect(scaffoldProject(folder, { name: "shop" })).toEqual(
    made.filter((f) => !["package.json", "tsconfig.json"].includes(f)),
  );
  expect(readFileSync(join(folder, "package.json"), "utf8")).toBe("{}");
  expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("node_modules\n*.log\n.k8sctl/\ncdktf.out/\n");
  expect(readProject(folder).name).toBe("shop");
});

test("nothing is written when something is in the way", () => {
  const folder = temporaryProject({ "k8sctl.yaml": "mine", "stacks/hello.ts": "mine" });
  expect(() => scaffoldProject(folder)).toThrow("already there: k8sctl.yaml, stacks/hello.ts");
  expect(existsSync(join(folder, "kind-config.yaml"))).toBe(false);
  expect(readFileSync(join(folder, "k8sctl.yaml"), "utf8")).toBe("mine");
});

test("a name that Kubernetes refuses is refused", () => {
  const folder = temporaryProject({});
  expect(() => scaffoldProject(folder, { name: "My_Shop" })).toThrow(UserError);
  expect(existsSync(join(folder, "k8sctl.yaml"))).toBe(false);
});

test("a folder without k8sctl.yaml is no project, and the remedy is init", () => {
  const folder = temporaryProject({});
  const read = (): unknown => readProject(folder);
  expect(read).toThrow(/^no k8sctl\.yaml in /);
  expect(read).toThrow(
    expect.objectContaining({
      problems: [expect.objectContaining({ remedy: expect.stringContaining("k8sctl init") })],
    }),
  );
});
