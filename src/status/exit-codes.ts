/** Signals that end containers in practice (signal(7)). */
const signals: Readonly<Record<number, string>> = {
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};

/** `exit code 1`, `exit code 139 (SIGSEGV)`: a shell's 128 + n means signal n. */
export function exitWords(exitCode: number, signal: number): string {
  const name = signals[signal || exitCode - 128];
  return name === undefined ? `exit code ${exitCode}` : `exit code ${exitCode} (${name})`;
}

export function exitRemedy(exitCode: number): string {
  switch (exitCode) {
    case 0:
      return "let its command stay in the foreground, or make it a Job";
    case 126:
      return "make the command executable: the shell could not run it";
    case 127:
      return "correct the command: the shell did not find it in the image";
    case 132:
    case 135:
      return "take an image for the nodes' CPU: the program uses instructions that it does not have";
    case 134:
    case 139:
      return "the program itself broke (abort or bad memory access): see its log, and try another version of the image";
    case 137:
      return "it was killed from outside: see the node's memory, and what the container's own log last did";
    case 143:
      return "it was asked to end: see the events for who asked";
    default:
      return "see the log for why it ends";
  }
}
