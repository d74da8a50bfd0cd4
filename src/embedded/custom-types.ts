import { builtinTypes } from "../schema/table.ts";
import type { TypeResolver } from "../schema/types.ts";
import type { Catalog } from "./catalog.ts";

/** Types of Kubernetes' own kinds; custom resources are deduced field by field until their schemas are read too. */
export function typesOf(_catalog: Catalog): TypeResolver {
  return builtinTypes;
}
