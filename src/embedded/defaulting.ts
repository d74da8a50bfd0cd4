import { asJson, type KubeObject } from "../model/objects.ts";
import { fillDefaults, normalize } from "../schema/defaults/defaults.ts";
import type { TypeResolver } from "../schema/types.ts";
import type { ServedType } from "./catalog.ts";
import { fillGoZeros } from "./go-zeros.ts";
import { dropZeros } from "./zeros.ts";

/** The object with its kind's defaults, and otherwise as Go writes it: quantities canonical, zero values left out. */
export function withDefaults(object: KubeObject, type: ServedType, types: TypeResolver): KubeObject {
  const copy = structuredClone(object);
  if (type.custom !== null) return copy;
  const root = types.rootType(object.apiVersion, object.kind);
  if (root !== null) {
    normalize(asJson(copy), root, types);
    dropZeros(asJson(copy), object.apiVersion, object.kind);
    fillGoZeros(asJson(copy), root, types);
  }
  fillDefaults(asJson(copy));
  return copy;
}
