import { cronError } from "./cron.ts";
import {
  annotationKeyError,
  dataKeyError,
  dnsLabelError,
  envNameError,
  labelKeyError,
  labelValueError,
  subdomainError,
} from "./formats.ts";
import { imageError } from "./image.ts";
import { cidrError, hostError, ipError, portError, portNameError, portNumberError } from "./network-formats.ts";

/** What is wrong with a value; null where nothing is. */
export type ValueCheck = (value: unknown) => string | null;

export interface FieldRule {
  readonly value?: ValueCheck;
  /** Of each key of a map. */
  readonly key?: ValueCheck;
  /** Of each value of a map, or element of a list. */
  readonly item?: ValueCheck;
  /** `warning` for what the API server takes although it cannot work. */
  readonly severity: "error" | "warning";
}

const text =
  (check: (value: string) => string | null): ValueCheck =>
  (value) =>
    typeof value === "string" && value !== "" ? check(value) : null;

const number =
  (check: (value: number) => string | null): ValueCheck =>
  (value) =>
    typeof value === "number" ? check(value) : null;

const atLeast = (least: number): ValueCheck =>
  number((value) => (value >= least ? null : `must be at least ${least}, is ${value}`));

const between = (least: number, most: number): ValueCheck =>
  number((value) => (value >= least && value <= most ? null : `must be from ${least} to ${most}, is ${value}`));

const percentOrCount: ValueCheck = (value) => {
  if (typeof value === "number") return value >= 0 ? null : `must be at least 0, is ${value}`;
  if (typeof value !== "string") return null;
  return /^\d+%$/.test(value) ? null : `must be a number or a percentage such as 25%: ${JSON.stringify(value)}`;
};

const clusterIp = text((value) => (value === "None" ? null : ipError(value)));

const timeZone = text((zone) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone === "Local" ? "must be named, as Europe/Berlin is" : null;
  } catch {
    return `is no time zone such as Europe/Berlin: ${JSON.stringify(zone)}`;
  }
});

const oneOf = (...values: readonly string[]): ValueCheck =>
  text((value) => (values.includes(value) ? null : `must be one of ${values.join(", ")}, is ${JSON.stringify(value)}`));

const value = (check: ValueCheck, severity: FieldRule["severity"] = "error"): FieldRule => ({ value: check, severity });
const item = (check: ValueCheck): FieldRule => ({ item: check, severity: "error" });
const key = (check: ValueCheck): FieldRule => ({ key: check, severity: "error" });
const labels: FieldRule = { key: text(labelKeyError), item: itemOfLabel, severity: "error" };

/** What both kinds of webhooks have in common. */
function webhookRules(kind: string): Record<string, FieldRule> {
  const webhook = `admissionregistration.v1.${kind}`;
  return {
    [`${webhook}.name`]: value(
      text((name) => {
        if (name.split(".").length < 3) return `must have three parts, such as a.example.com: ${JSON.stringify(name)}`;
        return subdomainError(name);
      }),
    ),
    [`${webhook}.sideEffects`]: value(oneOf("None", "NoneOnDryRun")),
    [`${webhook}.timeoutSeconds`]: value(between(1, 30)),
  };
}

/** "" is a label's value too. */
function itemOfLabel(value: unknown): string | null {
  return typeof value === "string" ? labelValueError(value) : null;
}

const byServer = value((given) => (given === null || given === "" ? null : "is the server's to give: leave it out"));
const microTime = value(
  text((time) => (/\.\d{6}(?:Z|[+-])/.test(time) ? null : `needs six digits of a second: ${JSON.stringify(time)}`)),
);
const count = value(atLeast(0));
const port = value(number(portNumberError));
const namedPort = value(portError);
const label = value(text(dnsLabelError));
const subdomain = value(text(subdomainError));

/**
 * What the API server demands of a field beyond its type (API reference, and the answers of a real server): struct and
 * field -> rule. OpenAPI does not hold these. A rule holds wherever its struct stands, in a manifest too.
 */
export const fieldRules: Readonly<Record<string, FieldRule>> = {
  "meta.v1.ObjectMeta.labels": labels,
  "meta.v1.ObjectMeta.annotations": key(text(annotationKeyError)),
  "meta.v1.ObjectMeta.managedFields": byServer,
  "meta.v1.ObjectMeta.resourceVersion": byServer,
  "meta.v1.ObjectMeta.uid": byServer,
  "meta.v1.LabelSelector.matchLabels": labels,
  "meta.v1.LabelSelectorRequirement.key": value(text(labelKeyError)),
  "meta.v1.LabelSelectorRequirement.operator": value(oneOf("In", "NotIn", "Exists", "DoesNotExist")),
  "meta.v1.LabelSelectorRequirement.values": item(itemOfLabel),

  "core.v1.ConfigMap.data": key(text(dataKeyError)),
  "core.v1.ConfigMap.binaryData": key(text(dataKeyError)),
  "core.v1.Secret.data": key(text(dataKeyError)),
  "core.v1.Secret.stringData": key(text(dataKeyError)),

  "core.v1.Container.name": label,
  "core.v1.Container.image": value(text(imageError), "warning"),
  "core.v1.Container.restartPolicy": value(oneOf("Always", "Never", "OnFailure")),
  "core.v1.EphemeralContainer.name": label,
  "core.v1.ContainerPort.containerPort": port,
  "core.v1.ContainerPort.hostPort": value(between(0, 65_535)),
  "core.v1.ContainerPort.name": value(text(portNameError)),
  "core.v1.ContainerPort.hostIP": value(text(ipError)),
  "core.v1.EnvVar.name": value(text(envNameError)),
  "core.v1.EnvFromSource.prefix": value(text(envNameError)),
  "core.v1.HTTPGetAction.port": namedPort,
  "core.v1.TCPSocketAction.port": namedPort,
  "core.v1.GRPCAction.port": port,
  "core.v1.Probe.initialDelaySeconds": count,
  "core.v1.Probe.timeoutSeconds": count,
  "core.v1.Probe.periodSeconds": count,
  "core.v1.Probe.successThreshold": count,
  "core.v1.Probe.failureThreshold": count,
  "core.v1.Probe.terminationGracePeriodSeconds": value(atLeast(1)),
  "core.v1.Volume.name": label,
  "core.v1.PodSpec.activeDeadlineSeconds": value(between(1, 2 ** 31 - 1)),
  "core.v1.PodSpec.terminationGracePeriodSeconds": count,
  "core.v1.PodSpec.hostname": label,
  "core.v1.PodSpec.subdomain": label,
  "core.v1.PodSpec.serviceAccountName": subdomain,
  "core.v1.PodSpec.nodeName": subdomain,
  "core.v1.PodSpec.priorityClassName": subdomain,
  "core.v1.PodSpec.runtimeClassName": subdomain,
  "core.v1.PodSpec.nodeSelector": labels,
  "core.v1.PodSecurityContext.runAsUser": count,
  "core.v1.PodSecurityContext.runAsGroup": count,
  "core.v1.PodSecurityContext.fsGroup": count,
  "core.v1.SecurityContext.runAsUser": count,
  "core.v1.SecurityContext.runAsGroup": count,
  "core.v1.PodDNSConfig.nameservers": item(text(ipError)),
  "core.v1.HostAlias.ip": value(text(ipError)),
  "core.v1.HostAlias.hostnames": item(text(subdomainError)),
  "core.v1.Toleration.key": value(text(labelKeyError)),
  "core.v1.TopologySpreadConstraint.maxSkew": value(atLeast(1)),
  "core.v1.TopologySpreadConstraint.topologyKey": value(text(labelKeyError)),
  "core.v1.PodAffinityTerm.topologyKey": value(text(labelKeyError)),
  "core.v1.WeightedPodAffinityTerm.weight": value(between(1, 100)),
  "core.v1.PreferredSchedulingTerm.weight": value(between(1, 100)),
  "core.v1.KeyToPath.mode": value(between(0, 0o777)),
  "core.v1.ConfigMapVolumeSource.defaultMode": value(between(0, 0o777)),
  "core.v1.SecretVolumeSource.defaultMode": value(between(0, 0o777)),
  "core.v1.ProjectedVolumeSource.defaultMode": value(between(0, 0o777)),
  "core.v1.ServiceAccountTokenProjection.expirationSeconds": value(between(600, 2 ** 32)),

  "core.v1.LimitRangeItem.type": value((type) => (typeof type === "string" ? labelKeyError(type) : null)),

  "core.v1.ServicePort.port": port,
  // The range is a setting of the server; this is its default.
  "core.v1.ServicePort.nodePort": value(
    number((n) => (n === 0 || (n >= 30_000 && n <= 32_767) ? null : `lies outside of the usual 30000-32767, is ${n}`)),
    "warning",
  ),
  "core.v1.ServicePort.name": label,
  "core.v1.ServicePort.targetPort": namedPort,
  "core.v1.ServiceSpec.selector": labels,
  "core.v1.ServiceSpec.clusterIP": value(clusterIp),
  "core.v1.ServiceSpec.clusterIPs": item(clusterIp),
  "core.v1.ServiceSpec.externalIPs": item(text(ipError)),
  "core.v1.ServiceSpec.externalName": value(text((name) => subdomainError(name.replace(/\.$/, "")))),
  "core.v1.ServiceSpec.loadBalancerIP": value(text(ipError), "warning"),
  "core.v1.ServiceSpec.loadBalancerSourceRanges": item(text((range) => cidrError(range.trim()))),
  "core.v1.ClientIPConfig.timeoutSeconds": value(between(1, 86_400)),
  "core.v1.EndpointAddress.ip": value(text(ipError)),
  "core.v1.EndpointPort.port": port,
  "core.v1.PersistentVolumeClaimSpec.storageClassName": subdomain,

  "apps.v1.DeploymentSpec.replicas": count,
  "apps.v1.DeploymentSpec.minReadySeconds": count,
  "apps.v1.DeploymentSpec.revisionHistoryLimit": count,
  "apps.v1.DeploymentSpec.progressDeadlineSeconds": count,
  "apps.v1.RollingUpdateDeployment.maxSurge": value(percentOrCount),
  "apps.v1.RollingUpdateDeployment.maxUnavailable": value(percentOrCount),
  "apps.v1.RollingUpdateDaemonSet.maxSurge": value(percentOrCount),
  "apps.v1.RollingUpdateDaemonSet.maxUnavailable": value(percentOrCount),
  "apps.v1.ReplicaSetSpec.replicas": count,
  "apps.v1.ReplicaSetSpec.minReadySeconds": count,
  "apps.v1.StatefulSetSpec.replicas": count,
  "apps.v1.StatefulSetSpec.minReadySeconds": count,
  "apps.v1.StatefulSetSpec.revisionHistoryLimit": count,
  "apps.v1.RollingUpdateStatefulSetStrategy.partition": count,
  "apps.v1.DaemonSetSpec.minReadySeconds": count,
  "apps.v1.DaemonSetSpec.revisionHistoryLimit": count,
  "core.v1.ReplicationControllerSpec.replicas": count,
  "core.v1.ReplicationControllerSpec.minReadySeconds": count,

  "batch.v1.CronJobSpec.schedule": value((schedule) => (typeof schedule === "string" ? cronError(schedule) : null)),
  "batch.v1.CronJobSpec.timeZone": value(timeZone, "warning"),
  "batch.v1.CronJobSpec.startingDeadlineSeconds": count,
  "batch.v1.CronJobSpec.successfulJobsHistoryLimit": count,
  "batch.v1.CronJobSpec.failedJobsHistoryLimit": count,
  "batch.v1.JobSpec.parallelism": count,
  "batch.v1.JobSpec.completions": count,
  "batch.v1.JobSpec.backoffLimit": count,
  "batch.v1.JobSpec.activeDeadlineSeconds": count,
  "batch.v1.JobSpec.ttlSecondsAfterFinished": count,

  "autoscaling.v1.HorizontalPodAutoscalerSpec.maxReplicas": value(atLeast(1)),
  "autoscaling.v1.HorizontalPodAutoscalerSpec.minReplicas": count,
  "autoscaling.v2.HorizontalPodAutoscalerSpec.maxReplicas": value(atLeast(1)),
  "autoscaling.v2.HorizontalPodAutoscalerSpec.minReplicas": count,
  "autoscaling.v2.MetricTarget.type": value(oneOf("Utilization", "Value", "AverageValue")),
  "autoscaling.v2.HPAScalingRules.selectPolicy": value(oneOf("Max", "Min", "Disabled")),
  "autoscaling.v2.HPAScalingRules.stabilizationWindowSeconds": value(between(0, 3600)),
  "autoscaling.v2.HPAScalingPolicy.type": value(oneOf("Pods", "Percent")),
  "autoscaling.v2.HPAScalingPolicy.value": value(atLeast(1)),
  "autoscaling.v2.HPAScalingPolicy.periodSeconds": value(between(1, 1800)),
  "coordination.v1.LeaseSpec.acquireTime": microTime,
  "coordination.v1.LeaseSpec.renewTime": microTime,
  "policy.v1.PodDisruptionBudgetSpec.minAvailable": value(percentOrCount),
  "policy.v1.PodDisruptionBudgetSpec.maxUnavailable": value(percentOrCount),

  "networking.v1.IngressRule.host": value(text(hostError)),
  "networking.v1.IngressTLS.hosts": item(text(hostError)),
  "networking.v1.HTTPIngressPath.pathType": value(oneOf("Exact", "Prefix", "ImplementationSpecific")),
  "networking.v1.ServiceBackendPort.number": value(between(0, 65_535)),
  "networking.v1.ServiceBackendPort.name": value(text(portNameError)),
  "networking.v1.IPBlock.cidr": value(text(cidrError)),
  "networking.v1.IPBlock.except": item(text(cidrError)),
  "networking.v1.NetworkPolicyPort.port": namedPort,

  "rbac.v1.RoleRef.kind": value(oneOf("Role", "ClusterRole")),
  "rbac.v1.Subject.kind": value(oneOf("User", "Group", "ServiceAccount")),
  "rbac.v1.RoleRef.apiGroup": value(oneOf("rbac.authorization.k8s.io")),
  ...webhookRules("MutatingWebhook"),
  ...webhookRules("ValidatingWebhook"),
  "admissionregistration.v1.RuleWithOperations.scope": value(oneOf("*", "Cluster", "Namespaced")),
  "admissionregistration.v1.WebhookClientConfig.url": value(
    text((url) => (url.startsWith("https://") ? null : `must start with https://: ${JSON.stringify(url)}`)),
  ),
  "scheduling.v1.PriorityClass.value": value(
    number((n) => (n <= 1_000_000_000 ? null : `must be at most 1000000000, is ${n}`)),
  ),
};
