import { secretAttributes } from "../desired/random.ts";
import type { GeneratedResource, GeneratedValue, Results, Template } from "../model/desired.ts";
import { userError } from "../model/errors.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { GeneratedItem, Plan } from "../model/plan.ts";
import { hasUnknowns } from "../plan/body.ts";
import type { Fill } from "./apply-object.ts";
import type { Scrubber } from "./scrub.ts";

/** Makes a value that is kept. */
export type Generate = (resource: GeneratedResource) => GeneratedValue | Promise<GeneratedValue>;

interface Making {
  readonly plan: Plan;
  readonly results: Results;
  readonly fill: Fill;
  readonly generate: Generate;
}

/**
 * Most values are made before anything else, and recorded before anything uses them: a kill loses no password. One may be
 * made of another (a certificate of its key): what waits is tried again until nothing waits. Those that wait for objects
 * are left to the graph (late-values.ts).
 */
export async function generateValues(input: Making, scrubber: Scrubber): Promise<Map<string, GeneratedValue>> {
  const generated = new Map(input.results.generated);
  const items = input.plan.stacks.flatMap((stack) => stack.generated.map((item) => ({ name: stack.name, item })));
  let waiting = items.filter(({ item }) => item.resource.dependsOn === undefined);
  while (waiting.length > 0) {
    const left: typeof waiting = [];
    for (const each of waiting) {
      if (!(await makeOne(input, generated, each.name, each.item))) left.push(each);
    }
    if (left.length === waiting.length) throw neverKnown(left[0]!.item.resource);
    waiting = left;
  }
  for (const value of generated.values()) hideValue(value, scrubber);
  return generated;
}

export function hideValue({ type, attributes }: GeneratedValue, scrubber: Scrubber): void {
  for (const attribute of secretAttributes(type)) scrubber.add(attributes[attribute]);
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
  if (action === "update" && kept !== undefined) generated.set(key, withInput(kept, resource));
  if (action !== "create" && action !== "replace") return true;
  const filled = filledResource(resource, (template) => input.fill(stack, template, { ...input.results, generated }));
  if (filled === null) return false;
  generated.set(key, await input.generate(filled));
  return true;
}

/** The kept value with what is recorded beside it now; the input is known. */
export function withInput(kept: GeneratedValue, { input }: GeneratedResource): GeneratedValue {
  return input === undefined ? kept : { ...kept, attributes: { ...kept.attributes, input: input as Json } };
}

/** What is to be made, with nothing unknown in it; null while something is. */
export function filledResource(
  { pending, input, ...known }: GeneratedResource,
  fill: (template: Template) => Template,
): GeneratedResource | null {
  const filled = {
    ...known,
    ...(pending === undefined ? {} : { arguments: fill(pending as Template) }),
    ...(input === undefined ? {} : { input: fill(input) }),
    ...(known.request === undefined ? {} : { request: fill(known.request as Template) }),
  } as GeneratedResource;
  const parts = [filled.arguments, filled.input ?? null, filled.request ?? null] as Template[];
  if (parts.some(hasUnknowns)) return null;
  return pending === undefined ? filled : { ...filled, arguments: withoutNulls(filled.arguments) };
}

/** As decoding leaves them out: an argument that is null is one that is not set. */
function withoutNulls(args: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

export function neverKnown({ address, origin }: GeneratedResource): Error {
  return userError("unknown-arguments", "its arguments are still not known when it is to be made", {
    address,
    ...(origin.position === undefined ? {} : { position: origin.position }),
    remedy: "use values that are known, or apply in two steps",
  });
}
