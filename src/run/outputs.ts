import type { DesiredOutput, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { Emit } from "../model/events.ts";
import type { Inventory } from "../model/inventory.ts";
import { SENSITIVE } from "../model/secrets.ts";

/** Outputs by stack as the inventories keep them; one that is still unknown is left out. */
export function inventoryOutputs(outputs: readonly DesiredOutput[]): ReadonlyMap<string, Inventory["outputs"]> {
  const stacks = new Map<string, Record<string, { value: unknown; sensitive: boolean }>>();
  for (const { stack, name, value, sensitive } of outputs) {
    if (holdsUnknown(value)) continue;
    const known = stacks.get(stack) ?? {};
    known[name] = { value, sensitive };
    stacks.set(stack, known);
  }
  return stacks;
}

/** Tells the outputs; a sensitive value never leaves as an event. */
export function emitOutputs(outputs: readonly DesiredOutput[], emit: Emit): void {
  for (const { stack, name, value, sensitive } of outputs) {
    if (holdsUnknown(value)) continue;
    emit({ type: "output", stack, name, value: sensitive ? SENSITIVE : value, sensitive });
  }
}

function holdsUnknown(value: Template): boolean {
  if (value instanceof Unknown) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(holdsUnknown);
}
