import { isList, isObject, type Value } from "./expression/value.ts";

/** In the order in which the provider sends them. */
const kinds = ["secret", "config_map", "downward_api", "service_account_token"];

/** The provider's block holds several sources at once, and several of one kind; the API wants one entry for each. */
export function projectedSources(value: Value): Value {
  if (!isList(value)) return isObject(value) ? projectedSources([value]) : value;
  return value.flatMap((source) => {
    if (!isObject(source)) return [source];
    const known = kinds.flatMap((kind) => {
      const blocks = source[kind] ?? null;
      return (isList(blocks) ? blocks : [blocks]).filter((b) => b !== null).map((block) => ({ [kind]: block }));
    });
    const other = Object.fromEntries(Object.entries(source).filter(([kind]) => !kinds.includes(kind)));
    return Object.keys(other).length === 0 ? known : [...known, other];
  });
}
