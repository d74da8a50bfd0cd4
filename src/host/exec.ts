import { constants } from "node:os";
import { userError } from "../model/errors.ts";
import type { Exec, ExecOptions, ExecResult } from "../ports.ts";

const INSTALL: Readonly<Record<string, string>> = {
  docker: "install Docker (https://docs.docker.com/get-docker/), or use --cluster embedded, which needs none",
  kind: "install kind (https://kind.sigs.k8s.io/docs/user/quick-start/#installation), or use --cluster embedded, which needs none",
};

/** A program that was asked to end gets this long before it is killed. */
const GRACE_MS = 5_000;

/**
 * Programs in a process group of their own: the terminal's Ctrl-C does not reach them. `env` is added to ours. An exit
 * code is a result, not an error; a signal gives 128 + its number, as shells say it. Throws UserError `program-missing`
 * and `program-timeout`, and the signal's reason.
 */
export const systemExec: Exec = { run };

async function run(argv: readonly [string, ...string[]], options: ExecOptions = {}): Promise<ExecResult> {
  const [program, ...args] = argv;
  const { onLine, signal, timeoutMs } = options;
  signal?.throwIfAborted();
  // Loaded here: most commands run no program, and execa costs 90 ms.
  const { execa } = await import("execa");
  const child = execa(program, args, {
    reject: false,
    detached: true,
    windowsHide: true,
    maxBuffer: 64 * 1024 * 1024,
    stdout: onLine === undefined ? "pipe" : teller(onLine, "stdout"),
    stderr: onLine === undefined ? "pipe" : teller(onLine, "stderr"),
    ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  let timedOut = false;
  const stop = () => endGroup(child.pid);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, timeoutMs);
  signal?.addEventListener("abort", stop, { once: true });
  const result = await child;
  clearTimeout(timer);
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (timedOut) {
    throw userError("program-timeout", `\`${argv.join(" ")}\` did not end within ${timeoutMs! / 1000} s`);
  }
  if (result.exitCode === undefined && result.signal === undefined) throw notStarted(program, result);
  const exitCode = result.exitCode ?? 128 + (constants.signals[result.signal!] ?? 0);
  return { exitCode, stdout: textOf(result.stdout), stderr: textOf(result.stderr) };
}

function teller(onLine: NonNullable<ExecOptions["onLine"]>, stream: "stdout" | "stderr") {
  return function* (line: unknown) {
    onLine(String(line), stream);
    yield line;
  };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  const send = (name: NodeJS.Signals) => {
    try {
      process.kill(process.platform === "win32" ? pid : -pid, name);
    } catch {
      // It has ended meanwhile.
    }
  };
  send("SIGTERM");
  setTimeout(() => send("SIGKILL"), GRACE_MS).unref();
}

function notStarted(program: string, result: { code?: string; cause?: unknown; message?: string }) {
  if (result.code === "ENOENT" || result.code === "EACCES") {
    const why = result.code === "ENOENT" ? "is not installed, or not on the PATH" : "may not be executed";
    const remedy = INSTALL[program] ?? `install ${program} and put it on the PATH`;
    return userError("program-missing", `${program} ${why}`, { remedy, cause: result.cause });
  }
  return userError("program-failed", `${program} cannot be started (${result.message ?? "unknown reason"})`, {
    cause: result.cause,
  });
}

function textOf(output: unknown): string {
  return typeof output === "string" ? output : "";
}
