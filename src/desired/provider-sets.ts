import { isList, layBare, type Value } from "./expression/value.ts";

/**
 * Lists of the API that are sets in the provider's schema, by struct and field: what stands there twice is sent once.
 * Their order is as written; the provider has one of its own (by hash), which means nothing to the API.
 */
const sets: ReadonlySet<string> = new Set([
  "certificates.v1.CertificateSigningRequestSpec.usages",
  "core.v1.CephFSPersistentVolumeSource.monitors",
  "core.v1.CephFSVolumeSource.monitors",
  "core.v1.EndpointSubset.addresses",
  "core.v1.EndpointSubset.notReadyAddresses",
  "core.v1.EndpointSubset.ports",
  "core.v1.Endpoints.subsets",
  "core.v1.FCVolumeSource.targetWWNs",
  "core.v1.NodeSelectorRequirement.values",
  "core.v1.PersistentVolumeClaimSpec.accessModes",
  "core.v1.PersistentVolumeSpec.accessModes",
  "core.v1.PersistentVolumeSpec.mountOptions",
  "core.v1.PodAffinityTerm.namespaces",
  "core.v1.PodSecurityContext.supplementalGroups",
  "core.v1.RBDPersistentVolumeSource.monitors",
  "core.v1.RBDVolumeSource.monitors",
  "core.v1.ResourceQuotaSpec.scopes",
  "core.v1.ScopedResourceSelectorRequirement.values",
  "core.v1.ServiceAccount.imagePullSecrets",
  "core.v1.ServiceAccount.secrets",
  "core.v1.ServiceSpec.externalIPs",
  "core.v1.ServiceSpec.loadBalancerSourceRanges",
  "core.v1.TopologySelectorLabelRequirement.values",
  "meta.v1.LabelSelectorRequirement.values",
  "storage.v1.StorageClass.mountOptions",
]);

/** A ClusterRole's rules have lists there. */
const setsOfRole: ReadonlySet<string> = new Set(
  ["apiGroups", "resourceNames", "resources", "verbs"].map((field) => `rbac.v1.PolicyRule.${field}`),
);

/** A list without what it has twice, where the provider has a set; what is not known yet may be anything. */
export function withoutRepeats(field: string, kind: string, value: Value): Value {
  if (!isList(value) || value.length < 2) return value;
  if (!sets.has(field) && !(kind === "Role" && setsOfRole.has(field))) return value;
  const seen = new Set<string>();
  return value.filter((item) => {
    const { plain, needs } = layBare(item);
    if (needs !== null) return true;
    const key = JSON.stringify(plain);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
