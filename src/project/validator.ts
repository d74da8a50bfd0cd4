import { Ajv, type ErrorObject } from "ajv";
import schema from "../../k8sctl.schema.json" with { type: "json" };

export type SchemaError = ErrorObject;

/** The build compiles the schema with the same options (scripts/compile-validator.ts). */
export const VALIDATOR_OPTIONS = { allErrors: true, discriminator: true } as const;

let compiled: ReturnType<Ajv["compile"]> | undefined;

/** What k8sctl.schema.json, the file that editors read too, has against a document; [] when nothing. */
export function schemaErrors(document: unknown): readonly SchemaError[] {
  compiled ??= new Ajv(VALIDATOR_OPTIONS).compile(schema);
  return compiled(document) ? [] : [...(compiled.errors ?? [])];
}
