import type { Writable } from "node:stream";

/** Where a view writes. Once the reader has gone (`| head`), text is dropped and the run goes on. */
export interface Sink {
  write(text: string): void;
  /** Resolves when everything written so far has left this process, or nobody reads it any more. */
  flush(): Promise<void>;
  readonly closed: boolean;
}

const sinks = new WeakMap<Writable, Sink>();

/** One sink per stream; it listens for errors for good, because a late EPIPE without a listener ends the process. */
export function sinkOf(stream: Writable): Sink {
  const known = sinks.get(stream);
  if (known !== undefined) return known;
  let closed = false;
  stream.on("error", () => {
    closed = true;
  });
  const sink: Sink = {
    write(text) {
      if (!closed && !stream.destroyed) stream.write(text);
    },
    flush() {
      if (closed || stream.destroyed) return Promise.resolve();
      return new Promise((resolve) => {
        stream.write("", () => resolve());
      });
    },
    get closed() {
      return closed || stream.destroyed;
    },
  };
  sinks.set(stream, sink);
  return sink;
}
