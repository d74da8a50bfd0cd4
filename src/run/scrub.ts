import type { FieldPath, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { ObjectId } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { SENSITIVE } from "../model/secrets.ts";
import { valueAt } from "../plan/body.ts";

/** Shorter values are too common to be told from other text. */
const LEAST = 4;

/** The port of a database stands beside its password in many a Secret; a message without its port explains nothing. */
function isPort(key: string | number | undefined, value: unknown): boolean {
  return /port$/i.test(String(key ?? "")) && typeof value === "string" && /^\d{1,5}$/.test(value);
}

/** Keys of what a client needs beside its password: who it is, and of what. */
const ACCOUNT = /(^|[-_.])(user(name)?|database|dbname|db)$/i;
/** The address of a Service. */
const INSIDE = /^[-a-z0-9.]+\.svc(\.cluster\.local)?$/;

/**
 * Takes known secret values out of texts that others wrote: the server's refusals quote fields, logs quote passwords.
 * The name of a user or a database that these objects carry in the open is none: a message about PostgreSQL must not
 * lose that word because a Secret has it as its user.
 */
export class Scrubber {
  readonly #values = new Set<string>();
  readonly #open: string;
  #sorted: string[] | null = null;

  /** The objects that are talked about. */
  constructor(ids: readonly ObjectId[] = []) {
    this.#open = ids.map(({ group, kind, namespace, name }) => `${group} ${kind} ${namespace} ${name}`).join("\n");
  }

  #isOpen(key: string | number | undefined, value: unknown): boolean {
    if (isPort(key, value)) return true;
    if (typeof value !== "string") return false;
    return INSIDE.test(value) || (ACCOUNT.test(String(key ?? "")) && this.#open.includes(value));
  }

  add(value: unknown): void {
    if (typeof value === "string") {
      if (value.length < LEAST) return;
      this.#values.add(value);
      this.#values.add(Buffer.from(value).toString("base64"));
      this.#sorted = null;
    } else if (Array.isArray(value)) for (const each of value) this.add(each);
    else if (isJsonObject(value))
      for (const [key, each] of Object.entries(value)) if (!this.#isOpen(key, each)) this.add(each);
  }

  /** Data of a Secret, encoded and plain. */
  addSecret(object: KubeObject): void {
    if (object.kind !== "Secret" || object.apiVersion !== "v1") return;
    this.add(object["stringData"]);
    const data = object["data"];
    if (!isJsonObject(data)) return;
    for (const [key, value] of Object.entries(data)) {
      const plain = typeof value === "string" ? Buffer.from(value, "base64").toString() : null;
      if (plain !== null && !this.#isOpen(key, plain)) this.add(plain);
    }
  }

  /** Values at the sensitive paths of a body. */
  addPaths(body: unknown, paths: readonly FieldPath[]): void {
    for (const path of paths) {
      const value = valueAt(body as Template, path);
      const plain = typeof value === "string" && path[0] === "data" ? Buffer.from(value, "base64").toString() : value;
      if (!this.#isOpen(path.at(-1), plain)) this.add(value);
    }
  }

  /** What came to stand where a sensitive unknown stood. */
  addFilled(template: unknown, filled: unknown): void {
    if (template instanceof Unknown) {
      if (template.sensitive) this.add(filled);
    } else if (Array.isArray(template) && Array.isArray(filled)) {
      for (const [index, each] of template.entries()) this.addFilled(each, filled[index]);
    } else if (isJsonObject(template) && isJsonObject(filled)) {
      for (const [key, each] of Object.entries(template)) this.addFilled(each, filled[key]);
    }
  }

  /** Longest first: one secret may contain another. */
  scrub(text: string): string {
    // Most statuses have no message at all.
    if (text.length < LEAST) return text;
    this.#sorted ??= [...this.#values].sort((a, b) => b.length - a.length);
    let clean = text;
    for (const value of this.#sorted) if (clean.includes(value)) clean = clean.replaceAll(value, SENSITIVE);
    return clean;
  }
}
