import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** One run of a program, as a whole process. Memory and CPU are 0 and the child's time is null where there is no /proc. */
export interface ProcessRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly ms: number;
  /** Largest sum over the process and its children at one moment. Pages that both map count twice. */
  readonly peakRssBytes: number;
  /** User and system time of the process and its children, to a clock tick. */
  readonly cpuMs: number;
  /** From the first to the last moment that a child was seen: the child is the synthesis. */
  readonly childMs: number | null;
}

const SAMPLE_MS = 5;
const PAGE_BYTES = 4096;
const TICK_MS = 10;

interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `node ...args`, sampling the process and its children. Rejects when it cannot be started. */
export function runNode(args: readonly string[], options: RunOptions): Promise<ProcessRun> {
  return runProgram(process.execPath, args, options);
}

/** The same of any program. */
export function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<ProcessRun> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...plainEnvironment(), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    const sampler = new Sampler(child.pid ?? 0);
    const timer = setInterval(() => sampler.take(), SAMPLE_MS);
    child.on("error", reject);
    child.on("exit", () => clearInterval(timer));
    let ms = 0;
    child.on("exit", () => {
      ms = performance.now() - started;
    });
    child.on("close", (exitCode) => {
      const failed = exitCode !== 0 && exitCode !== 2;
      if (failed) process.stderr.write(`${args.join(" ")}: exit code ${exitCode}\n${Buffer.concat(errors)}\n`);
      const stdout = Buffer.concat(chunks).toString();
      resolve({ exitCode: exitCode ?? -1, stdout, ms, ...sampler.result() });
    });
  });
}

/** NODE_EXTRA_CA_CERTS costs each Node process 35 ms, NODE_OPTIONS may cost anything: neither is ours to measure. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;
  return env;
}

class Sampler {
  readonly #pid: number;
  readonly #cpuMs = new Map<number, number>();
  #peak = 0;
  #firstChild: number | null = null;
  #lastChild: number | null = null;

  constructor(pid: number) {
    this.#pid = pid;
  }

  take(): void {
    const now = performance.now();
    const children = childrenOf(this.#pid);
    if (children.length > 0) {
      this.#firstChild ??= now;
      this.#lastChild = now;
    }
    let sum = 0;
    for (const pid of [this.#pid, ...children]) {
      const usage = usageOf(pid);
      if (usage === null) continue;
      sum += usage.rssBytes;
      this.#cpuMs.set(pid, usage.cpuMs);
    }
    this.#peak = Math.max(this.#peak, sum);
  }

  result(): Pick<ProcessRun, "peakRssBytes" | "cpuMs" | "childMs"> {
    const cpuMs = [...this.#cpuMs.values()].reduce((a, b) => a + b, 0);
    const childMs = this.#firstChild === null || this.#lastChild === null ? null : this.#lastChild - this.#firstChild;
    return { peakRssBytes: this.#peak, cpuMs, childMs };
  }
}

/** Children and theirs. */
function childrenOf(pid: number): number[] {
  const direct = (read(`/proc/${pid}/task/${pid}/children`) ?? "").split(" ").filter(Boolean).map(Number);
  return direct.flatMap((child) => [child, ...childrenOf(child)]);
}

/** Fields of /proc/PID/stat after the name in parentheses, which may hold blanks (proc_pid_stat(5)). */
function usageOf(pid: number): { rssBytes: number; cpuMs: number } | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user = "0", system = "0"] = fields.slice(11, 13);
  return { rssBytes: Number(fields[21] ?? 0) * PAGE_BYTES, cpuMs: (Number(user) + Number(system)) * TICK_MS };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
