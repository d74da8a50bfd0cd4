import { isJsonObject } from "../model/json.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { ResourceSource, StackSource } from "./source.ts";

/** The stack of this project whose state a `terraform_remote_state` reads. */
export function remoteStack(resource: ResourceSource, sources: ReadonlyMap<string, StackSource>): string {
  const config = resource.body["config"];
  const path = isJsonObject(config) ? config["path"] : undefined;
  const byPath = typeof path === "string" ? /terraform\.([^/]+)\.tfstate$/.exec(path)?.[1] : undefined;
  const byName = /^cross-stack-reference-input-(.+)$/.exec(resource.name)?.[1];
  const stack = [byPath, byName].find((name) => name !== undefined && sources.has(name));
  if (stack !== undefined) return stack;
  throw new ExpressionError(
    "unsupported-remote-state",
    `${resource.address} reads a state that belongs to no stack of this project`,
    "pass the value as a variable",
  );
}
