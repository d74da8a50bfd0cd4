import { KubeError, userError } from "../model/errors.ts";
import { Secret } from "../model/secrets.ts";
import type { Kube, Randomness } from "../ports.ts";
import { ensureNamespace } from "./inventory.ts";

const KEY_BYTES = 32;

/** Where the key of a project's saved plans stands: beside its inventories, for the same people to read. */
function keyRef(project: string, namespace: string) {
  return { group: "", version: "v1", kind: "Secret", namespace, name: `k8sctl-plan-key.${project}` };
}

/** null where no plan was ever saved. */
export async function readPlanKey(kube: Kube, project: string, namespace: string): Promise<Secret | null> {
  const found = await kube.get(keyRef(project, namespace));
  const key = (found?.["data"] as { key?: string } | undefined)?.key;
  return key === undefined ? null : new Secret(key);
}

/** The key, made where it is missing: the one thing that `plan --out` writes into a cluster. */
export async function ensurePlanKey(
  kube: Kube,
  random: Randomness,
  project: string,
  namespace: string,
): Promise<Secret> {
  const known = await readPlanKey(kube, project, namespace);
  if (known !== null) return known;
  await ensureNamespace(kube, project, namespace);
  const key = Buffer.from(random.bytes(KEY_BYTES)).toString("base64");
  const { name } = keyRef(project, namespace);
  const labels = { "app.kubernetes.io/managed-by": "k8sctl", "app.kubernetes.io/part-of": project };
  const secret = { apiVersion: "v1", kind: "Secret", type: "k8sctl/plan-key", metadata: { name, namespace, labels } };
  try {
    await kube.create({ ...secret, data: { key } }, `k8sctl:${project}`);
    return new Secret(key);
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 409)) throw error;
    const made = await readPlanKey(kube, project, namespace);
    if (made === null) throw error;
    return made;
  }
}

/** What tells clusters apart whatever their address is: the uid of the namespace that every cluster has. */
export async function clusterUid(kube: Kube): Promise<string> {
  const system = await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name: "kube-system" });
  if (system?.metadata.uid !== undefined) return system.metadata.uid;
  throw userError("cluster-unidentified", "the cluster has no namespace kube-system to be known by", {
    remedy: "apply without a saved plan",
  });
}
