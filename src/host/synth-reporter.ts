import { writeSync } from "node:fs";
import { type Problem, UserError } from "../model/errors.ts";
import { optionProblems } from "./option-problems.ts";
import { stackProblem, thrownProblem } from "./stack-problems.ts";
import { ANSWER_FD, type StackRequest, type SynthMessage, type SynthRequest } from "./synth-protocol.ts";
import type { UserFrames } from "./user-frames.ts";

type Step = Extract<SynthMessage, { type: "doing" }>["step"];

const reallyExit = process.exit.bind(process);

/** The child's side of the talk: says what it is doing and how it ended, also when user code ends the process itself. */
export class SynthReporter {
  readonly #request: SynthRequest;
  readonly #frames: UserFrames;
  #current: StackRequest;
  #finished = false;
  /** In the order in which they came; the same one of two stacks (a file that both import) is told once. */
  readonly #problems = new Map<string, Problem>();

  constructor(request: SynthRequest, frames: UserFrames) {
    this.#request = request;
    this.#frames = frames;
    this.#current = request.stacks[0]!;
  }

  doing(step: Step, stack: StackRequest): void {
    this.#current = stack;
    this.#say({ type: "doing", step, stack: stack.name });
  }

  finish(message: SynthMessage): never {
    this.#finished = true;
    this.#say(message);
    // Timers and sockets that user code left open must not hold the run.
    return reallyExit(0);
  }

  /** Keeps what is wrong, so that other stacks can still say theirs: a UserError's problems, or what came out of the code of the stack in hand. */
  note(error: unknown): void {
    const problems =
      error instanceof UserError
        ? error.problems
        : (optionProblems(error, this.#current, this.#frames) ?? [
            thrownProblem(error, this.#current, this.#request.root, this.#frames),
          ]);
    for (const problem of problems) this.#problems.set(JSON.stringify(problem), problem);
  }

  /** Ends with this and all that was noted. */
  fail(error: unknown): never {
    this.note(error);
    return this.#failed();
  }

  /** Ends where anything was noted. */
  failIfNoted(): void {
    if (this.#problems.size > 0) this.#failed();
  }

  #failed(): never {
    return this.finish({ type: "failed", problems: [...this.#problems.values()] });
  }

  guardProcess(): void {
    process.exit = ((code?: number) => {
      const position = this.#frames.here() ?? { file: this.#current.file, line: 1 };
      const message = `the stack file called process.exit(${code ?? ""})`;
      return this.fail(new UserError(stackProblem("stack-exits", message, position, "throw an Error instead")));
    }) as typeof process.exit;
    // Nothing is left to happen, and still there is no end: the file awaits what nobody settles.
    process.on("beforeExit", () => {
      if (this.#finished) return;
      const message = "waits for a promise that is never settled";
      const position = { file: this.#current.file, line: 1 };
      this.fail(new UserError(stackProblem("stack-never-returned", message, position, "settle what the file awaits")));
    });
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      process.on(event, (error: unknown) => {
        if (!this.#finished) this.fail(error);
      });
    }
  }

  #say(message: SynthMessage): void {
    const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(ANSWER_FD, bytes, sent);
  }
}
