import { versionOfToday } from "../schema/former-versions.ts";
import { isList, isObject, type Value } from "./expression/value.ts";

/** The object that a resource type of the provider stands for. */
export interface ResourceKind {
  readonly apiVersion: string;
  readonly kind: string;
}

function of(apiVersion: string, kind: string, ...types: readonly string[]): [string, ResourceKind][] {
  return types.map((type) => [`kubernetes_${type}`, { apiVersion, kind }]);
}

/**
 * Resource types that stand for one whole API object, with the version the provider itself sends. Unversioned names are
 * the provider's older ones; some speak to API versions that servers of today no longer have.
 */
export const resourceKinds: ReadonlyMap<string, ResourceKind> = new Map([
  ...of("v1", "ConfigMap", "config_map", "config_map_v1"),
  ...of("v1", "Endpoints", "endpoints", "endpoints_v1"),
  ...of("v1", "LimitRange", "limit_range", "limit_range_v1"),
  ...of("v1", "Namespace", "namespace", "namespace_v1"),
  ...of("v1", "PersistentVolume", "persistent_volume", "persistent_volume_v1"),
  ...of("v1", "PersistentVolumeClaim", "persistent_volume_claim", "persistent_volume_claim_v1"),
  ...of("v1", "Pod", "pod", "pod_v1"),
  ...of("v1", "ReplicationController", "replication_controller", "replication_controller_v1"),
  ...of("v1", "ResourceQuota", "resource_quota", "resource_quota_v1"),
  ...of("v1", "Secret", "secret", "secret_v1"),
  ...of("v1", "Service", "service", "service_v1"),
  ...of("v1", "ServiceAccount", "service_account", "service_account_v1"),
  ...of("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutating_webhook_configuration"),
  ...of("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutating_webhook_configuration_v1"),
  ...of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validating_webhook_configuration"),
  ...of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validating_webhook_configuration_v1"),
  ...of("apiregistration.k8s.io/v1", "APIService", "api_service", "api_service_v1"),
  ...of("apps/v1", "DaemonSet", "daemonset", "daemon_set_v1"),
  ...of("apps/v1", "Deployment", "deployment", "deployment_v1"),
  ...of("apps/v1", "StatefulSet", "stateful_set", "stateful_set_v1"),
  ...of("autoscaling/v1", "HorizontalPodAutoscaler", "horizontal_pod_autoscaler", "horizontal_pod_autoscaler_v1"),
  ...of("autoscaling/v2", "HorizontalPodAutoscaler", "horizontal_pod_autoscaler_v2"),
  ...of("autoscaling/v2beta2", "HorizontalPodAutoscaler", "horizontal_pod_autoscaler_v2beta2"),
  ...of("batch/v1", "CronJob", "cron_job_v1"),
  ...of("batch/v1beta1", "CronJob", "cron_job"),
  ...of("batch/v1", "Job", "job", "job_v1"),
  ...of("certificates.k8s.io/v1", "CertificateSigningRequest", "certificate_signing_request_v1"),
  ...of("certificates.k8s.io/v1beta1", "CertificateSigningRequest", "certificate_signing_request"),
  ...of("discovery.k8s.io/v1", "EndpointSlice", "endpoint_slice_v1"),
  ...of("extensions/v1beta1", "Ingress", "ingress"),
  ...of("networking.k8s.io/v1", "Ingress", "ingress_v1"),
  ...of("networking.k8s.io/v1", "IngressClass", "ingress_class", "ingress_class_v1"),
  ...of("networking.k8s.io/v1", "NetworkPolicy", "network_policy", "network_policy_v1"),
  ...of("node.k8s.io/v1", "RuntimeClass", "runtime_class_v1"),
  ...of("policy/v1", "PodDisruptionBudget", "pod_disruption_budget_v1"),
  ...of("policy/v1beta1", "PodDisruptionBudget", "pod_disruption_budget"),
  ...of("policy/v1beta1", "PodSecurityPolicy", "pod_security_policy", "pod_security_policy_v1beta1"),
  ...of("rbac.authorization.k8s.io/v1", "ClusterRole", "cluster_role", "cluster_role_v1"),
  ...of("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "cluster_role_binding", "cluster_role_binding_v1"),
  ...of("rbac.authorization.k8s.io/v1", "Role", "role", "role_v1"),
  ...of("rbac.authorization.k8s.io/v1", "RoleBinding", "role_binding", "role_binding_v1"),
  ...of("scheduling.k8s.io/v1", "PriorityClass", "priority_class", "priority_class_v1"),
  ...of("storage.k8s.io/v1", "CSIDriver", "csi_driver_v1"),
  ...of("storage.k8s.io/v1beta1", "CSIDriver", "csi_driver"),
  ...of("storage.k8s.io/v1", "StorageClass", "storage_class", "storage_class_v1"),
]);

/** The kind that a body becomes: the unversioned autoscaler changes to v2beta2 when it uses what v1 lacks. */
export function kindOf(type: string, body: Value): ResourceKind | undefined {
  const spec = isObject(body) ? (body["spec"] ?? null) : null;
  const single = isList(spec) ? (spec[0] ?? null) : spec;
  const needsV2 = type === "kubernetes_horizontal_pod_autoscaler" && isObject(single);
  const set = (name: string): boolean => {
    const value = needsV2 ? (single[name] ?? null) : null;
    return value !== null && !(isList(value) && value.length === 0);
  };
  return resourceKinds.get(set("metric") || set("behavior") ? `${type}_v2beta2` : type);
}

/** Types of the provider that patch or read something instead of owning one object. */
export const partialTypes: ReadonlySet<string> = new Set(
  [
    "annotations",
    "config_map_v1_data",
    "default_service_account",
    "default_service_account_v1",
    "env",
    "labels",
    "node_taint",
    "secret_v1_data",
  ].map((name) => `kubernetes_${name}`),
);

/** The apiVersion under which the type table knows the fields of a kind. */
export function schemaVersion(resource: ResourceKind): string {
  return versionOfToday(resource.apiVersion, resource.kind);
}
