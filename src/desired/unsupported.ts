import { didYouMean } from "../model/near.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { partialTypes, resourceKinds } from "./resource-types.ts";
import type { ResourceSource } from "./source.ts";

export function unsupportedResource(resource: ResourceSource): ExpressionError {
  const known = [...resourceKinds.keys(), ...partialTypes, "kubernetes_manifest"];
  const hint =
    resource.type === "kubernetes_token_request_v1"
      ? "mount a projected service_account_token volume, or use the terraform engine for this stack"
      : (didYouMean(resource.type, known) ?? "use the terraform engine for this stack");
  const message = `resource type ${resource.type} is not supported by the native engine yet`;
  return new ExpressionError("unsupported-resource", message, hint);
}

export function unsupportedData(resource: ResourceSource): ExpressionError {
  return new ExpressionError(
    "unsupported-data",
    `data source ${resource.address} is not supported by the native engine yet`,
    "write the value into the stack, or pass it as a variable",
  );
}
