import { isAbsolute, join } from "node:path";
import { userError } from "../model/errors.ts";
import type { Entry } from "./kubeconfig.ts";

/** Path -> text of the files that a kubeconfig refers to; null where one does not exist. */
export type FileTexts = ReadonlyMap<string, string | null>;

/** A PEM text given inline (`<field>-data`, base64) or by file; null where neither is there. */
export function pemOf(entry: Entry, field: string, files: FileTexts): string | null {
  const inline = entry.body[`${field}-data`];
  if (typeof inline === "string" && inline !== "") return decoded(entry, `${field}-data`, inline);
  const text = fileOf(entry, field, files);
  if (text === null || text.includes("-----BEGIN ")) return text;
  throw userError("kubeconfig-pem", `${field} of "${entry.name}" is not a PEM file: ${String(entry.body[field])}`, {
    position: entry.position(field),
    remedy: "it must begin with -----BEGIN",
  });
}

/** The text of the file that a field names; null where the field is absent. */
export function fileOf(entry: Entry, field: string, files: FileTexts): string | null {
  const path = entry.body[field];
  if (typeof path !== "string" || path === "") return null;
  const text = files.get(isAbsolute(path) ? path : join(entry.folder, path)) ?? null;
  if (text !== null) return text;
  throw userError("kubeconfig-file", `${field} of "${entry.name}" names a file that does not exist: ${path}`, {
    position: entry.position(field),
    remedy: "log in again, or correct the path (it is relative to the kubeconfig's own folder)",
  });
}

function decoded(entry: Entry, field: string, base64: string): string {
  const compact = base64.replace(/\s+/g, "");
  const text = /^[A-Za-z0-9+/]*={0,2}$/.test(compact) ? Buffer.from(compact, "base64").toString("utf8") : "";
  if (text.includes("-----BEGIN ")) return text;
  throw userError("kubeconfig-base64", `${field} of "${entry.name}" is not a base64-encoded PEM text`, {
    position: entry.position(field),
    remedy: "copy the value again, whole; it begins with LS0tLS1CRUdJTi",
  });
}
