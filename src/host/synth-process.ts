import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type Problem, UserError } from "../model/errors.ts";
import type { Project } from "../model/project.ts";
import { ownPackageRoot, runsFromSource } from "./own-package.ts";
import type { StackRequest, SynthMessage, SynthRequest } from "./synth-protocol.ts";

export interface SynthSettings {
  readonly timeoutMs: number;
  /** A line that user code printed, on stdout or stderr. */
  readonly onPrint: (line: string) => void;
}

type Done = Extract<SynthMessage, { type: "done" }>;
type Doing = Extract<SynthMessage, { type: "doing" }>;

/** Runs the stack files in a child of its own. Throws UserError for everything that user code can do wrong. */
export async function runSynthProcess(
  project: Project,
  stacks: readonly StackRequest[],
  settings: SynthSettings,
  signal: AbortSignal | undefined,
): Promise<Pick<Done, "stacks" | "warnings">> {
  const scratch = mkdtempSync(join(tmpdir(), "k8sctl-synth-"));
  try {
    const request: SynthRequest = {
      root: project.root,
      ownPackage: ownPackageRoot(),
      cacheFolder: cacheFolder(project.root),
      scratchFolder: scratch,
      stacks,
    };
    const ending = await talk(request, settings, signal);
    return answerOf(ending, request, settings);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** For stripped TypeScript. Not in the shared temporary folder: what lies there is run as code. */
function cacheFolder(root: string): string {
  const modules = join(root, "node_modules");
  if (existsSync(modules)) return join(modules, ".cache/k8sctl");
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "k8sctl/stacks");
}

interface Ending {
  readonly messages: readonly SynthMessage[];
  readonly timedOut: boolean;
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  /** The last that it printed on stderr: where Node says that memory ran out. */
  readonly stderrTail: string;
}

function childArguments(ownPackage: string): string[] {
  if (!runsFromSource()) return [join(ownPackage, "dist/host/synth-child.js")];
  const jiti = createRequire(import.meta.url).resolve("jiti/package.json");
  return [join(jiti, "../lib/jiti-cli.mjs"), join(ownPackage, "src/host/synth-child.ts")];
}

function talk(request: SynthRequest, settings: SynthSettings, signal: AbortSignal | undefined): Promise<Ending> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(process.execPath, childArguments(request.ownPackage), {
      cwd: request.root,
      // Its own process group: a Ctrl-C reaches us, and we decide what becomes of it.
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    let answer = "";
    let stderrTail = "";
    let timedOut = false;
    const kill = (): void => {
      // The group, so that programs which user code started go too.
      try {
        if (child.pid !== undefined) process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
      } catch {
        child.kill("SIGKILL");
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, settings.timeoutMs);
    signal?.addEventListener("abort", kill, { once: true });

    const question = child.stdio[3] as NodeJS.WritableStream;
    question.on("error", () => {});
    question.end(JSON.stringify(request));
    const replies = child.stdio[4] as NodeJS.ReadableStream;
    replies.setEncoding("utf8");
    replies.on("data", (text: string) => {
      answer += text;
    });
    eachLine(child.stdout!, settings.onPrint);
    eachLine(child.stderr!, (line) => {
      stderrTail = `${stderrTail}${line}\n`.slice(-4000);
      settings.onPrint(line);
    });
    child.on("error", reject);
    child.on("close", (exitCode, killedBy) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", kill);
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const whole = answer
        .slice(0, answer.lastIndexOf("\n") + 1)
        .split("\n")
        .slice(0, -1);
      resolve({ messages: whole.map((l) => JSON.parse(l) as SynthMessage), timedOut, exitCode, killedBy, stderrTail });
    });
  });
}

function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line);
  });
  stream.on("end", () => {
    if (rest !== "") take(rest);
  });
}

function answerOf(ending: Ending, request: SynthRequest, settings: SynthSettings): Pick<Done, "stacks" | "warnings"> {
  const last = ending.messages.at(-1);
  if (last?.type === "done") return last;
  if (last?.type === "failed") throw new UserError(last.problems);
  const doing = ending.messages.findLast((m): m is Doing => m.type === "doing");
  if (doing === undefined && !ending.timedOut) {
    throw new Error(`the synth process ended before it began (exit ${ending.exitCode}): ${ending.stderrTail}`);
  }
  const { step, stack: name } = doing ?? { step: "load", stack: request.stacks[0]!.name };
  const stack = request.stacks.find((s) => s.name === name)!;
  throw new UserError(endingProblem(ending, STEPS[step], stack, settings.timeoutMs));
}

const STEPS: Readonly<Record<Doing["step"], string>> = {
  load: "loading the file",
  construct: "its constructor",
  synthesize: "synthesizing it",
};

function endingProblem(ending: Ending, step: string, stack: StackRequest, timeoutMs: number): Problem {
  const common = { position: { file: stack.file, line: 1 }, severity: "error" as const };
  if (ending.timedOut) {
    return {
      ...common,
      code: "stack-never-returned",
      message: `${step} did not return within ${timeoutMs / 1000} s`,
      remedy: "look for an endless loop or an await that hangs, or give it time with K8SCTL_SYNTH_TIMEOUT=seconds",
    };
  }
  if (/heap out of memory|Reached heap limit/.test(ending.stderrTail)) {
    return {
      ...common,
      code: "stack-out-of-memory",
      message: `${step} ran out of memory`,
      remedy: "look for a loop that makes ever more, or allow more with NODE_OPTIONS=--max-old-space-size=4096",
    };
  }
  const how = ending.killedBy === null ? `exit code ${ending.exitCode}` : `signal ${ending.killedBy}`;
  return {
    ...common,
    code: "stack-crashed",
    message: `the process ended in the middle of ${step} (${how})`,
    remedy: "see what it printed above; run it again with the stack alone by --stack",
  };
}
