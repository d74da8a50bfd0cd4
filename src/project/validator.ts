import { Ajv, type ErrorObject } from "ajv";
import schema from "../../k8sctl.schema.json" with { type: "json" };

export type SchemaError = ErrorObject;

let compiled: ReturnType<Ajv["compile"]> | undefined;

/** What k8sctl.schema.json, the file that editors read too, has against a document; [] when nothing. */
export function schemaErrors(document: unknown): readonly SchemaError[] {
  // Compiled on first use: it costs 50 ms, which `--help` must not pay.
  compiled ??= new Ajv({ allErrors: true, discriminator: true }).compile(schema);
  return compiled(document) ? [] : [...(compiled.errors ?? [])];
}
