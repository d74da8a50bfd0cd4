import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourcePosition } from "../model/errors.ts";

const OWN_CODE = ["bin", "dist", "src", "node_modules"];

/** Which files are the user's own, and how a stack of calls is read down to the first of them. */
export class UserFrames {
  readonly #root: string;
  readonly #ownPackage: string;

  constructor(root: string, ownPackage: string) {
    this.#root = root + sep;
    this.#ownPackage = ownPackage + sep;
  }

  /** Where the caller's caller ... in the user's own code stands right now; null when none of it is on the stack. */
  here(): SourcePosition | null {
    const { prepareStackTrace, stackTraceLimit } = Error;
    Error.stackTraceLimit = 40;
    Error.prepareStackTrace = (_error, sites) => this.#first(sites);
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, this.here);
    const found = holder.stack as SourcePosition | null;
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
    return found;
  }

  /** The first frame of the user's in a printed stack. */
  of(error: unknown): SourcePosition | null {
    if (!(error instanceof Error) || typeof error.stack !== "string") return null;
    for (const line of error.stack.split("\n")) {
      const match = /(?:\(|\bat |async )((?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/.exec(line);
      if (match) {
        const position = this.#position(match[1]!, Number(match[2]));
        if (position !== null) return position;
      }
    }
    return null;
  }

  /** As messages name it: relative to the project, with slashes. */
  name(file: string): string {
    return relative(this.#root, file).replaceAll("\\", "/");
  }

  #first(sites: readonly NodeJS.CallSite[]): SourcePosition | null {
    for (const site of sites) {
      const file = site.getFileName();
      const line = site.getLineNumber();
      if (!file || line === null) continue;
      const position = this.#position(file, line);
      if (position !== null) return position;
    }
    return null;
  }

  // Without a column: the loader keeps lines but not columns when it strips types.
  #position(place: string, line: number): SourcePosition | null {
    if (place.startsWith("node:")) return null;
    const file = place.startsWith("file:") ? fileURLToPath(place) : place;
    if (!this.#isUsers(file)) return null;
    return { file: this.name(file), line };
  }

  #isUsers(file: string): boolean {
    const own = file.startsWith(this.#ownPackage) ? file.slice(this.#ownPackage.length).split(sep)[0]! : null;
    // The k8sctl repository is itself a project: there its stacks are the user's files, and its code is still not.
    if (own !== null && OWN_CODE.includes(own)) return false;
    if (file.startsWith(this.#root)) return !file.slice(this.#root.length).split(sep).includes("node_modules");
    return own === null && !file.includes(`${sep}node_modules${sep}`);
  }
}
