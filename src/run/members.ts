import type { Desired } from "../model/desired.ts";
import { KubeError } from "../model/errors.ts";
import type { ObjectId, ObjectKey } from "../model/ids.ts";
import { objectKey, typeOf } from "../model/ids.ts";
import type { Inventory, InventoryEntry } from "../model/inventory.ts";
import type { KubeObject, ResourceType } from "../model/objects.ts";
import { idOf } from "../model/objects.ts";
import { PART_OF_LABEL } from "../plan/applyset.ts";
import type { Kube } from "../ports.ts";
import { mapLimit } from "./map-limit.ts";

/** The types that the server serves, by what objects and ids say of theirs. */
export class ServedTypes {
  readonly #byVersion: ReadonlyMap<string, ResourceType>;
  readonly #byGroupKind: ReadonlyMap<string, ResourceType>;

  constructor(types: readonly ResourceType[]) {
    this.#byVersion = new Map(types.map((type) => [`${type.group}/${type.version}/${type.kind}`, type]));
    // The version that the server prefers comes first: an old one may know nothing of conditions.
    this.#byGroupKind = new Map([...types].reverse().map((type) => [`${type.group}/${type.kind}`, type]));
  }

  /** In the very version that a desired object names. */
  of({ object, id }: Desired): ResourceType | undefined {
    const { group, version, kind } = typeOf(String(object["apiVersion"]), id.kind);
    return this.#byVersion.get(`${group}/${version}/${kind}`);
  }

  /** In the version that was applied; in another where the server has given it up. */
  recorded({ id, version }: Pick<InventoryEntry, "id" | "version">): ResourceType | undefined {
    return this.#byVersion.get(`${id.group}/${version}/${id.kind}`) ?? this.any(id);
  }

  /** In the version that the server prefers. */
  any({ group, kind }: { readonly group: string; readonly kind: string }): ResourceType | undefined {
    return this.#byGroupKind.get(`${group}/${kind}`);
  }
}

interface MembersInput {
  readonly desired: readonly Desired[];
  readonly inventories: readonly Inventory[];
  readonly applySets: ReadonlyMap<string, string>;
  readonly parallelism: number;
}

/**
 * Members of the project's ApplySets: one list per kind that is desired or in an inventory, within its namespace where
 * that is one only. What others have there is not asked for.
 */
export async function listMembers(
  kube: Kube,
  input: MembersInput,
  served: ServedTypes,
): Promise<Map<ObjectKey, KubeObject>> {
  const live = new Map<ObjectKey, KubeObject>();
  if (input.inventories.length === 0) return live;
  const kinds = new Map<ResourceType, Set<string>>();
  const add = (type: ResourceType | undefined, { namespace }: ObjectId): void => {
    if (type !== undefined) kinds.set(type, (kinds.get(type) ?? new Set()).add(namespace));
  };
  const covered = new Set<string>();
  for (const desired of input.desired) {
    add(served.of(desired), desired.id);
    covered.add(`${desired.id.group}/${desired.id.kind}`);
  }
  const recorded = new Map([...kinds.keys()].map((type) => [`${type.group}/${type.kind}`, type]));
  for (const entry of input.inventories.flatMap((inventory) => inventory.entries)) {
    const kind = `${entry.id.group}/${entry.id.kind}`;
    add(covered.has(kind) ? recorded.get(kind) : served.recorded(entry), entry.id);
  }
  const labelSelector = `${PART_OF_LABEL} in (${[...new Set(input.applySets.values())].join(",")})`;
  await mapLimit([...kinds], input.parallelism, async ([type, namespaces]) => {
    for (const item of await listIn(kube, type, namespaces, labelSelector)) live.set(objectKey(idOf(item)), item);
  });
  return live;
}

/** One list; where it may not go over all namespaces, one for each that counts. */
async function listIn(
  kube: Kube,
  type: ResourceType,
  namespaces: ReadonlySet<string>,
  labelSelector: string,
): Promise<readonly KubeObject[]> {
  const [only = "", another] = namespaces;
  if (another === undefined) return (await kube.list(type, { labelSelector, namespace: only })).items;
  try {
    return (await kube.list(type, { labelSelector })).items;
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 403)) throw error;
  }
  const found: KubeObject[] = [];
  for (const namespace of namespaces) found.push(...(await kube.list(type, { labelSelector, namespace })).items);
  return found;
}

/** Namespaces of desired objects that do not exist yet: asking about what lives in them would be a 404. */
export async function missingNamespaces(
  kube: Kube,
  input: MembersInput,
  planned: ReadonlySet<string>,
  live: ReadonlyMap<ObjectKey, KubeObject>,
): Promise<Set<string>> {
  const used = new Set(input.desired.map((d) => d.id.namespace).filter((n) => n !== ""));
  // Only those that this plan makes can come to be; the others are the server's to complain about.
  const unseen = [...used].filter(
    (name) => planned.has(name) && !live.has(objectKey({ group: "", kind: "Namespace", namespace: "", name })),
  );
  const missing = new Set<string>();
  await mapLimit(unseen, input.parallelism, async (name) => {
    const found = await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name });
    if (found === null) missing.add(name);
  });
  return missing;
}
