import { StringDecoder } from "node:string_decoder";

/**
 * Whole lines out of chunks of bytes; characters and lines may be split anywhere. Of a line that goes on for ever no
 * more than `longest` characters are gathered while its end is awaited.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #longest: number;
  #rest = "";

  constructor(longest = Number.POSITIVE_INFINITY) {
    this.#longest = longest;
  }

  push(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, this.#longest);
    return lines.filter((line) => line !== "");
  }

  /** What came after the last end of a line. */
  rest(): string {
    return this.#rest + this.#decoder.end();
  }
}
