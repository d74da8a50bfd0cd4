import type { ObjectId } from "../../model/ids.ts";
import type { Line } from "../line.ts";
import type { LogReader } from "../log-reader.ts";

/** As many as a person scrolls back. */
const MOST_LINES = 2_000;

/** The logs of one object, followed while its pane is open. */
export class LogPane {
  readonly #read: LogReader;
  #lines: Line[] = [];
  #following: { readonly object: string; readonly controller: AbortController } | null = null;

  constructor(read: LogReader) {
    this.#read = read;
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Follows this object and no other; null: none. */
  show(object: { readonly key: string; readonly id: ObjectId } | null): void {
    if (this.#following?.object === object?.key) return;
    this.#following?.controller.abort();
    this.#following = null;
    this.#lines = [];
    if (object === null) return;
    const controller = new AbortController();
    this.#following = { object: object.key, controller };
    const add = (text: string): void => {
      if (controller.signal.aborted) return;
      this.#lines.push([text]);
      if (this.#lines.length > MOST_LINES) this.#lines.splice(0, this.#lines.length - MOST_LINES);
    };
    this.#read(object.id, add, controller.signal);
  }
}
