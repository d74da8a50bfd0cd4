import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** A program that runs in the background until it is killed, or this process ends. */
export class Daemon {
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #log: string;
  readonly #atExit = () => this.#child?.kill("SIGKILL");
  #child: ChildProcess | null = null;
  #ended: Promise<number | null> = Promise.resolve(null);
  #killed = false;

  /** Its output goes to a file in `folder`. */
  constructor(folder: string, program: string, args: readonly string[]) {
    this.#program = program;
    this.#args = args;
    this.#log = join(folder, `${basename(program)}.log`);
  }

  start(): void {
    const log = openSync(this.#log, "a", 0o600);
    const child = spawn(this.#program, this.#args, { stdio: ["ignore", log, log] });
    closeSync(log);
    this.#killed = false;
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once("exit", resolve);
      child.once("error", () => resolve(null));
    });
    process.on("exit", this.#atExit);
  }

  /** Rejects when the program ends of itself, with the end of its log. */
  async failed(): Promise<never> {
    const code = await this.#ended;
    if (this.#killed) return new Promise<never>(() => undefined);
    const log = readFileSync(this.#log, "utf8").slice(-4000);
    throw new Error(`${basename(this.#program)} ended with ${code}:\n${log}`);
  }

  async kill(): Promise<void> {
    this.#killed = true;
    process.off("exit", this.#atExit);
    if (this.#child?.exitCode === null && this.#child.kill("SIGKILL")) await this.#ended;
    this.#child = null;
  }
}

/** Ports of the loopback address that nobody listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Resolves when something listens on the port of the loopback address. */
export async function portAnswers(port: number): Promise<void> {
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (answered) return;
    await setTimeout(20);
  }
}
