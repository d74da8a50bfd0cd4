import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemExec } from "../../src/host/exec.ts";

const node = (script: string): [string, ...string[]] => [process.execPath, "-e", script];

const noProgram = join(mkdtempSync(join(tmpdir(), "k8sctl-exec-")), "text");
writeFileSync(noProgram, "text", { mode: 0o644 });

describe("programs", () => {
  test("get their arguments, input and environment as they are", async () => {
    const script =
      "process.stdin.on('data', d => console.log(process.argv[1], process.env.X, process.env.PATH.length > 0, String(d)))";
    const result = await systemExec.run([...node(script), "a b; $HOME"], { input: "in", env: { X: "y" } });
    expect(result).toEqual({ exitCode: 0, stdout: "a b; $HOME y true in", stderr: "" });
  });

  test("end with an exit code that is a result, and a signal as shells count it", async () => {
    expect((await systemExec.run(node("process.exit(7)"))).exitCode).toBe(7);
    expect((await systemExec.run(node("process.kill(process.pid, 'SIGKILL')"))).exitCode).toBe(137);
  });

  test("are heard line by line", async () => {
    const lines: string[] = [];
    const script = "process.stdout.write('a\\nb'); process.stderr.write('c\\n'); process.stdout.write('!\\n')";
    await systemExec.run(node(script), { onLine: (line, stream) => lines.push(`${stream} ${line}`) });
    expect(lines.sort()).toEqual(["stderr c", "stdout a", "stdout b!"]);
  });

  test("do not share our process group: the terminal's Ctrl-C does not reach them", async () => {
    const { stdout } = await systemExec.run([
      "sh",
      "-c",
      "ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat",
    ]);
    const ours = readFileSync("/proc/self/stat", "utf8").split(" ")[4];
    expect(stdout.trim()).not.toBe(ours);
  });

  test.each([
    ["is not there", "no-such-program-here", "program-missing", "put it on the PATH"],
    ["may not be executed", noProgram, "program-missing", "install"],
  ])("that %s is a UserError", async (_, program, code, remedy) => {
    await expect(systemExec.run([program])).rejects.toMatchObject({
      problems: [{ code, remedy: expect.stringContaining(remedy) }],
    });
  });

  test("that take too long are ended with their children", async () => {
    const script =
      "require('child_process').spawn(process.execPath, ['-e', 'setInterval(()=>{},1e3)'], {stdio: 'inherit'}); setInterval(()=>{},1e3)";
    await expect(systemExec.run(node(script), { timeoutMs: 300 })).rejects.toMatchObject({
      problems: [{ code: "program-timeout" }],
    });
  });

  test("are ended by the signal, with its reason", async () => {
    const abort = new AbortController();
    const run = systemExec.run(node("console.log('up'); setInterval(()=>{},1e3)"), {
      signal: abort.signal,
      onLine: () => abort.abort(new Error("enough")),
    });
    await expect(run).rejects.toThrow("enough");
  });
});
