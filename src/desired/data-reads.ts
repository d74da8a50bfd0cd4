import type { DataRead } from "../model/desired.ts";
import type { JsonObject } from "../model/json.ts";
import { isDataSource, queryOf } from "./data-sources.ts";
import type { Evaluation } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { layBare } from "./expression/value.ts";
import { dependsOnOf } from "./meta-arguments.ts";
import type { ResourceSource, StackSource } from "./source.ts";

/** Everything that can be asked for by now. Mistakes are for `decode` to tell. */
export function knownReads(sources: ReadonlyMap<string, StackSource>, evaluation: Evaluation): DataRead[] {
  return [...sources.values()]
    .flatMap((source) => [...source.resources.values()].filter((r) => r.mode === "data" && isDataSource(r.type)))
    .flatMap((resource) => readsOrNone(evaluation, resource));
}

function readsOrNone(evaluation: Evaluation, resource: ResourceSource): DataRead[] {
  try {
    return readsOf(evaluation, resource);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

/** What the instances of a data source ask the cluster for, as far as their arguments are known. Throws ExpressionErrors. */
export function readsOf(evaluation: Evaluation, resource: ResourceSource): DataRead[] {
  const { value, touched } = evaluation.collecting(() => evaluation.dataArguments(resource));
  return [...value].flatMap(([{ address }, args]) => {
    const bare = layBare(args);
    if (bare.needs !== null) return [];
    const query = queryOf(resource.type, bare.plain as JsonObject);
    const key = `${resource.stack}/${address}`;
    const dependsOn = dependsOnOf(resource.body).map((text) => `${resource.stack}/${text}`);
    return [{ key, origin: { ...resource.origin, address }, query, mayCome: touched.size > 0, dependsOn }];
  });
}
