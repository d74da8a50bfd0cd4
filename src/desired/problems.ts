import type { FieldPath, Origin } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import type { ExpressionError } from "./expression/syntax.ts";

/** Receives what does not fit: the error and the attribute's path in the configuration. */
export type Fail = (error: ExpressionError, path: FieldPath) => void;

/** An expression's error with the place that only its resource knows. */
export function problemOf(error: ExpressionError, origin: Origin, path: FieldPath = []): Problem {
  const where = path.length === 0 ? "" : `${describePath(path)}: `;
  return {
    code: error.code,
    message: `${where}${error.message}`,
    address: origin.address,
    ...(path.length === 0 ? {} : { field: [...path] }),
    severity: error.code === "ignored-field" ? "warning" : "error",
    ...(origin.position === undefined ? {} : { position: origin.position }),
    ...remedyOf(error),
  };
}

function remedyOf(error: ExpressionError): { readonly remedy?: string } {
  const remedy = error.remedy ?? REMEDIES[error.code];
  return remedy === undefined ? {} : { remedy };
}

/** What to do with what only Terraform can make. */
export const BY_TERRAFORM =
  "give it to Terraform or OpenTofu in a stack of its own (`k8sctl synth --out DIR` writes the JSON that they read)";

/** For errors that have nothing better to say. */
const REMEDIES: Readonly<Record<string, string>> = {
  cycle: "take one of them out of the circle",
  "expression-cycle": "take one of them out of the circle",
  "expression-syntax": "mend the expression; write $${ for a literal ${ in a string",
  "expression-type": "give a value of that type",
  "expression-function": "mend what the function is given",
  "missing-field": "add it to the resource",
  "wrong-type": "give a value of that type",
  "unsupported-module": `write its resources as constructs of the stack, or ${BY_TERRAFORM}`,
  "unknown-reference": "make it in this stack or mend the name; write $${ for a literal ${ in a string",
  "unknown-field": "mend the name or leave it out; `k8sctl validate` checks the types of the stack files too",
  "variable-validation": "give another value: vars in k8sctl.yaml, or --var",
  "variable-type": "give another value: vars in k8sctl.yaml, or --var",
};

/** `spec.template.spec.container[0].image` */
function describePath(path: FieldPath): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}
