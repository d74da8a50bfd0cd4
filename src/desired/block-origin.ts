import type { Origin } from "../model/desired.ts";
import type { StackSource } from "./source.ts";

/** `output.host`, `var.size`, `local.name`, `module.x`: where such a block stands, by its address in JSON, by its name in code. */
export function originOfBlock({ stack }: Pick<StackSource, "stack">, address: string): Origin {
  const name = address.slice(address.indexOf(".") + 1);
  const own = stack.positions[address] ?? stack.positions[address.replace(/^var\./, "variable.")];
  const position = own ?? stack.positions[`${stack.name}/${name}`];
  return { stack: stack.name, address, constructPath: "", ...(position === undefined ? {} : { position }) };
}
