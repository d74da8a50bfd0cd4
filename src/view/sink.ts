import type { Writable } from "node:stream";

/** Where a view writes. Once the reader has gone (`| head`), text is dropped and the run goes on. */
export interface Sink {
  write(text: string): void;
  /** Resolves when everything written so far has left this process, or nobody reads it any more. */
  flush(): Promise<void>;
  readonly closed: boolean;
}

/** A thousand objects are told in three thousand lines, and a write for each costs as much as sending the objects. */
const GATHER_MS = 20;

const sinks = new WeakMap<Writable, Sink>();

/** One sink per stream; it listens for errors for good, because a late EPIPE without a listener ends the process. */
export function sinkOf(stream: Writable): Sink {
  const known = sinks.get(stream);
  if (known !== undefined) return known;
  let closed = false;
  let gathering: NodeJS.Timeout | null = null;
  stream.on("error", () => {
    closed = true;
  });
  const gather = (): void => {
    if (gathering !== null) return;
    // Not a text of our own: what others write to the stream keeps its place between our lines.
    stream.cork();
    gathering = setTimeout(release, GATHER_MS);
  };
  const release = (): void => {
    if (gathering === null) return;
    clearTimeout(gathering);
    gathering = null;
    stream.uncork();
  };
  const sink: Sink = {
    write(text) {
      if (closed || stream.destroyed) return;
      gather();
      stream.write(text);
    },
    flush() {
      release();
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
