import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type Json, ndjson } from "./command-line.ts";

export const program = fileURLToPath(new URL("../../bin/k8sctl.js", import.meta.url));

/** `k8sctl` as a process of its own, from dist. */
export interface Running {
  readonly child: ChildProcess;
  /** All that it printed on stdout so far. */
  stdout(): string;
  stderr(): string;
  /** stdout as NDJSON, whole lines only. */
  events(): Json[];
  /** Resolves when stdout fits; rejects when the process ends before that. */
  printed(pattern: RegExp): Promise<void>;
  readonly ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
}

export function start(root: string, home: string, argv: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [program, ...argv], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", HOME: home, K8SCTL_HOME: home, LANG: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  let over = false;
  const waiting = new Set<() => void>();
  const told = () => {
    for (const look of [...waiting]) look();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    told();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (exitCode, signal) => {
      over = true;
      told();
      resolve({ exitCode, signal });
    });
  });
  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    events: () => ndjson(stdout.slice(0, stdout.lastIndexOf("\n") + 1)),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(stdout)) resolve();
          else if (over) reject(new Error(`ended without ${pattern}:\n${stdout}\n${stderr}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}
