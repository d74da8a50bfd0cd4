import type { Kube } from "../../src/ports.ts";

/** Kinds that tests leave in `default`; what the cluster keeps there itself stays. */
const LEFT = [
  ["apps", "Deployment"],
  ["apps", "StatefulSet"],
  ["apps", "DaemonSet"],
  ["batch", "CronJob"],
  ["batch", "Job"],
  ["autoscaling", "HorizontalPodAutoscaler"],
  ["coordination.k8s.io", "Lease"],
  ["", "Pod"],
  ["", "PersistentVolumeClaim"],
  ["", "ConfigMap"],
  ["", "Secret"],
  ["", "Service"],
] as const;

const OWN = /^(kube-root-ca\.crt|kubernetes)$/;
const NAMESPACES = /^(default|kube-.*)$/;

/** Takes away what the tests of one file left on a server that the next file uses. */
export async function sweep(kube: Kube): Promise<void> {
  for (const [group, kind] of LEFT) {
    const type = { group, version: group === "autoscaling" ? "v2" : "v1", kind };
    const { items } = await kube.list(type, { namespace: "default" });
    for (const { metadata } of items) {
      if (OWN.test(metadata.name)) continue;
      await kube.delete({ ...type, namespace: "default", name: metadata.name }, { propagation: "Background" });
    }
  }
  const type = { group: "", version: "v1", kind: "Namespace" };
  for (const { metadata } of (await kube.list(type)).items) {
    if (NAMESPACES.test(metadata.name)) continue;
    await kube.delete({ ...type, namespace: "", name: metadata.name }, { propagation: "Background" });
  }
}
