import { KubeError } from "../model/errors.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import type { Kube } from "../ports.ts";
import { ServedTypes } from "./members.ts";

const admission = { group: "admissionregistration.k8s.io", version: "v1" };

/**
 * Tells of objects in namespaces that this run made, by one list per kind and namespace, which of them are certainly new
 * and left as they are sent: nobody has made one of the name yet (Kubernetes fills new namespaces, too), and no mutating
 * webhook asks for the kind. Where that cannot be seen, nothing is certain. What comes between the list and the apply is
 * met by the apply, which takes no field from anybody.
 */
export function newcomers(kube: Kube): (item: PlanItem) => Promise<boolean> {
  const lists = new Map<string, Promise<ReadonlySet<string>>>();
  let served: Promise<ServedTypes> | null = null;
  let webhooks: Promise<readonly KubeObject[]> | null = null;

  async function isNew({ id, apiVersion }: PlanItem): Promise<boolean> {
    served ??= kube.resourceTypes().then((types) => new ServedTypes(types));
    const type = (await served).any(id);
    if (type === undefined) return false;
    webhooks ??= kube.list({ ...admission, kind: "MutatingWebhookConfiguration" }).then(({ items }) => items);
    if ((await webhooks).some((configuration) => asksFor(configuration, type))) return false;
    const key = `${apiVersion} ${id.kind} ${id.namespace}`;
    const known =
      lists.get(key) ??
      kube
        .list(type, { namespace: id.namespace })
        .then(({ items }) => new Set(items.map(({ metadata }) => metadata.name)));
    lists.set(key, known);
    return !(await known).has(id.name);
  }

  return async (item) => {
    if (item.prediction?.because !== "namespace-missing") return false;
    try {
      return await isNew(item);
    } catch (error) {
      if (error instanceof KubeError) return false;
      throw error;
    }
  };
}

function asksFor(configuration: KubeObject, { group, resource }: { group: string; resource: string }): boolean {
  const { webhooks } = configuration as { webhooks?: unknown };
  const rules = (Array.isArray(webhooks) ? webhooks : []).flatMap((hook) =>
    isJsonObject(hook) && Array.isArray(hook["rules"]) ? hook["rules"] : [],
  ) as readonly { readonly apiGroups?: readonly string[]; readonly resources?: readonly string[] }[];
  return rules.some(
    ({ apiGroups = [], resources = [] }) =>
      (apiGroups.includes("*") || apiGroups.includes(group)) &&
      resources.some((named) => named === "*" || named === "*/*" || named === resource),
  );
}
