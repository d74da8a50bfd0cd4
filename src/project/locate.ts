import { type Document, isCollection, isMap, isNode, isScalar, type LineCounter } from "yaml";
import type { SourcePosition } from "../model/errors.ts";

export type Path = readonly (string | number)[];

/** Finds places in a parsed YAML text. */
export class Locator {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #file: string;

  constructor(document: Document, lines: LineCounter, file: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
  }

  at(offset: number): SourcePosition {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Where the value at `path` stands; of the nearest parent where it does not exist. */
  value(path: Path): SourcePosition {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.at(node.range[0]);
    }
    return this.at(0);
  }

  /** Where the key `path.at(-1)` stands. */
  key(path: Path): SourcePosition {
    const parent = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    if (isMap(parent)) {
      for (const pair of parent.items) {
        if (isScalar(pair.key) && String(pair.key.value) === String(path.at(-1)) && pair.key.range) {
          return this.at(pair.key.range[0]);
        }
      }
    }
    return this.value(path);
  }

  /** `/stacks/0/file` as steps; indexes become numbers where the parent is a list. */
  path(pointer: string): Path {
    const path: (string | number)[] = [];
    for (const raw of pointer.split("/").slice(1)) {
      const step = raw.replaceAll("~1", "/").replaceAll("~0", "~");
      const parent = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
      path.push(isCollection(parent) && !isMap(parent) ? Number(step) : step);
    }
    return path;
  }
}
