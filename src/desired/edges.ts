import type { Dependency, Desired, Template } from "../model/desired.ts";
import type { ObjectKey } from "../model/ids.ts";
import { objectKey, wholeOf } from "../model/ids.ts";
import { isPlainTree, type Tree } from "./tree.ts";

function tree(value: Template | undefined): Tree {
  return isPlainTree(value) ? value : {};
}

function list(value: Template | undefined): readonly Template[] {
  return Array.isArray(value) ? value : [];
}

function at(object: Tree, ...path: readonly string[]): Template | undefined {
  let value: Template | undefined = object;
  for (const step of path) value = tree(value)[step];
  return value;
}

/** The CRDs of the project: `group/kind` -> key of the definition. */
export function definitionsOf(all: readonly Desired[]): ReadonlyMap<string, ObjectKey> {
  return new Map(
    all
      .filter(
        (d) =>
          d.id.part === undefined && d.id.kind === "CustomResourceDefinition" && d.id.group === "apiextensions.k8s.io",
      )
      .map((d) => [
        `${String(at(d.object, "spec", "group"))}/${String(at(d.object, "spec", "names", "kind"))}`,
        objectKey(d.id),
      ]),
  );
}

/** A part waits for its object. */
export function wholeKeys({ id }: Desired): ObjectKey[] {
  return id.part === undefined ? [] : [objectKey(wholeOf(id))];
}

/** Without these an object cannot be created at all, or no pod of it starts: namespace, CRD, service account. */
export function neededKeys(desired: Desired, definitions: ReadonlyMap<string, ObjectKey>): ObjectKey[] {
  const { id } = desired;
  const keys: ObjectKey[] = [];
  if (id.namespace !== "") keys.push(objectKey({ group: "", kind: "Namespace", namespace: "", name: id.namespace }));
  const definition = definitions.get(`${id.group}/${id.kind}`);
  if (definition !== undefined) keys.push(definition);
  const pod = podSpecOf(desired);
  const account = pod === null ? undefined : (pod["serviceAccountName"] ?? pod["serviceAccount"]);
  if (typeof account === "string") {
    keys.push(objectKey({ group: "", kind: "ServiceAccount", namespace: id.namespace, name: account }));
  }
  return keys;
}

/** What an object names in its fields: pods wait for it, so it had better come first. */
export function namedKeys(desired: Desired): ObjectKey[] {
  const keys: ObjectKey[] = [];
  const { namespace } = desired.id;
  const add = (group: string, kind: string, name: Template | undefined, scope = namespace): void => {
    if (typeof name === "string" && name !== "") keys.push(objectKey({ group, kind, namespace: scope, name }));
  };
  const pod = podSpecOf(desired);
  if (pod !== null) podReferences(pod, add);
  const role = tree(desired.object["roleRef"]);
  const kind = role["kind"];
  if (typeof kind === "string") {
    add("rbac.authorization.k8s.io", kind, role["name"], kind === "Role" ? namespace : "");
  }
  if (desired.id.kind === "PersistentVolumeClaim") {
    add("storage.k8s.io", "StorageClass", at(desired.object, "spec", "storageClassName"), "");
  }
  if (desired.id.kind === "Ingress") {
    add("networking.k8s.io", "IngressClass", at(desired.object, "spec", "ingressClassName"), "");
  }
  return keys;
}

function podReferences(
  pod: Tree,
  add: (group: string, kind: string, name: Template | undefined, scope?: string) => void,
): void {
  add("scheduling.k8s.io", "PriorityClass", pod["priorityClassName"], "");
  for (const secret of list(pod["imagePullSecrets"])) add("", "Secret", tree(secret)["name"]);
  for (const volume of list(pod["volumes"])) {
    add("", "ConfigMap", at(tree(volume), "configMap", "name"));
    add("", "Secret", at(tree(volume), "secret", "secretName"));
    add("", "PersistentVolumeClaim", at(tree(volume), "persistentVolumeClaim", "claimName"));
    for (const source of list(at(tree(volume), "projected", "sources"))) {
      add("", "ConfigMap", at(tree(source), "configMap", "name"));
      add("", "Secret", at(tree(source), "secret", "name"));
    }
  }
  for (const container of [...list(pod["initContainers"]), ...list(pod["containers"])]) {
    for (const from of list(tree(container)["envFrom"])) {
      add("", "ConfigMap", at(tree(from), "configMapRef", "name"));
      add("", "Secret", at(tree(from), "secretRef", "name"));
    }
    for (const env of list(tree(container)["env"])) {
      add("", "ConfigMap", at(tree(env), "valueFrom", "configMapKeyRef", "name"));
      add("", "Secret", at(tree(env), "valueFrom", "secretKeyRef", "name"));
    }
  }
}

function podSpecOf(desired: Desired): Tree | null {
  const { object } = desired;
  if (desired.id.kind === "Pod") return tree(object["spec"]);
  const template =
    desired.id.kind === "CronJob"
      ? at(object, "spec", "jobTemplate", "spec", "template", "spec")
      : at(object, "spec", "template", "spec");
  return template === undefined ? null : tree(template);
}

/** One dependency per target; `ready` covers `exists`. */
export function joined(dependencies: readonly Dependency[]): Dependency[] {
  const byTarget = new Map<string, Dependency>();
  for (const dependency of dependencies) {
    const key = JSON.stringify(dependency.on);
    if (byTarget.get(key)?.kind !== "ready") byTarget.set(key, dependency);
  }
  return [...byTarget.values()];
}
