import { KubeError } from "../model/errors.ts";
import type { ObjectKey } from "../model/ids.ts";
import type { Plan } from "../model/plan.ts";
import { keyOf, keysOf, type Reference, referencesOf } from "../plan/references.ts";
import type { Kube } from "../ports.ts";

/** The plan with a warning for each item that names what neither the cluster nor the plan has. */
export async function withMissing(plan: Plan, kube: Kube): Promise<Plan> {
  const planned = keysOf(plan);
  const named = plan.stacks.flatMap(({ items }) => items.flatMap(referencesOf));
  const asked = new Map(named.map((reference): [ObjectKey, Reference] => [keyOf(reference), reference]));
  for (const key of planned) asked.delete(key);
  const answers = await Promise.all(
    [...asked].map(async ([key, reference]) => [key, await isThere(kube, reference)] as const),
  );
  const missing = new Set(answers.filter(([, there]) => !there).map(([key]) => key));
  if (missing.size === 0) return plan;
  return {
    ...plan,
    stacks: plan.stacks.map((stack) => ({
      ...stack,
      items: stack.items.map((item) => {
        const warnings = referencesOf(item)
          .filter((reference) => missing.has(keyOf(reference)))
          .map(({ kind, name, else: consequence }) => `there is no ${kind} ${name}: ${consequence}`);
        return warnings.length === 0 ? item : { ...item, warnings: [...item.warnings, ...new Set(warnings)] };
      }),
    })),
  };
}

/** What we may not see counts as there. */
async function isThere(kube: Kube, { group, kind, namespace, name }: Reference): Promise<boolean> {
  try {
    return (await kube.get({ group, version: "v1", kind, namespace, name })) !== null;
  } catch (error) {
    if (error instanceof KubeError) return true;
    throw error;
  }
}
