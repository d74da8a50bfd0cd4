import { type GeneratedValue, type Results, Unknown } from "../model/desired.ts";
import { didYouMean } from "../model/near.ts";
import { isDue } from "../model/renewal.ts";
import type { Reference } from "./expression/scope.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { isEqual, layBare, mark, type Value } from "./expression/value.ts";
import type { Instance } from "./instances.ts";
import { members } from "./members.ts";
import { attributesOf, secretAttributes } from "./random.ts";

/** How a reference reads the configuration of a generated value. */
interface GeneratedTarget {
  readonly argument: (name: string) => Value;
  /** Every argument that decides whether the value is made again. */
  readonly arguments: () => Value;
}

/** A reference to a value that is made once and kept: what the configuration says, else what was made. */
export function generatedReference(
  { resource, address }: Instance,
  target: GeneratedTarget,
  results: Results,
): Reference {
  const needs = `${resource.stack}/${address}`;
  const secret = secretAttributes(resource.type);
  return members("attribute", null, (name) => {
    if (resource.type === "terraform_data" && name === "output") return target.argument("input");
    if (resource.body[name] !== undefined) return mark(target.argument(name), secret.has(name));
    const { made, given } = attributesOf(resource.type);
    if (!made.includes(name)) {
      if (given.includes(name)) return null;
      throw new ExpressionError(
        "unknown-reference",
        `${resource.type} has no attribute "${name}"${name === "bcrypt_hash" ? " here" : ""}`,
        name === "bcrypt_hash"
          ? "hash the password where it is used: bcrypt is not supported"
          : didYouMean(name, [...made, ...given]),
      );
    }
    const kept = currentValue(resource.type, needs, target.arguments, results);
    if (kept === null) return new Unknown("", [needs], secret.has(name));
    return mark(kept.attributes[name] ?? null, secret.has(name));
  });
}

/** The kept value of `stack/address`, unless it is to be made again. */
export function currentValue(type: string, needs: string, args: () => Value, results: Results): GeneratedValue | null {
  const kept = results.generated.get(needs);
  if (kept === undefined || kept.type !== type || isDue(kept, results.now ?? null)) return null;
  const now = layBare(args());
  return now.needs === null && isEqual(now.plain, kept.arguments) ? kept : null;
}
