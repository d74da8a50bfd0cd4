import { didYouMean } from "../model/near.ts";

/** `did you mean "after"?`, or all that is known where nothing is near. */
export function suggest(word: string, known: readonly string[], what: string): string {
  const near = didYouMean(word, known);
  if (near !== undefined) return near;
  return known.length === 0 ? `there are no ${what}` : `known ${what}: ${known.join(", ")}`;
}
