import { StringDecoder } from "node:string_decoder";

/** Whole lines out of chunks of bytes; characters and lines may be split anywhere. An unfinished last line is dropped. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  push(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.filter((line) => line !== "");
  }
}
