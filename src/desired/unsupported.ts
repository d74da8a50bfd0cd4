import { didYouMean } from "../model/near.ts";
import { TOKEN_REQUEST } from "../model/renewal.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { BY_TERRAFORM } from "./problems.ts";
import { partialTypes, resourceKinds } from "./resource-types.ts";
import type { ResourceSource } from "./source.ts";

export function unsupportedResource(resource: ResourceSource): ExpressionError {
  const known = [...resourceKinds.keys(), ...partialTypes, TOKEN_REQUEST, "kubernetes_manifest"];
  const hint = didYouMean(resource.type, known) ?? BY_TERRAFORM;
  const message = `resource type ${resource.type} is nothing that k8sctl can make`;
  return new ExpressionError("unsupported-resource", message, hint);
}

export function unsupportedData(resource: ResourceSource): ExpressionError {
  return new ExpressionError(
    "unsupported-data",
    `data source ${resource.address} is nothing that k8sctl can read`,
    "write the value into the stack, or pass it as a variable (--var)",
  );
}
