import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { temporaryHome, workplace } from "./command-line.ts";

const place = () => workplace(temporary, {});
const temporary = temporaryHome();

/** All commands as they are typed, groups included. */
function paths(command: Command, words: readonly string[] = []): string[][] {
  return [[...words], ...command.commands.flatMap((sub) => paths(sub, [...words, sub.name()]))];
}

const io = { ...process, cwd: "/", env: {}, onInterrupt: () => () => undefined };
const program = createProgram(io, "0.0.0", { exitCode: 0, options: {} });

describe("help", () => {
  test.each(paths(program).map((words) => [words.join(" "), words] as const))(
    "of `%s` fits 80 columns and holds examples that can be typed",
    async (_name, words) => {
      const run = await place().run([...words, "--help"]);
      expect([run.exitCode, run.stderr]).toEqual([0, ""]);
      expect(run.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
      const examples = run.stdout.split("Examples:\n")[1]?.split("\n\n")[0]?.trimEnd().split("\n") ?? [];
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(example).toMatch(/^ {2}(k8sctl|source|eval|export) /);
    },
  );

  test("`help` takes the words of a command, and knows when it is none", async () => {
    expect((await place().run(["help", "cluster", "create"])).stdout).toMatch(/^Usage: k8sctl cluster create/);
    const wrong = await place().run(["help", "cluster", "creat"]);
    expect([wrong.exitCode, wrong.stdout]).toEqual([1, ""]);
    expect(wrong.stderr).toMatch(/^Error: unknown command "creat"\n/);
  });
});

describe("wrong usage says what is wrong, and what to do", () => {
  test.each([
    [["pln"], 'unknown command "pln"', "did you mean plan? `k8sctl --help` lists the commands"],
    [["destroy"], 'unknown command "destroy"', "did you mean `k8sctl down`? `k8sctl --help` lists the commands"],
    [["version"], 'unknown command "version"', "did you mean `k8sctl --version`? `k8sctl --help` lists the commands"],
    [["xyzzy"], 'unknown command "xyzzy"', "`k8sctl --help` lists the commands"],
    [
      ["cluster", "creat"],
      'unknown command "creat"',
      "did you mean create? `k8sctl cluster --help` lists the commands",
    ],
    [
      ["state", "mv", "a", "b"],
      'unknown command "mv"',
      "objects go by kind and name; values move by `moved` (docs/deleting.md). `k8sctl state --help` lists the commands",
    ],
    [["up", "--yess"], 'unknown option "--yess"', "did you mean --yes? `k8sctl up --help` lists the options"],
    [
      ["plan", "--parallelism", "x"],
      "--parallelism x: it must be a whole number from 1 to 256",
      "`k8sctl plan --help` shows how it is called",
    ],
    [
      ["plan", "-o", "xml"],
      "--output xml: allowed choices are plain, json",
      "`k8sctl plan --help` shows how it is called",
    ],
    [["plan", "a"], "k8sctl plan takes no arguments, not 1", "`k8sctl plan --help` shows how it is called"],
    [["apply", "a", "b"], "k8sctl apply takes 1 argument, not 2", "`k8sctl apply --help` shows how it is called"],
    [["logs"], 'missing required argument "target"', "`k8sctl logs --help` shows how it is called"],
    [
      ["rollback", "x"],
      "<number> x: it must be a whole number from 1 to 1000000000",
      "`k8sctl rollback --help` shows how it is called",
    ],
    [["up", "--timeout", "10x"], "--timeout 10x: it must be", "`k8sctl up --help` shows how it is called"],
    [
      ["up", "--timeout", "25h"],
      "--timeout 25h: it must be from 1s to 24h",
      "`k8sctl up --help` shows how it is called",
    ],
    [
      ["plan", "--markdown", "--output", "json"],
      'option "--markdown" cannot be used with option "-o, --output <format>"',
      "`k8sctl plan --help` shows how it is called",
    ],
  ])("%j", async (argv, says, remedy) => {
    const run = await place().run(argv);
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain(`Error: ${says}`);
    expect(run.stderr.split("\n").slice(1)).toEqual([`  → ${remedy}`, ""]);
  });
});

test("init says what to type next, also for a folder with spaces and under npx", async () => {
  const folder = place();
  expect((await folder.run(["init", "my shop"])).stdout).toMatch(
    /\nNext: cd 'my shop' && k8sctl up --cluster embedded\n$/,
  );
  const npx = await folder.run(["init"], { env: { npm_command: "exec" } });
  expect(npx.stdout).toMatch(/\nNext: npx k8sctl up --cluster embedded\n$/);
});

test("--timeout takes durations as other tools write them, and seconds", () => {
  const seconds = (text: string): unknown => {
    const result = { exitCode: 0, options: {} };
    const up = createProgram(io, "0.0.0", result).commands.find((command) => command.name() === "up")!;
    return up.options.find(({ long }) => long === "--timeout")!.parseArg!(text, undefined);
  };
  expect(["90", "90s", "10m", "2h"].map(seconds)).toEqual([90, 90, 600, 7200]);
});
