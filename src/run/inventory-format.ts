import { gunzipSync, gzipSync } from "node:zlib";
import { userError } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";
import { isJsonObject } from "../model/json.ts";

/** Version of the document below (docs/adr/0002-inventory.md). Readers refuse a higher one. */
const FORMAT = 1;
const PLAIN_KEY = "inventory.json";
const GZIP_KEY = "inventory.json.gz";

/** Bytes of JSON beyond which the document is compressed: about a thousand entries stay readable by kubectl. */
const GZIP_FROM = 256 * 1024;
/** Bytes that one Secret may hold: the API server refuses data over 1 MiB (API reference, Secret). */
const LIMIT = 900 * 1024;

/** A Secret's `data`: one key, base64. Throws UserError `inventory-too-large`. */
export function encodeInventory(inventory: Inventory): Record<string, string> {
  const json = Buffer.from(JSON.stringify({ format: FORMAT, ...inventory }));
  const key = json.length > GZIP_FROM ? GZIP_KEY : PLAIN_KEY;
  const bytes = key === GZIP_KEY ? gzipSync(json) : json;
  if (bytes.length > LIMIT) {
    throw userError(
      "inventory-too-large",
      `stack ${inventory.stack} has ${inventory.entries.length} objects: its inventory takes ${bytes.length} bytes, ` +
        `and a Secret holds ${LIMIT}`,
      { remedy: "split the stack into several" },
    );
  }
  return { [key]: bytes.toString("base64") };
}

/** Throws UserError `inventory-unreadable` or `inventory-too-new`; `name` is the Secret's, for the message. */
export function decodeInventory(data: Readonly<Record<string, string>>, name: string): Inventory {
  const document = parse(data, name);
  if (typeof document["format"] !== "number" || document["format"] < 1 || !Array.isArray(document["entries"])) {
    throw unreadable(name);
  }
  if (document["format"] > FORMAT) {
    throw userError(
      "inventory-too-new",
      `Secret ${name} was written by a newer k8sctl (format ${document["format"]})`,
      {
        remedy: "use that version of k8sctl, or a newer one",
      },
    );
  }
  const { format: _, ...inventory } = document;
  return inventory as unknown as Inventory;
}

function parse(data: Readonly<Record<string, string>>, name: string): { [key: string]: unknown } {
  const packed = data[GZIP_KEY];
  const plain = data[PLAIN_KEY];
  try {
    const bytes = packed === undefined ? Buffer.from(plain ?? "", "base64") : gunzipSync(Buffer.from(packed, "base64"));
    const document: unknown = JSON.parse(bytes.toString());
    if (isJsonObject(document)) return document;
  } catch (cause) {
    throw unreadable(name, cause);
  }
  throw unreadable(name);
}

function unreadable(name: string, cause?: unknown): Error {
  return userError("inventory-unreadable", `Secret ${name} does not hold an inventory that k8sctl can read`, {
    cause,
    remedy:
      "restore the Secret from a backup, or delete it: the next up finds the objects by their label and adopts them",
  });
}
