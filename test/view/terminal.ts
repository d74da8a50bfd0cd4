import { PassThrough, Writable } from "node:stream";

/** A stream that keeps what is written to it. */
export class Recorder extends Writable {
  text = "";
  isTTY = false;
  columns = 80;
  rows = 24;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A stream whose reader has gone, as a pipe to `head` after its ten lines. */
export class BrokenPipe extends Recorder {
  override _write(_chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  }
}

/** A keyboard: `write` types. Knows raw mode, as a terminal does. */
export class Keyboard extends PassThrough {
  isTTY = true;
  raw = false;

  setRawMode(on: boolean): this {
    this.raw = on;
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
