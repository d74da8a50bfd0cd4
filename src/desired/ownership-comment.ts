import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { FieldRule } from "../model/ownership.ts";

const ways = ["take", "share", "yield"] as const;

/** What k8sctl/stacks/ownership's `ownership` says beside an object. `refuse` hears of what cannot be read. */
export function ownershipAskedFor(
  body: JsonObject,
  refuse: (message: string, path: string) => void,
): readonly FieldRule[] {
  const comment = isJsonObject(body["//"]) ? body["//"] : {};
  const own = isJsonObject(comment["k8sctl"]) ? comment["k8sctl"]["ownership"] : undefined;
  if (own === undefined) return [];
  const given = isJsonObject(own) ? own : { own };
  const isRule = ([way, fields]: [string, unknown]) =>
    ways.some((known) => known === way) &&
    Array.isArray(fields) &&
    fields.every((field) => typeof field === "string" && /^[A-Za-z]/.test(field));
  if (!Object.entries(given).every(isRule)) {
    refuse("ownership is not one of k8sctl/stacks/ownership", "//");
    return [];
  }
  const rules = ways.flatMap((conflict) =>
    ((given[conflict] ?? []) as readonly string[]).map((field): FieldRule => ({ field, conflict })),
  );
  // The first rule that fits decides: what says more goes first.
  return rules.sort((a, b) => b.field.length - a.field.length);
}
