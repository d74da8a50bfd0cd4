export interface Deprecation {
  /** Kubernetes version that serves it no more; null: deprecated only. */
  readonly removedIn: string | null;
  readonly instead: string;
}

/** Kubernetes, "Deprecated API Migration Guide": group/version, or group/version/kind where only some kinds go. */
const DEPRECATIONS: Readonly<Record<string, Deprecation>> = {
  "extensions/v1beta1/Ingress": { removedIn: "1.22", instead: "networking.k8s.io/v1" },
  "extensions/v1beta1": { removedIn: "1.22", instead: "apps/v1, networking.k8s.io/v1" },
  "apps/v1beta1": { removedIn: "1.16", instead: "apps/v1" },
  "apps/v1beta2": { removedIn: "1.16", instead: "apps/v1" },
  "admissionregistration.k8s.io/v1beta1/MutatingWebhookConfiguration": {
    removedIn: "1.22",
    instead: "admissionregistration.k8s.io/v1",
  },
  "admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration": {
    removedIn: "1.22",
    instead: "admissionregistration.k8s.io/v1",
  },
  "apiextensions.k8s.io/v1beta1": { removedIn: "1.22", instead: "apiextensions.k8s.io/v1" },
  "apiregistration.k8s.io/v1beta1": { removedIn: "1.22", instead: "apiregistration.k8s.io/v1" },
  "certificates.k8s.io/v1beta1": { removedIn: "1.22", instead: "certificates.k8s.io/v1" },
  "networking.k8s.io/v1beta1/Ingress": { removedIn: "1.22", instead: "networking.k8s.io/v1" },
  "networking.k8s.io/v1beta1/IngressClass": { removedIn: "1.22", instead: "networking.k8s.io/v1" },
  "rbac.authorization.k8s.io/v1beta1": { removedIn: "1.22", instead: "rbac.authorization.k8s.io/v1" },
  "scheduling.k8s.io/v1beta1": { removedIn: "1.22", instead: "scheduling.k8s.io/v1" },
  "storage.k8s.io/v1beta1/CSIDriver": { removedIn: "1.22", instead: "storage.k8s.io/v1" },
  "storage.k8s.io/v1beta1/StorageClass": { removedIn: "1.22", instead: "storage.k8s.io/v1" },
  "batch/v1beta1": { removedIn: "1.25", instead: "batch/v1" },
  "discovery.k8s.io/v1beta1": { removedIn: "1.25", instead: "discovery.k8s.io/v1" },
  "policy/v1beta1/PodSecurityPolicy": { removedIn: "1.25", instead: "Pod Security Admission" },
  "policy/v1beta1": { removedIn: "1.25", instead: "policy/v1" },
  "node.k8s.io/v1beta1": { removedIn: "1.25", instead: "node.k8s.io/v1" },
  "autoscaling/v2beta1": { removedIn: "1.25", instead: "autoscaling/v2" },
  "autoscaling/v2beta2": { removedIn: "1.26", instead: "autoscaling/v2" },
  "flowcontrol.apiserver.k8s.io/v1beta1": { removedIn: "1.26", instead: "flowcontrol.apiserver.k8s.io/v1" },
  "flowcontrol.apiserver.k8s.io/v1beta2": { removedIn: "1.29", instead: "flowcontrol.apiserver.k8s.io/v1" },
  "flowcontrol.apiserver.k8s.io/v1beta3": { removedIn: "1.32", instead: "flowcontrol.apiserver.k8s.io/v1" },
  "v1/ComponentStatus": { removedIn: null, instead: "the health endpoints of each component" },
  "v1/Endpoints": { removedIn: null, instead: "discovery.k8s.io/v1 EndpointSlice" },
};

/** null for a type that is not deprecated, or not Kubernetes' own. */
export function findDeprecation(apiVersion: string, kind: string): Deprecation | null {
  return DEPRECATIONS[`${apiVersion}/${kind}`] ?? DEPRECATIONS[apiVersion] ?? null;
}

/** One line about a deprecated API; null for all others. */
export function deprecationOf(apiVersion: string, kind: string): string | null {
  const found = findDeprecation(apiVersion, kind);
  if (found === null) return null;
  const gone =
    found.removedIn === null ? "is deprecated" : `is deprecated and gone since Kubernetes ${found.removedIn}`;
  return `${apiVersion} ${kind} ${gone}: use ${found.instead}`;
}

/** Whether a type is Kubernetes' own and was taken away: no custom resource definition will bring it. */
export function isRemoved(apiVersion: string, kind: string): boolean {
  return (findDeprecation(apiVersion, kind)?.removedIn ?? null) !== null;
}
