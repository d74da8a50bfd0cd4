import type { SynthStack } from "../model/desired.ts";
import { isJsonObject } from "../model/json.ts";
import { unwrapped } from "./interpolation.ts";

/**
 * Addresses that `removed` blocks give up without destroying (Terraform, "removed block": `lifecycle { destroy = false }`).
 * One without that says what happens anyway: what left the code is deleted.
 */
export function givenUp(stack: SynthStack): readonly string[] {
  return blocksOf(stack.json["removed"]).flatMap((block) => {
    const spared = blocksOf(block["lifecycle"]).some(({ destroy }) => destroy === false || destroy === "false");
    return spared ? [unwrapped(String(block["from"]))] : [];
  });
}

function blocksOf(value: unknown) {
  return (Array.isArray(value) ? value : [value]).filter(isJsonObject);
}

/** Whether an address is given up: by itself, as an instance of a resource, or within a module. */
export function isGivenUp(address: string, given: readonly string[]): boolean {
  return given.some((from) => address === from || address.startsWith(`${from}[`) || address.startsWith(`${from}.`));
}
