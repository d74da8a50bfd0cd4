import { secretAttributes } from "../desired/random.ts";
import type { GeneratedResource, GeneratedValue, Results } from "../model/desired.ts";
import { userError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { GeneratedItem, Plan } from "../model/plan.ts";
import { unknownsOf } from "../plan/body.ts";
import type { Fill } from "./apply-object.ts";
import type { Scrubber } from "./scrub.ts";

interface Making {
  readonly plan: Plan;
  readonly results: Results;
  readonly fill: Fill;
  /** Makes a value that is kept. */
  readonly generate: (resource: GeneratedResource) => GeneratedValue | Promise<GeneratedValue>;
}

/**
 * Values are made before anything else, and recorded before anything uses them: a kill loses no password. One may be
 * made of another (a certificate of its key): what waits is tried again until nothing waits.
 */
export async function generateValues(input: Making, scrubber: Scrubber): Promise<Map<string, GeneratedValue>> {
  const generated = new Map(input.results.generated);
  let waiting = input.plan.stacks.flatMap(({ name, generated: items }) => items.map((item) => ({ name, item })));
  while (waiting.length > 0) {
    const left: typeof waiting = [];
    for (const each of waiting) {
      if (!(await makeOne(input, generated, each.name, each.item))) left.push(each);
    }
    if (left.length === waiting.length) throw neverKnown(left[0]!.item.resource);
    waiting = left;
  }
  for (const { type, attributes } of generated.values()) {
    for (const attribute of secretAttributes(type)) scrubber.add(attributes[attribute]);
  }
  return generated;
}

/** False while its arguments are not known. */
async function makeOne(
  input: Making,
  generated: Map<string, GeneratedValue>,
  stack: string,
  { action, resource }: GeneratedItem,
): Promise<boolean> {
  const key = `${stack}/${resource.address}`;
  const kept = generated.get(key);
  if (action === "update" && kept !== undefined) {
    generated.set(key, { ...kept, attributes: { ...kept.attributes, input: resource.input ?? null } });
  }
  if (action !== "create" && action !== "replace") return true;
  const { pending, ...known } = resource;
  if (pending === undefined) {
    generated.set(key, await input.generate(resource));
    return true;
  }
  const filled = input.fill(stack, pending as never, { ...input.results, generated });
  if (unknownsOf(filled).length > 0) return false;
  generated.set(key, await input.generate({ ...known, arguments: withoutNulls(filled as JsonObject) }));
  return true;
}

/** As decoding leaves them out: an argument that is null is one that is not set. */
function withoutNulls(args: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function neverKnown({ address, origin }: GeneratedResource): Error {
  return userError("unknown-arguments", "its arguments are still not known when it is to be made", {
    address,
    ...(origin.position === undefined ? {} : { position: origin.position }),
    remedy: "use values that are known, or apply in two steps",
  });
}
