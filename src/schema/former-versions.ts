/** Versions that Kubernetes dropped but stacks still name, with the one of today that has the same fields. */
const sameFields: Readonly<Record<string, string>> = {
  "batch/v1beta1 CronJob": "batch/v1",
  "autoscaling/v2beta2 HorizontalPodAutoscaler": "autoscaling/v2",
  "certificates.k8s.io/v1beta1 CertificateSigningRequest": "certificates.k8s.io/v1",
  "policy/v1beta1 PodDisruptionBudget": "policy/v1",
  "storage.k8s.io/v1beta1 CSIDriver": "storage.k8s.io/v1",
};

/** The apiVersion under which the type table knows the fields of a kind; its own where it is none of the dropped. */
export function versionOfToday(apiVersion: string, kind: string): string {
  return sameFields[`${apiVersion} ${kind}`] ?? apiVersion;
}
