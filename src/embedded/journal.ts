import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { Refusal } from "./failures.ts";
import type { MemoryStore } from "./memory-store.ts";
import { serialized } from "./serialized.ts";
import type { StoreEvent } from "./store.ts";

/** A commit, or an object of a snapshot; one JSON value a line. `object` null: it was removed. */
interface Entry {
  readonly v: number;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: KubeObject | null;
}

const sync = promisify(fdatasync);

/** The journal is written anew when it is this long and mostly history. */
const compactBytes = 16 * 1024 * 1024;

/**
 * Keeps the store on disk: each commit is a line, written before it is visible, so that a killed process loses nothing
 * that it acknowledged; `settled` also waits for the disk, so that a machine that loses power does not either.
 */
export class Journal {
  readonly #path: string;
  #file: number;
  #length: number;
  #dirty = false;
  #syncing: Promise<void> | null = null;
  #floor = 0;

  /** Opens or makes `journal.ndjson` in the folder and fills the store from it. A torn last line was never acknowledged. */
  constructor(folder: string, store: MemoryStore) {
    this.#path = join(folder, "journal.ndjson");
    const text = existsSync(this.#path) ? readFileSync(this.#path) : Buffer.alloc(0);
    const whole = text.lastIndexOf(0x0a) + 1;
    for (const line of text.subarray(0, whole).toString().split("\n")) if (line !== "") restoreLine(line, store);
    this.#file = openSync(this.#path, "a+", 0o600);
    if (whole < text.length) ftruncateSync(this.#file, whole);
    this.#length = whole;
    this.#floor = whole;
  }

  /** Writes a commit. When the disk refuses it, nothing of it stays. Throws Refusal 500 with the disk's reason. */
  append(event: StoreEvent, version: number): void {
    const { namespace = "", name } = event.object.metadata;
    const { group, kind } = event.resource;
    const head = JSON.stringify({ v: version, group, kind, namespace, name }).slice(0, -1);
    const object = event.type === "DELETED" ? "null" : serialized(event.object);
    const line = Buffer.from(`${head},"object":${object}}\n`);
    try {
      for (let written = 0; written < line.length; ) written += writeSync(this.#file, line, written);
    } catch (error) {
      this.#takeBack();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Refusal(500, "InternalError", `the embedded cluster cannot store its state: ${reason}`, {}, [
        { message: reason },
      ]);
    }
    this.#length += line.length;
    this.#dirty = true;
  }

  /** Resolves when everything written until now is on the disk. Calls at one time share the work. */
  async settled(): Promise<void> {
    while (this.#dirty) {
      this.#syncing ??= this.#flush();
      await this.#syncing;
    }
  }

  /** Writes the store's present state in place of its history, when there is much history. */
  compactIfLong(store: MemoryStore): void {
    if (this.#length < compactBytes || this.#length < 2 * this.#floor) return;
    const next = `${this.#path}.next`;
    const file = openSync(next, "w", 0o600);
    let length = 0;
    try {
      const version = store.resourceVersion();
      for (const { group, kind, object } of store.everything()) {
        const { namespace = "", name } = object.metadata;
        const head = JSON.stringify({ v: version, group, kind, namespace, name }).slice(0, -1);
        const line = Buffer.from(`${head},"object":${serialized(object)}}\n`);
        for (let written = 0; written < line.length; ) written += writeSync(file, line, written);
        length += line.length;
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, this.#path);
    const former = this.#file;
    this.#file = openSync(this.#path, "a+", 0o600);
    // Somebody may be waiting for the disk just now: closed in the middle of it, the file would fail that write.
    const close = (): void => closeSync(former);
    if (this.#syncing === null) close();
    else this.#syncing.then(close, close);
    this.#length = length;
    this.#floor = length;
  }

  close(): void {
    closeSync(this.#file);
  }

  async #flush(): Promise<void> {
    this.#dirty = false;
    try {
      await sync(this.#file);
    } finally {
      this.#syncing = null;
    }
  }

  #takeBack(): void {
    try {
      ftruncateSync(this.#file, this.#length);
    } catch {
      // A torn line at the end is dropped by the next start.
    }
  }
}

function restoreLine(line: string, store: MemoryStore): void {
  const entry: unknown = JSON.parse(line);
  if (!isJsonObject(entry)) return;
  const { v, group, kind, namespace, name, object } = entry as unknown as Entry;
  store.restore({ group, kind }, { namespace, name }, object, v);
}
