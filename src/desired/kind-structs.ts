import { rootType } from "../schema/table.ts";
import { legacyRoot } from "./legacy-structs.ts";
import { type ResourceKind, schemaVersion } from "./resource-types.ts";

/** The struct of the type table that an object of a kind is. */
export function structOfKind(kind: ResourceKind): string {
  const legacy = legacyRoot(kind.apiVersion, kind.kind);
  if (legacy !== null) return legacy;
  const type = rootType(schemaVersion(kind), kind.kind);
  if (type?.type !== "struct") throw new Error(`the type table has no ${schemaVersion(kind)} ${kind.kind}`);
  return type.ref;
}
