import type { TerraformStack } from "cdktf";
import { type Check, mapOf } from "../checks.ts";
import { refuse } from "../options.ts";

/** Environment variable -> `STACK.VALUE`, of a stack that the app comes after: `postgres.uri`. */
export type ConnectOptions = Readonly<Record<string, string>>;

export const connectOptions: Check<ConnectOptions> = mapOf((value) => {
  if (typeof value === "string" && /^[a-z0-9-]+\.\w+$/.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is not STACK.VALUE, such as postgres.uri`);
});

/** What the constructs of the stacks named give, by environment variable. Throws OptionError. */
export function connected(
  who: string,
  connect: ConnectOptions,
  stacks: Readonly<Record<string, TerraformStack>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(connect).map(([variable, from]) => {
      const [name, key] = from.split(".") as [string, string];
      const stack = stacks[name];
      if (stack === undefined) {
        refuse(who, "connect", connect, `${variable}: add after: [${name}] to the stack, so that its values are there`);
      }
      const values = valuesOf(stack);
      const value = values.get(key);
      if (value === undefined) {
        refuse(who, "connect", connect, `${variable}: ${name} gives no ${key}, but ${[...values.keys()].join(", ")}`);
      }
      return [variable, value];
    }),
  );
}

/** Texts and numbers that the constructs of a stack hold in the open, as `uri` of Postgres. */
function valuesOf(stack: TerraformStack): Map<string, string> {
  const values = new Map<string, string>();
  for (const child of stack.node.children) {
    if (Object.values(stack).includes(child)) {
      for (const [key, value] of Object.entries(child)) {
        if (typeof value === "string" || typeof value === "number") values.set(key, String(value));
      }
    }
  }
  return values;
}
