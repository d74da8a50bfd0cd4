import { type ObjectKey, objectKey } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import type { Plan, PlanItem } from "../model/plan.ts";

/** Something that an object names and that must be there for it to serve. */
export interface Reference {
  readonly group: string;
  readonly kind: "StorageClass" | "Secret";
  /** "" for what belongs to no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** What comes of it when it is not there. */
  readonly else: string;
}

/** What an item that is sent names: the storage classes of its claims, the certificates of an Ingress. */
export function referencesOf({ id, action, sent }: PlanItem): Reference[] {
  if (sent === null || !["create", "update", "replace", "adopt"].includes(action)) return [];
  const spec = mapping(sent["spec"]);
  switch (id.kind) {
    case "PersistentVolumeClaim":
      return storageClass(spec);
    case "StatefulSet":
      return listOf(spec["volumeClaimTemplates"]).flatMap((template) =>
        storageClass(mapping(mapping(template)["spec"])),
      );
    case "Ingress":
      return certificates(id.namespace, spec, mapping(mapping(sent["metadata"])["annotations"]));
    default:
      return [];
  }
}

/** Keys of what the plan itself has or makes, which need not be asked for. */
export function keysOf(plan: Plan): ReadonlySet<ObjectKey> {
  const items = plan.stacks.flatMap(({ items }) => items);
  return new Set(items.filter(({ sent }) => sent !== null).map(({ key }) => key));
}

export function keyOf({ group, kind, namespace, name }: Reference): ObjectKey {
  return objectKey({ group, kind, namespace, name });
}

function storageClass(claim: Tree): Reference[] {
  const name = claim["storageClassName"];
  // "" asks for no class; absent for the cluster's default.
  if (typeof name !== "string" || name === "") return [];
  return [{ group: "storage.k8s.io", kind: "StorageClass", namespace: "", name, else: "its claims wait for a volume" }];
}

function certificates(namespace: string, spec: Tree, annotations: Tree): Reference[] {
  // cert-manager makes the Secrets of Ingresses that ask it to.
  if (Object.keys(annotations).some((key) => key.startsWith("cert-manager.io/"))) return [];
  const names = listOf(spec["tls"]).map((each) => mapping(each)["secretName"]);
  const known = new Set(names.filter((name): name is string => typeof name === "string" && name !== ""));
  return [...known].map((name) => {
    return { group: "", kind: "Secret", namespace, name, else: "TLS clients get no certificate for its hosts" };
  });
}

type Tree = { readonly [key: string]: unknown };

function mapping(value: unknown): Tree {
  return isJsonObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
