import type { StructType } from "../schema/types.ts";

/** Types that the servers of today no longer serve. */
const structs: ReadonlyMap<string, StructType> = new Map();

export function legacyStruct(ref: string): StructType | null {
  return structs.get(ref) ?? null;
}

export function legacyRoot(_apiVersion: string, _kind: string): string | null {
  return null;
}
