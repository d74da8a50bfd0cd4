import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { userError } from "../model/errors.ts";
import { isJsonObject } from "../model/json.ts";
import type { Revision, RevisionContent, RevisionContentRef } from "../model/revision.ts";

/** Version of both documents (docs/adr/0007-revisions.md). Readers refuse a higher one. */
const FORMAT = 1;
const HEAD_KEY = "revision.json";
export const PART_KEY = "content.gz";

/** Bytes of one Secret: the API server refuses data over 1 MiB (API reference, Secret). */
const PART_BYTES = 700 * 1024;
/** Compressed bytes beyond which a content is not kept. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Characters of JSON beyond which the head keeps what changed, but not from what to what. */
const DETAILED_UP_TO = 200 * 1024;

/** The parts of a content as Secret data, and what the head must say of them. */
export function packContent(content: RevisionContent): { ref: RevisionContentRef; parts: string[] } {
  const bytes = gzipSync(Buffer.from(JSON.stringify({ format: FORMAT, ...content })));
  const digest = createHash("sha256").update(bytes).digest("hex");
  const parts: string[] = [];
  if (bytes.length <= MOST_BYTES) {
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      parts.push(bytes.subarray(at, at + PART_BYTES).toString("base64"));
    }
  }
  return { ref: { parts: parts.length, bytes: bytes.length, digest }, parts };
}

/** Throws UserError `revision-unreadable` where a part is missing or was changed; `name` is for the message. */
export function unpackContent(
  ref: RevisionContentRef,
  parts: readonly (string | null)[],
  name: string,
): RevisionContent {
  if (ref.parts === 0) throw unreadable(name, "its content was too large to be kept");
  if (parts.includes(null)) throw unreadable(name, "a part of its content is missing");
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part ?? "", "base64")));
  if (createHash("sha256").update(bytes).digest("hex") !== ref.digest) {
    throw unreadable(name, "its content was changed after it was written");
  }
  const { format, ...content } = JSON.parse(gunzipSync(bytes).toString());
  checkFormat(format, name);
  return content as RevisionContent;
}

export function encodeHead(revision: Revision): Record<string, string> {
  const whole = JSON.stringify({ format: FORMAT, ...revision });
  const items = revision.items.map((item) => ({ ...item, changes: [] }));
  const text = whole.length <= DETAILED_UP_TO ? whole : JSON.stringify({ format: FORMAT, ...revision, items });
  return { [HEAD_KEY]: Buffer.from(text).toString("base64") };
}

/** Throws UserError `revision-unreadable` or `revision-too-new`. */
export function decodeHead(data: Readonly<Record<string, string>>, name: string): Revision {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(data[HEAD_KEY] ?? "", "base64").toString());
  } catch (cause) {
    throw unreadable(name, "it is not a JSON document", cause);
  }
  if (!isJsonObject(document)) throw unreadable(name, "it is not a JSON document");
  const { format, ...revision } = document;
  checkFormat(format, name);
  const whole =
    Number.isInteger(revision["number"]) &&
    typeof revision["stack"] === "string" &&
    typeof revision["startedAt"] === "string" &&
    typeof revision["result"] === "string" &&
    isJsonObject(revision["by"]) &&
    isJsonObject(revision["counts"]) &&
    Array.isArray(revision["items"]);
  if (!whole) throw unreadable(name, "parts of it are missing");
  return revision as unknown as Revision;
}

function checkFormat(format: unknown, name: string): void {
  if (typeof format !== "number" || format < 1) throw unreadable(name, "it names no format");
  if (format <= FORMAT) return;
  throw userError("revision-too-new", `Secret ${name} was written by a newer k8sctl (format ${format})`, {
    remedy: "use that version of k8sctl, or a newer one",
  });
}

function unreadable(name: string, why: string, cause?: unknown): Error {
  return userError("revision-unreadable", `Secret ${name} does not hold a revision that k8sctl can read: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    remedy: "go back to another revision (`k8sctl history`); deleting the Secret takes this one out of the list",
  });
}
