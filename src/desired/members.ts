import { didYouMean } from "../model/near.ts";
import { isReference, type Reference } from "./expression/scope.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";

/** What a Map and a Set have in common. */
interface Names {
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/** A reference whose members are made when asked for; `names` null allows any. */
export function members(what: string, names: Names | null, make: (name: string) => Reference | Value): Reference {
  const self: Reference = {
    isReference: true,
    elements: () => null,
    step(key) {
      const name = String(key);
      if (names === null || names.has(name)) return make(name);
      throw new ExpressionError("unknown-reference", `there is no ${what} "${name}"`, didYouMean(name, names.keys()));
    },
    value() {
      if (names === null)
        throw new ExpressionError("unknown-reference", "a whole resource cannot be used as a value here");
      return Object.fromEntries(
        [...names.keys()].map((n) => {
          const made = make(n);
          return [n, isReference(made) ? made.value() : made];
        }),
      );
    },
  };
  return self;
}
