/**
 * API versions that Kubernetes has stopped serving: since which release, and what has taken their place (Kubernetes
 * documentation, "Deprecated API Migration Guide").
 */
const removed: Readonly<Record<string, readonly [since: string, use: string]>> = {
  "admissionregistration.k8s.io/v1beta1": ["1.22", "admissionregistration.k8s.io/v1"],
  "apiextensions.k8s.io/v1beta1": ["1.22", "apiextensions.k8s.io/v1"],
  "apiregistration.k8s.io/v1beta1": ["1.22", "apiregistration.k8s.io/v1"],
  "apps/v1beta1": ["1.16", "apps/v1"],
  "apps/v1beta2": ["1.16", "apps/v1"],
  "autoscaling/v2beta1": ["1.25", "autoscaling/v2"],
  "autoscaling/v2beta2": ["1.26", "autoscaling/v2"],
  "batch/v1beta1": ["1.25", "batch/v1"],
  "certificates.k8s.io/v1beta1": ["1.22", "certificates.k8s.io/v1"],
  "discovery.k8s.io/v1beta1": ["1.25", "discovery.k8s.io/v1"],
  "extensions/v1beta1": ["1.22", "networking.k8s.io/v1 or apps/v1"],
  "networking.k8s.io/v1beta1": ["1.22", "networking.k8s.io/v1"],
  "policy/v1beta1": ["1.25", "policy/v1"],
  "rbac.authorization.k8s.io/v1beta1": ["1.22", "rbac.authorization.k8s.io/v1"],
  "scheduling.k8s.io/v1beta1": ["1.22", "scheduling.k8s.io/v1"],
  "storage.k8s.io/v1beta1": ["1.22", "storage.k8s.io/v1"],
};

/** Null for a version that is served, or that is not Kubernetes' own. */
export function removedApi(apiVersion: string): { readonly since: string; readonly use: string } | null {
  const found = Object.hasOwn(removed, apiVersion) ? removed[apiVersion] : undefined;
  return found === undefined ? null : { since: found[0], use: found[1] };
}
