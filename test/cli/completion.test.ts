import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runMain, temporaryHome } from "./command-line.ts";
import { projectYaml } from "./stacks.ts";

const home = temporaryHome();
const root = mkdtempSync(join(tmpdir(), "k8sctl-completion-"));
const scripts = new Map<string, string>();

// Names are asked of the program in the middle of a line: here it is one that prints what the real one does.
beforeAll(async () => {
  writeFileSync(join(root, "k8sctl.yaml"), projectYaml("shop", ["stacks/web.ts", "stacks/queue.ts"]));
  writeFileSync(join(root, "plan with space.json"), "{}");
  const names = await Promise.all(["clusters", "stacks"].map((what) => runMain(root, home, ["completion", what])));
  const [clusters, stacks] = names.map(({ stdout }) => stdout);
  const program = `#!/bin/sh\ncase "$2" in clusters) echo "${clusters}" ;; stacks) echo "${stacks}" ;; esac\n`;
  writeFileSync(join(root, "k8sctl"), program);
  chmodSync(join(root, "k8sctl"), 0o755);
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout } = await runMain(root, home, ["completion", shell]);
    scripts.set(shell, stdout);
    writeFileSync(join(root, `script.${shell}`), stdout);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const env = { ...process.env, PATH: `${root}${delimiter}${process.env["PATH"]}`, HOME: root };
const shellFound = (shell: string): boolean => spawnSync(shell, ["-c", ":"]).status === 0;
const options = { cwd: root, env, encoding: "utf8" } as const;

const lines: readonly (readonly [line: readonly string[], offers: readonly string[]])[] = [
  [["statu"], ["status"]],
  [
    ["cluster", "cr"],
    ["create", "credentials"],
  ],
  [["up", "--par"], ["--parallelism"]],
  [["up", "--cluster", "dev", "--ye"], ["--yes"]],
  [
    ["plan", "--output", ""],
    ["json", "plain"],
  ],
  [["up", "--cluster", ""], ["dev"]],
  [
    ["up", "--stack", ""],
    ["queue", "web"],
  ],
  [["logs", "w"], ["web"]],
  [
    ["completion", ""],
    ["bash", "fish", "zsh"],
  ],
  [["help", "val"], ["validate"]],
  [["apply", "plan"], ["plan with space.json"]],
];

describe("bash", () => {
  const complete = (words: readonly string[]): string[] =>
    execFileSync(
      "bash",
      [
        "--norc",
        "-c",
        'source script.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _k8sctl; printf "%s\\n" "${COMPREPLY[@]}"',
        "-",
        "k8sctl",
        ...words,
      ],
      options,
    )
      .split("\n")
      .filter((word) => word !== "")
      .sort();

  test.each(lines)("%j", (words, offers) => {
    expect(complete(words)).toEqual(offers);
  });

  test("an option's value behind =, which bash takes apart", () => {
    expect(complete(["up", "--cluster", "=", "d"])).toEqual(["dev"]);
    expect(complete(["up", "--cluster", "="])).toEqual(["dev"]);
  });

  test("options come where nothing else can stand, or when they are begun", () => {
    expect(complete(["up", ""])).toContain("--yes");
    expect(complete(["logs", ""])).toEqual(["queue", "web"]);
    expect(complete(["logs", "-"])).toContain("--follow");
    expect(complete(["up", "--parallelism", ""]).filter((word) => !word.startsWith("-"))).toEqual([]);
  });
});

describe.skipIf(!shellFound("fish"))("fish", () => {
  test.each(lines)("%j", (words, offers) => {
    const line = ["k8sctl", ...words].join(" ");
    const out = execFileSync("fish", ["--no-config", "-c", `source script.fish; complete -C '${line}'`], options);
    const found = out.split("\n").filter((text) => text !== "");
    expect(found.map((text) => text.split("\t")[0]!.replaceAll("\\", "")).sort()).toEqual(offers);
  });
});

// What zsh drives its line editor with needs a terminal: here only bash's function in zsh's own reading of it.
describe.skipIf(!shellFound("zsh"))("zsh", () => {
  test.each(lines)("%j", (words, offers) => {
    const script =
      'autoload -Uz compinit && compinit -u -D; source script.zsh; () { emulate -L sh; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _k8sctl; printf "%s\\n" "${COMPREPLY[@]}"; } k8sctl "$@"';
    const out = execFileSync("zsh", ["-f", "-c", script, "-", ...words], options);
    for (const offer of offers) expect(out.split("\n")).toContain(offer);
  });
});

test("nothing in the script for zsh means something else there: path is where it looks for programs", () => {
  expect(scripts.get("zsh")).not.toMatch(/\bpath=|:1:COMP_CWORD-1\}/);
});

test("for another shell is an error, and names without a project are none", async () => {
  const wrong = await runMain(root, home, ["completion", "powershell"]);
  expect(wrong.stderr).toMatch(/no completion.*\n +→ use bash, zsh or fish/);
  const nowhere = await runMain(home, home, ["completion", "stacks"]);
  expect([nowhere.exitCode, nowhere.all]).toEqual([0, ""]);
});
