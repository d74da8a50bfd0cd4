import { userError } from "../model/errors.ts";
import { objectKey } from "../model/ids.ts";
import type { InventoryEntry } from "../model/inventory.ts";
import { didYouMean } from "../model/near.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Project } from "../model/project.ts";
import type { Kube } from "../ports.ts";
import { mapLimit } from "./map-limit.ts";
import { readState } from "./state.ts";

/** One object that a stack holds, as a person may name it. */
export interface Target {
  readonly stack: string;
  readonly address: string;
  readonly entry: InventoryEntry;
  /** null when it is not there. */
  readonly live: KubeObject | null;
}

/**
 * The objects that `STACK`, `STACK/NAME` or `STACK/KIND/NAME` mean; all of the project for null. NAME is an address
 * (`kubernetes_stateful_set_v1.db`), the name in it (`db`), or the object's own name: the first of these that fits
 * something. Objects are read one by one, for there are few. UserError `target-unknown`.
 */
export async function findTargets(
  kube: Kube,
  project: Project,
  wanted: string | null,
  parallelism = 16,
): Promise<Target[]> {
  const state = await readState(kube, project, null);
  const all = state.flatMap((held) => (held.type === "object" && held.entry.id.part === undefined ? [held] : []));
  const found = wanted === null ? all : named(all, wanted);
  if (found.length === 0 && wanted !== null) throw unknown(all, wanted);
  const live = new Map<string, KubeObject | null>();
  await mapLimit(found, parallelism, async ({ entry }) => {
    live.set(objectKey(entry.id), await kube.get({ ...entry.id, version: entry.version }));
  });
  return found.map(({ stack, address, entry }) => ({
    stack,
    address,
    entry,
    live: live.get(objectKey(entry.id)) ?? null,
  }));
}

interface Named {
  readonly stack: string;
  readonly address: string;
  readonly entry: InventoryEntry;
}

function named<T extends Named>(all: readonly T[], wanted: string): readonly T[] {
  const [stack = "", ...rest] = wanted.split("/");
  const own = all.filter((each) => each.stack === stack);
  const name = rest.join("/");
  if (rest.length === 0) return own;
  const readings: readonly ((each: T) => boolean)[] = [
    ({ address }) => address === name,
    ({ address }) => address.split(".").at(-1) === name,
    ({ entry: { id } }) => id.name === name,
    ({ entry: { id } }) => `${id.kind}/${id.name}`.toLowerCase() === name.toLowerCase(),
  ];
  return readings.map((fits) => own.filter(fits)).find((fitting) => fitting.length > 0) ?? [];
}

function unknown(all: readonly Named[], wanted: string): Error {
  const stacks = [...new Set(all.map(({ stack }) => stack))];
  const stack = wanted.split("/")[0] ?? "";
  const names = all.map((each) => `${each.stack}/${each.address.split(".").at(-1)}`);
  const near = didYouMean(wanted, new Set([...stacks, ...names]));
  const remedy =
    near ??
    (stacks.length === 0
      ? "nothing is managed here yet: run `k8sctl up`"
      : stacks.includes(stack)
        ? `\`k8sctl state list --stack ${stack}\` shows what it holds`
        : `the stacks are ${stacks.join(", ")}`);
  return userError("target-unknown", `no stack holds ${wanted}`, { remedy });
}
