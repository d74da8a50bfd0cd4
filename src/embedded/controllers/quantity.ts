import { quantityValue } from "../../schema/quantity.ts";

/** A quantity as a number of its base unit; 0 for what is none. */
export function quantity(text: string | number): number {
  return quantityValue(text) ?? 0;
}
