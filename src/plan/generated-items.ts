import { isDeepStrictEqual } from "node:util";
import type { GeneratedResource, GeneratedValue } from "../model/desired.ts";
import type { GeneratedItem, MadeAgain } from "../model/plan.ts";
import { isDue } from "../model/renewal.ts";

/** Values that are made once: which are new, made again, changed, kept, and which no code asks for any more. */
export function generatedItems(
  stack: string,
  resources: readonly GeneratedResource[],
  held: Readonly<Record<string, GeneratedValue>>,
  now: number | null,
): GeneratedItem[] {
  const own = resources.filter((resource) => resource.stack === stack);
  const wanted = new Set(own.map(({ address }) => address));
  // What moved to another address is still recorded under its former one, and is not lost with it.
  const dropped = Object.entries(held).filter(
    ([address, value]) => !wanted.has(address) && ![...wanted].some((now) => isDeepStrictEqual(held[now], value)),
  );
  return [
    ...own.map((resource): GeneratedItem => {
      const value = held[resource.address];
      if (value === undefined) return { action: "create", resource };
      const because = reasonToMakeAgain(resource, value, now);
      if (because !== null) return { action: "replace", resource, because };
      const { input } = resource;
      const kept = input === undefined || isDeepStrictEqual(value.attributes["input"], input);
      return { action: kept ? "unchanged" : "update", resource };
    }),
    ...dropped.map(
      ([address, value]): GeneratedItem => ({
        action: "delete",
        resource: {
          stack,
          address,
          type: value.type,
          arguments: value.arguments,
          origin: { stack, address, constructPath: "" },
        },
      }),
    ),
  ];
}

function reasonToMakeAgain(resource: GeneratedResource, value: GeneratedValue, now: number | null): MadeAgain | null {
  if (resource.pending !== undefined) return "pending";
  if (value.type !== resource.type || !isDeepStrictEqual(value.arguments, resource.arguments)) return "arguments";
  if (resource.outlived === true) return "outlived";
  return isDue(value, now) ? "due" : null;
}
