import type { JsonObject } from "../model/json.ts";
import type { ResourceType } from "../model/objects.ts";
import { allKinds } from "../schema/table.ts";

/** A resource type with all that discovery, paths and tables ask of it. It is what the store holds as ResourceType. */
export interface ServedType extends ResourceType {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  /** A custom resource's definition; null for Kubernetes' own kinds. */
  readonly custom: CustomVersion | null;
}

/** What a CustomResourceDefinition says of one version. */
export interface CustomVersion {
  readonly schema: JsonObject | null;
  readonly printerColumns: readonly JsonObject[];
  /** `.spec.replicas` and the like; null without a scale subresource. */
  readonly scale: JsonObject | null;
  /** What clients of a deprecated version are told; "" where it is not deprecated. */
  readonly deprecation: string;
}

/** Groups in the order of a real server's discovery; custom groups follow. */
const groupOrder = [
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

/** Kinds that are only posted and answered, never stored. */
const reviewVerbs = "create";

/** Every type that is served now: Kubernetes' own and those of established CustomResourceDefinitions. */
export class Catalog {
  readonly #types = new Map<string, ServedType>();
  /** Served versions of a group in order of preference. */
  readonly #versions = new Map<string, string[]>();

  constructor(types: readonly ServedType[] = builtinServedTypes()) {
    for (const group of groupOrder) this.#versions.set(group, []);
    for (const type of types) this.add(type);
  }

  add(type: ServedType): void {
    this.#types.set(`${type.group}/${type.version}/${type.resource}`, type);
    const versions = this.#versions.get(type.group) ?? [];
    if (!versions.includes(type.version)) versions.push(type.version);
    this.#versions.set(type.group, versions);
  }

  remove(group: string, resource: string): void {
    for (const type of [...this.#types.values()])
      if (type.group === group && type.resource === resource)
        this.#types.delete(`${group}/${type.version}/${resource}`);
    const left = (this.#versions.get(group) ?? []).filter((version) => this.inVersion(group, version).length > 0);
    if (left.length > 0) this.#versions.set(group, left);
    else this.#versions.delete(group);
  }

  find(group: string, version: string, resource: string): ServedType | null {
    return this.#types.get(`${group}/${version}/${resource}`) ?? null;
  }

  findKind(group: string, version: string, kind: string): ServedType | null {
    for (const type of this.#types.values())
      if (type.kind === kind && type.group === group && type.version === version) return type;
    return null;
  }

  all(): readonly ServedType[] {
    return [...this.#types.values()];
  }

  groups(): readonly string[] {
    return [...this.#versions].filter(([, versions]) => versions.length > 0).map(([group]) => group);
  }

  /** The preferred version first. */
  versions(group: string): readonly string[] {
    return this.#versions.get(group) ?? [];
  }

  /** Any version of a group of Kubernetes' own; of a custom group only what is served. */
  knows(group: string, version: string): boolean {
    return groupOrder.includes(group) || this.versions(group).includes(version);
  }

  inVersion(group: string, version: string): readonly ServedType[] {
    return this.all()
      .filter((type) => type.group === group && type.version === version)
      .sort((a, b) => (a.resource < b.resource ? -1 : 1));
  }
}

/** Stored, as against a review that is answered and forgotten. */
export function isStored(type: ResourceType): boolean {
  return type.verbs.join(" ") !== reviewVerbs;
}

/** Older versions that src/embedded/versions.ts translates. */
const converted = ({ group, version, kind }: { group: string; version: string; kind: string }) =>
  group === "autoscaling" && version === "v1" && kind === "HorizontalPodAutoscaler";

function builtinServedTypes(): ServedType[] {
  // One kind has one shape here: an older version with other fields would be the newer one under a wrong name.
  const preferred = allKinds().filter(
    (kind, index, all) =>
      all.findIndex((k) => k.group === kind.group && k.kind === kind.kind) === index || converted(kind),
  );
  return preferred.map((kind) => ({
    ...kind,
    singular: kind.kind.toLowerCase(),
    listKind: `${kind.kind}List`,
    custom: null,
  }));
}
