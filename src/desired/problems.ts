import type { FieldPath, Origin } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import type { ExpressionError } from "./expression/syntax.ts";

/** An expression's error with the place that only its resource knows. */
export function problemOf(error: ExpressionError, origin: Origin, path: FieldPath = []): Problem {
  const where = path.length === 0 ? "" : `${describePath(path)}: `;
  return {
    code: error.code,
    message: `${where}${error.message}`,
    address: origin.address,
    severity: error.code === "ignored-field" ? "warning" : "error",
    ...(origin.position === undefined ? {} : { position: origin.position }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  };
}

/** `spec.template.spec.container[0].image` */
function describePath(path: FieldPath): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}
