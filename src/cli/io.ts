/** What a run of the CLI sees of its process. Tests give their own; `bin` gives the real one. */
export interface CliIo {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream | NodeJS.ReadableStream;
  readonly stdout: NodeJS.WriteStream | NodeJS.WritableStream;
  readonly stderr: NodeJS.WriteStream | NodeJS.WritableStream;
  /** Calls back on each Ctrl-C, SIGTERM and SIGHUP (a closed terminal); returns the unsubscribe. */
  onInterrupt(listener: () => void): () => void;
}

export function isTerminal(stream: unknown): boolean {
  return (stream as { isTTY?: boolean }).isTTY === true;
}

export function columnsOf(stream: unknown): number {
  return (stream as { columns?: number }).columns ?? 80;
}

const INTERRUPTS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function processIo(): CliIo {
  return {
    argv: process.argv.slice(2),
    cwd: process.cwd(),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onInterrupt(listener) {
      for (const signal of INTERRUPTS) process.on(signal, listener);
      return () => {
        for (const signal of INTERRUPTS) process.off(signal, listener);
      };
    },
  };
}
