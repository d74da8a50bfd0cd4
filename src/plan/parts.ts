import { createHash } from "node:crypto";
import type { ObjectId } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";

/** The API server takes 128 characters (API reference, "fieldManager"). */
const LONGEST = 128;

/** The field manager that applies an object or a part of one (docs/adr/0004-parts.md). */
export function managerOf(fieldManager: string, id: ObjectId): string {
  const { part } = id;
  if (part === undefined) return fieldManager;
  if (part.startsWith("manager:")) return part.slice("manager:".length);
  const name = `${fieldManager}/${part}`;
  if (name.length <= LONGEST) return name;
  return `${fieldManager}/${createHash("sha256").update(part).digest("hex").slice(0, 32)}`.slice(-LONGEST);
}

/** Whether a manager has applied something to an object and still holds it. */
export function hasApplied(live: KubeObject, manager: string): boolean {
  return (live.metadata.managedFields ?? []).some((e) => e.manager === manager && e.operation === "Apply");
}

/** What is applied in place of a part that goes: nothing, to this very object. Its fields go with it. */
export function emptyPart(live: KubeObject): KubeObject {
  const { namespace, name, uid } = live.metadata;
  const { apiVersion, kind } = live;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) },
  };
}
