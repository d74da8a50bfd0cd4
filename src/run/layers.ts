import type { Program } from "../desired/program.ts";
import type { Results } from "../model/desired.ts";
import { KubeError, userError } from "../model/errors.ts";
import { describeId, objectKey } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { OwnershipRule } from "../model/ownership.ts";
import type { Plan, PlanItem } from "../model/plan.ts";
import { buildPlan } from "../plan/build.ts";
import { changedByServer } from "../plan/exceeding.ts";
import { managerOf } from "../plan/parts.ts";
import type { Kube } from "../ports.ts";
import { newcomers } from "./newcomers.ts";
import { observe } from "./observe.ts";

interface LayerInput {
  readonly kube: Kube;
  readonly program: Program;
  readonly plan: Plan;
  readonly applySets: ReadonlyMap<string, string>;
  readonly setOwners: ReadonlyMap<string, string>;
  readonly fieldManager: string;
  readonly forceConflicts: boolean;
  readonly ownership: readonly OwnershipRule[];
  /** Asks about a plan of one object, one question at a time. */
  readonly approve: (plan: Plan) => Promise<"approved" | "rejected">;
}

/** Whether the layer that an object lives in was made by this run: nobody could ask about the object before. */
function wasPredicted({ prediction, action, id }: PlanItem): boolean {
  const layer = prediction?.because === "namespace-missing" || prediction?.because === "type-missing";
  return layer && action === "create" && id.part === undefined;
}

/**
 * Plans an object for real once its namespace or its type is there. A create that is one, with the values that are sent,
 * needs no more than the server's word; anything else (it exists by now, somebody owns its fields, a webhook changes it) is more than was approved: it is shown and asked about.
 * What nobody could have seen coming is never passed by a yes given beforehand: a conflict, a replace, a foreign object.
 */
export function layers(input: LayerInput): (item: PlanItem, body: KubeObject, results: Results) => Promise<PlanItem> {
  let asking: Promise<unknown> = Promise.resolve();
  const isNewcomer = newcomers(input.kube);
  return async (item, body, results) => {
    if (!wasPredicted(item) || (await isNewcomer(item))) return item;
    const made = await dryRun(input, item, body);
    const others = made?.created ? changedByServer(body, made.object) : [];
    if (made === null || (made.created && others.length === 0)) return item;
    const real = others.length > 0 ? madeOtherwise(item, others) : await planAgain(input, item, results);
    if (others.length === 0 && (real.action === "create" || real.action === "unchanged"))
      return { ...real, prediction: null };
    const { stacks, ...plan } = input.plan;
    const counts = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, adopt: 0, forget: 0, blocked: 0 };
    const one: Plan = {
      ...plan,
      stacks: stacks.flatMap((s) => (s.name === item.stack ? [{ ...s, items: [real], generated: [] }] : [])),
      counts: { ...counts, [real.action]: 1 },
    };
    if (real.action === "blocked" || real.action === "replace") throw exceeds(item, real);
    const answer = asking.then(() => input.approve(one));
    asking = answer.catch(() => undefined);
    if ((await answer) === "rejected") throw exceeds(item, real);
    return real;
  };
}

/**
 * What would come of it; null where it is refused: refusals are left to the apply, which meets the same, and a new type
 * takes a moment.
 */
async function dryRun({ kube, fieldManager }: LayerInput, item: PlanItem, body: KubeObject): Promise<Made | null> {
  const manager = managerOf(fieldManager, item.id);
  try {
    return await kube.apply(body, { fieldManager: manager, force: false, dryRun: true });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return error.status === 409 ? { created: false } : null;
  }
}

type Made = { readonly created: false } | { readonly created: boolean; readonly object: KubeObject };

/** It is new, as approved, but not what was approved. */
function madeOtherwise(item: PlanItem, others: readonly string[]): PlanItem {
  return { ...item, prediction: null, why: `the server makes something else of ${others.join(", ")}` };
}

async function planAgain(input: LayerInput, item: PlanItem, results: Results): Promise<PlanItem> {
  const { kube, program, plan, applySets, setOwners, fieldManager, forceConflicts, ownership } = input;
  const desired = program.decode(results).desired.filter(({ id }) => objectKey(id) === item.key);
  await kube.resourceTypes(true);
  const observation = await observe(kube, {
    desired,
    inventories: [],
    applySets,
    fieldManager,
    force: forceConflicts,
    ownership,
    parallelism: 1,
  });
  const again = buildPlan({
    project: plan.project,
    cluster: plan.cluster,
    stacks: plan.stacks.flatMap(({ name, file, after }) =>
      name === item.stack ? [{ name, file: file ?? "", after }] : [],
    ),
    desired,
    generated: [],
    ...observation,
    inventories: [],
    applySets,
    setOwners,
    fieldManager,
    forceConflicts,
    ownership,
  });
  return again.stacks.flatMap(({ items }) => items)[0] ?? item;
}

function exceeds(item: PlanItem, real: PlanItem): Error {
  const what = real.action === "blocked" ? real.why : `it would be: ${real.action}`;
  const message =
    real.action === "create"
      ? `${describeId(item.id)} was approved as it is sent, and ${real.why}`
      : `${describeId(item.id)} was approved as new, and is there by now (${what})`;
  return userError("exceeds-approval", message, {
    id: item.id,
    remedy: "run the command again: it shows what it would do, now that the object can be looked at",
  });
}
