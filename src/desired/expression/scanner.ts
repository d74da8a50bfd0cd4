import { syntaxError } from "./syntax.ts";

const identifier = /[\p{L}_][\p{L}\p{N}_-]*/uy;
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const blank = /(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const operators = ["...", "&&", "||", "==", "!=", "<=", ">=", "=>"];

/** A position in expression text. Newlines count as blanks: every construct we read ends by its own bracket. */
export class Scanner {
  readonly text: string;
  at: number;
  /** The blanks that were skipped last. */
  #skipped = { to: -1, text: "" };

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  get done(): boolean {
    this.skipBlanks();
    return this.at >= this.text.length;
  }

  skipBlanks(): void {
    blank.lastIndex = this.at;
    const skipped = blank.exec(this.text)?.[0] ?? "";
    if (skipped === "") return;
    this.at += skipped.length;
    this.#skipped = { to: this.at, text: skipped };
  }

  /** Whether a line has ended before what comes next. */
  afterNewline(): boolean {
    this.skipBlanks();
    const { to, text } = this.#skipped;
    return to === this.at && text.replaceAll(/\/\*[\s\S]*?\*\//g, "").includes("\n");
  }

  /** The next operator or bracket without taking it; "" at an operand or the end. */
  peek(): string {
    this.skipBlanks();
    for (const operator of operators) if (this.text.startsWith(operator, this.at)) return operator;
    const char = this.text[this.at] ?? "";
    return /[\p{L}\p{N}_]/u.test(char) ? "" : char;
  }

  /** Takes `token` when it stands next. */
  take(token: string): boolean {
    if (this.peek() !== token) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.unexpected(`expected "${token}"`);
  }

  identifier(): string | null {
    this.skipBlanks();
    return this.match(identifier);
  }

  peekIdentifier(): string | null {
    const start = this.at;
    const name = this.identifier();
    this.at = start;
    return name;
  }

  keyword(word: string): boolean {
    if (this.peekIdentifier() !== word) return false;
    this.identifier();
    return true;
  }

  number(): string | null {
    this.skipBlanks();
    return this.match(number);
  }

  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  unexpected(what: string): Error {
    const rest = this.text.slice(this.at, this.at + 20);
    return syntaxError(`${what}, found ${rest === "" ? "the end" : JSON.stringify(rest)}`);
  }
}
