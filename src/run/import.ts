import { createProgram } from "../desired/program.ts";
import type { Desired, SynthStack } from "../model/desired.ts";
import { userError } from "../model/errors.ts";
import { describeId, objectKey, typeOf } from "../model/ids.ts";
import type { InventoryEntry } from "../model/inventory.ts";
import { didYouMean } from "../model/near.ts";
import type { Project } from "../model/project.ts";
import { applySetId, PART_OF_LABEL } from "../plan/applyset.ts";
import { belongingOf } from "../plan/belonging.ts";
import type { Kube, Ports } from "../ports.ts";
import { writeInventory } from "./inventory.ts";
import { fieldManagerOf, generatedOf, setOwnersOf } from "./plan.ts";
import { stackFiles } from "./stack-files.ts";
import { changingInventories, refOf } from "./state.ts";
import { takeOver } from "./takeover.ts";

/** What an address of the code, ADDRESS or STACK.ADDRESS, stands for. Throws UserError `import-unknown`. */
export function importedAs(
  ports: Pick<Ports, "sourceFile">,
  project: Project,
  stacks: readonly SynthStack[],
  address: string,
): Desired {
  const program = createProgram(stacks, stackFiles(ports, project, stacks));
  return findDesired(program.decode({ live: new Map(), generated: generatedOf([]) }).desired, address);
}

/**
 * Adopts the live object that an address of the code names: into the inventory, under our label, with former tools'
 * fields taken over. No other field changes; the next `plan` shows what `up` would change.
 * Throws UserError `import-missing`, `import-owned`.
 */
export async function importObject(
  ports: Pick<Ports, "clock" | "random" | "identity">,
  kube: Kube,
  project: Project,
  stacks: readonly SynthStack[],
  wanted: Desired,
  signal: AbortSignal,
): Promise<void> {
  const { stack } = wanted.origin;
  const apiVersion = String(wanted.object["apiVersion"]);
  const { version } = typeOf(apiVersion, wanted.id.kind);
  const ref = refOf(wanted.id, version);
  await changingInventories({ ports, kube, project, stacks: [stack], command: "import", signal }, async (stored) => {
    const live = await kube.get(ref);
    if (live === null) {
      throw userError("import-missing", `${describeId(wanted.id)} does not exist in the cluster`, {
        address: wanted.origin.address,
        remedy: "there is nothing to adopt: `k8sctl up` creates it",
      });
    }
    const set = applySetId(project.name, stack, project.inventoryNamespace);
    const belonging = belongingOf(live, set, setOwnersOf(project, stored.keys()));
    if (belonging.type === "foreign" || belonging.type === "stack") {
      const owner = belonging.type === "stack" ? `stack ${belonging.stack}` : belonging.owner;
      throw userError("import-owned", `${describeId(wanted.id)} belongs to ${owner}`, {
        address: wanted.origin.address,
        remedy: "give it up there first: k8sctl state rm",
      });
    }
    const key = objectKey(wanted.id);
    const before = stored.get(stack) ?? null;
    const entry: InventoryEntry = {
      id: wanted.id,
      version,
      uid: live.metadata.uid ?? null,
      address: wanted.origin.address,
      dependsOn: wanted.dependsOn.flatMap(({ on }) => (on.type === "object" ? [on.key] : [])).sort(),
      preventDestroy: wanted.lifecycle.preventDestroy,
      adopted: true,
    };
    const after = stacks.find(({ name }) => name === stack)?.after ?? [];
    const known = before?.inventory ?? { project: project.name, stack, after, entries: [], generated: {}, outputs: {} };
    const others = known.entries.filter(({ id }) => objectKey(id) !== key);
    const entries = [...others, entry].sort((a, b) => (objectKey(a.id) < objectKey(b.id) ? -1 : 1));
    await writeInventory(kube, project.inventoryNamespace, { ...known, entries }, before);
    await takeOver(kube, live, fieldManagerOf(project));
    await kube.patch(ref, { metadata: { labels: { [PART_OF_LABEL]: set } } }, fieldManagerOf(project));
  });
}

function findDesired(desired: readonly Desired[], wanted: string): Desired {
  const found = desired.filter(
    ({ origin: { stack, address } }) => address === wanted || `${stack}.${address}` === wanted,
  );
  if (found.length === 1) return found[0]!;
  const names = desired.map(({ origin: { stack, address } }) => `${stack}.${address}`);
  if (found.length > 1) {
    throw userError("import-unknown", `${wanted} is in several stacks`, {
      remedy: `say which: ${found.map(({ origin }) => `${origin.stack}.${origin.address}`).join(" or ")}`,
    });
  }
  throw userError("import-unknown", `no stack has a resource ${wanted}`, {
    remedy:
      didYouMean(wanted, [...names, ...desired.map(({ origin }) => origin.address)]) ??
      "add it to the code first: an object is imported to the address that describes it",
  });
}
