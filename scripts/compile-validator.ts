import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import type { Plugin } from "esbuild";
import { VALIDATOR_OPTIONS } from "../src/project/validator.ts";

/**
 * In the bundle, src/project/validator.ts is the compiled check of k8sctl.schema.json instead of the compiler: reading
 * a project then costs 2 ms instead of 50.
 */
export const compiledValidator: Plugin = {
  name: "compiled-validator",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]project[\\/]validator\.ts$/ }, ({ path }) => {
      const schema = JSON.parse(readFileSync("k8sctl.schema.json", "utf8"));
      const ajv = new Ajv({ ...VALIDATOR_OPTIONS, code: { source: true, esm: true } });
      const code = (standalone as unknown as typeof standalone.default)(ajv, ajv.compile(schema));
      const contents = `${code}
export function schemaErrors(document) {
  return validate(document) ? [] : [...(validate.errors ?? [])];
}`;
      return { contents, loader: "js", resolveDir: dirname(path) };
    });
  },
};
