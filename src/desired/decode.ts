import type { Results, SynthStack } from "../model/desired.ts";
import type { Decoded } from "./decoding.ts";
import { createProgram } from "./program.ts";

/** Terraform JSON of a project's stacks to the objects it wants, in one go. Never throws for the user's mistakes. */
export function decode(input: { readonly stacks: readonly SynthStack[]; readonly results: Results }): Decoded {
  return createProgram(input.stacks).decode(input.results);
}
