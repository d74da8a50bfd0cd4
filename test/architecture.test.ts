import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const planted: string[] = [];

afterEach(() => {
  for (const file of planted.splice(0)) rmSync(`${root}${file}`, { force: true });
});

/** The check as CI runs it; gives its report, whether it passed or not. */
function cruise(...folders: string[]): { ok: boolean; report: string } {
  const argv = ["node_modules/dependency-cruiser/bin/dependency-cruise.mjs", ...folders];
  try {
    const report = execFileSync(process.execPath, [...argv, "--config", ".dependency-cruiser.cjs"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { ok: true, report };
  } catch (error) {
    return { ok: false, report: String((error as { stdout?: string }).stdout) };
  }
}

describe("the table of rooms", () => {
  test("holds, and the check has really read the modules", () => {
    const { ok, report } = cruise("src", "stacks", "examples");
    expect(report).toMatch(/no dependency violations found \((\d{3,}) modules/);
    expect(ok).toBe(true);
  });

  test.each([
    ["a pure room that does I/O", "src/plan", 'import "node:fs";', "pure-rooms-do-no-io"],
    ["a view that plans", "src/view", 'import "../plan/build.ts";', "room-view"],
    ["a use case that opens host", "src/run", 'import "../host/exec.ts";', "only-wire-opens-host"],
    ["CDKTF through another door", "src/host", 'import "cdktf";', "cdktf-behind-one-door"],
    ["a stack that reaches into src", "stacks", 'import "../src/model/ids.ts";', "stacks-and-examples-know-no-src"],
  ])("a planted violation is found: %s", (_name, folder, line, rule) => {
    const file = `${folder}/planted-${process.pid}.ts`;
    planted.push(file);
    writeFileSync(`${root}${file}`, `${line}\nexport {};\n`);
    const { ok, report } = cruise(folder);
    expect(ok).toBe(false);
    expect(report).toContain(rule);
  });
});
