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
  /** A reference to another named type of the table. `atomic` structs and maps are owned as one field. */
  | { readonly type: "struct"; readonly ref: string; readonly atomic: boolean }
  | { readonly type: "map"; readonly values: FieldType; readonly atomic: boolean }
  | { readonly type: "list"; readonly items: FieldType; readonly list: ListKind }
  /** Anything goes (CRD's JSON, RawExtension, managedFields). */
  | { readonly type: "untyped" };

export interface StructType {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldSpec>>;
}

export interface FieldSpec {
  readonly type: FieldType;
  readonly required: boolean;
  /** The static default of the OpenAPI document; undefined where there is none. */
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
  readonly subresources: readonly string[];
  readonly type: string;
}
