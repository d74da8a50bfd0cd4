import type { Desired } from "../model/desired.ts";
import type { ObjectKey } from "../model/ids.ts";
import { objectKey, typeOf } from "../model/ids.ts";
import type { Inventory } from "../model/inventory.ts";
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
    this.#byGroupKind = new Map(types.map((type) => [`${type.group}/${type.kind}`, type]));
  }

  /** In the very version that a desired object names. */
  of({ object, id }: Desired): ResourceType | undefined {
    const { group, version, kind } = typeOf(String(object["apiVersion"]), id.kind);
    return this.#byVersion.get(`${group}/${version}/${kind}`);
  }

  /** In any version. */
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

/** Members of the project's ApplySets: one list per kind that is desired or in an inventory. */
export async function listMembers(
  kube: Kube,
  input: MembersInput,
  served: ServedTypes,
): Promise<Map<ObjectKey, KubeObject>> {
  const live = new Map<ObjectKey, KubeObject>();
  if (input.inventories.length === 0) return live;
  const kinds = new Set<ResourceType>();
  const add = (type: ResourceType | undefined): void => {
    if (type !== undefined) kinds.add(type);
  };
  const covered = new Set<string>();
  for (const desired of input.desired) {
    add(served.of(desired));
    covered.add(`${desired.id.group}/${desired.id.kind}`);
  }
  for (const { id } of input.inventories.flatMap((inventory) => inventory.entries)) {
    if (!covered.has(`${id.group}/${id.kind}`)) add(served.any(id));
  }
  const labelSelector = `${PART_OF_LABEL} in (${[...new Set(input.applySets.values())].join(",")})`;
  await mapLimit([...kinds], input.parallelism, async (type) => {
    const { items } = await kube.list(type, { labelSelector });
    for (const item of items) live.set(objectKey(idOf(item)), item);
  });
  return live;
}

/** Namespaces of desired objects that do not exist yet: asking about what lives in them would be a 404. */
export async function missingNamespaces(
  kube: Kube,
  input: MembersInput,
  planned: ReadonlySet<string>,
  live: ReadonlyMap<ObjectKey, KubeObject>,
): Promise<Set<string>> {
  const used = new Set(input.desired.map((d) => d.id.namespace).filter((n) => n !== ""));
  const missing = new Set<string>();
  await mapLimit([...used], input.parallelism, async (name) => {
    if (live.has(objectKey({ group: "", kind: "Namespace", namespace: "", name }))) return;
    const found = await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name });
    if (found === null && planned.has(name)) missing.add(name);
  });
  return missing;
}
