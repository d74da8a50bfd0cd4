/**
 * The shape of the distilled type table (src/schema/types.json, made by scripts/generate-schema.ts from the published
 * OpenAPI of Kubernetes). Plain data; `src/schema/table.ts` gives the look-ups.
 */

/** Merge behaviour of a list under server-side apply (KEP-555): atomic is replaced whole, set and map are merged. */
export type ListKind =
  | { readonly type: "atomic" }
  | { readonly type: "set" }
  | { readonly type: "map"; readonly keys: readonly string[] };

export type FieldType =
  /** `format`: int-or-string, quantity, byte, date-time, int32, int64, double, "" */
  | {
      readonly type: "scalar";
      readonly scalar: "string" | "integer" | "number" | "boolean" | "any";
      readonly format: string;
      readonly values?: readonly string[];
    }
  /** A reference to a named type (`core.v1.Container`), looked up in the TypeResolver. `atomic` is owned as one field. */
  | { readonly type: "struct"; readonly ref: string; readonly atomic: boolean }
  | { readonly type: "map"; readonly values: FieldType; readonly atomic: boolean }
  | { readonly type: "list"; readonly items: FieldType; readonly list: ListKind }
  /** Anything goes (RawExtension, the JSON of a CRD's schema): maps are granular, lists atomic (deduced, KEP-555). */
  | { readonly type: "untyped" };

export interface StructType {
  readonly name: string;
  /** Without a prototype: `fields["constructor"]` is undefined. */
  readonly fields: Readonly<Record<string, FieldSpec>>;
  /** Type of fields that are not listed; absent where those are an error. */
  readonly rest?: FieldType;
}

export interface FieldSpec {
  readonly type: FieldType;
  readonly required: boolean;
  /**
   * The static default of the OpenAPI document; undefined where there is none. Go's zero values are among them, because
   * the server writes them out: required scalars have "" or 0 (a list key that is left out takes it), and structs that
   * are no pointers have {} (`resources`, `strategy`).
   */
  readonly default?: unknown;
}

/** A kind that the API serves. */
export interface KindSpec {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural in the path. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  /** Name of its struct. */
  readonly type: string;
}

/** Where types come from: Kubernetes' own (`table.ts`), or those and the schemas of CRDs. */
export interface TypeResolver {
  /** Type of a whole object; null where the kind is unknown. */
  rootType(apiVersion: string, kind: string): FieldType | null;
  structType(ref: string): StructType | null;
}
