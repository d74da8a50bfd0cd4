import type { GeneratedValue, SynthStack } from "../model/desired.ts";
import { isJsonObject } from "../model/json.ts";
import { unwrapped } from "./interpolation.ts";

/** `moved` blocks of a stack: the address of now -> the one before. */
export type Moves = ReadonlyMap<string, string>;

export function movesOf(stack: SynthStack): Moves {
  const blocks = stack.json["moved"];
  const moves = new Map<string, string>();
  for (const block of Array.isArray(blocks) ? blocks : [blocks]) {
    if (isJsonObject(block)) moves.set(bare(block["to"]), bare(block["from"]));
  }
  return moves;
}

function bare(text: unknown): string {
  return unwrapped(String(text));
}

/** The address that a resource had before all moves. An instance moves with its resource, or by itself. */
export function firstAddress(moves: Moves, address: string): string {
  let at = address;
  // Moves in a circle end where they began.
  for (let steps = 0; steps < moves.size; steps++) {
    const former = formerAddress(moves, at);
    if (former === null) break;
    at = former;
  }
  return at;
}

function formerAddress(moves: Moves, address: string): string | null {
  const own = moves.get(address);
  if (own !== undefined) return own;
  const index = address.indexOf("[");
  const whole = index < 0 ? undefined : moves.get(address.slice(0, index));
  return whole === undefined ? null : whole + address.slice(index);
}

/** Values that were made under former addresses, also under those of now. */
export function movedValues(
  moves: Moves,
  addresses: Iterable<string>,
  values: Readonly<Record<string, GeneratedValue>>,
): Record<string, GeneratedValue> {
  const out: Record<string, GeneratedValue> = { ...values };
  for (const address of addresses) {
    let at: string | null = address;
    for (let steps = 0; steps <= moves.size && at !== null; steps++) {
      const value: GeneratedValue | undefined = values[at];
      if (value !== undefined) out[address] ??= value;
      at = formerAddress(moves, at);
    }
  }
  return out;
}
