import type { Template } from "../model/desired.ts";
import type { Json } from "../model/json.ts";
import type { Value } from "./expression/value.ts";
import { asProviderSet } from "./provider-sets.ts";
import { isPlainTree, type Tree } from "./tree.ts";

/** Changes each mapped struct into what the provider would have sent. */
export interface Habits {
  /** Lists and maps without an element are left out, as Go leaves them out of JSON. */
  readonly emptyIsAbsent: boolean;
  /** Changes a list of blocks or values before it is mapped; the field is its struct and name. */
  readonly listed: (field: string, value: Value) => Value;
  readonly finish: (struct: string, fields: Tree, isWhole: boolean) => void;
}

const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const volumeOfFiles = { defaultMode: 0o644, optional: false };
const pod = {
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  automountServiceAccountToken: true,
  shareProcessNamespace: false,
  enableServiceLinks: true,
};
const webhook = { failurePolicy: "Fail", matchPolicy: "Equivalent", timeoutSeconds: 10 };

/**
 * What the provider's own schema fills in where the configuration has the block but not the attribute. These are not
 * the API's defaults: some differ from them (a service account mounts its token, a storage class may expand).
 */
const added: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  "admissionregistration.v1.MutatingWebhook": { ...webhook, reinvocationPolicy: "Never" },
  "admissionregistration.v1.RuleWithOperations": { scope: "*" },
  "admissionregistration.v1.ServiceReference": { port: 443 },
  "admissionregistration.v1.ValidatingWebhook": webhook,
  "apiregistration.v1.ServiceReference": { port: 443 },
  "apps.v1.DaemonSetSpec": { revisionHistoryLimit: 10 },
  "apps.v1.DaemonSetUpdateStrategy": { type: "RollingUpdate" },
  "apps.v1.DeploymentSpec": { revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  "apps.v1.DeploymentStrategy": { type: "RollingUpdate" },
  "apps.v1.RollingUpdateDaemonSet": { maxUnavailable: 1 },
  "apps.v1.RollingUpdateStatefulSetStrategy": { partition: 0 },
  "apps.v1.RollingUpdateDeployment": { maxSurge: "25%", maxUnavailable: "25%" },
  "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": { whenDeleted: "Retain", whenScaled: "Retain" },
  // Keeps no history: what Go writes for an attribute that nobody set.
  "apps.v1.StatefulSetSpec": { revisionHistoryLimit: 0 },
  "apps.v1.StatefulSetUpdateStrategy": { type: "RollingUpdate" },
  "autoscaling.v1.HorizontalPodAutoscalerSpec": { minReplicas: 1 },
  "autoscaling.v2.HPAScalingRules": { stabilizationWindowSeconds: 0 },
  "autoscaling.v2.HorizontalPodAutoscalerSpec": { minReplicas: 1 },
  "batch.v1.CronJobSpec": { concurrencyPolicy: "Allow", suspend: false },
  "batch.v1.JobSpec": { backoffLimit: 6, completions: 1, parallelism: 1, manualSelector: false },
  "core.v1.AzureDiskVolumeSource": { readOnly: false },
  "batch.v1.PodFailurePolicyOnPodConditionsPattern": { status: "True" },
  "core.v1.ConfigMap": { immutable: false },
  "core.v1.ConfigMapEnvSource": { optional: false },
  "core.v1.CSIVolumeSource": { readOnly: false },
  "core.v1.ConfigMapKeySelector": { optional: false },
  "core.v1.ConfigMapProjection": { optional: false },
  "core.v1.ConfigMapVolumeSource": volumeOfFiles,
  "core.v1.Container": { terminationMessagePath: "/dev/termination-log" },
  "core.v1.ContainerPort": { protocol: "TCP" },
  "core.v1.DownwardAPIVolumeSource": { defaultMode: 0o644 },
  "core.v1.EndpointPort": { protocol: "TCP" },
  "core.v1.HTTPGetAction": { scheme: "HTTP" },
  "core.v1.LimitRangeItem": { type: "" },
  "core.v1.ISCSIPersistentVolumeSource": { iscsiInterface: "default" },
  "core.v1.ISCSIVolumeSource": { iscsiInterface: "default" },
  "core.v1.ObjectFieldSelector": { apiVersion: "v1" },
  "core.v1.PersistentVolumeSpec": { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" },
  "core.v1.PodDNSConfigOption": { value: "" },
  "core.v1.PodSpec": pod,
  "core.v1.Probe": probe,
  "core.v1.ProjectedVolumeSource": { defaultMode: 0o644 },
  "core.v1.RBDPersistentVolumeSource": { pool: "rbd", user: "admin" },
  "core.v1.RBDVolumeSource": { pool: "rbd", user: "admin" },
  "core.v1.ReplicationControllerSpec": { replicas: 1 },
  "core.v1.ResourceFieldSelector": { divisor: "1" },
  "core.v1.SeccompProfile": { type: "Unconfined" },
  "core.v1.Secret": { type: "Opaque" },
  "core.v1.SecretEnvSource": { optional: false },
  "core.v1.SecretKeySelector": { optional: false },
  "core.v1.SecretProjection": { optional: false },
  "core.v1.SecretVolumeSource": volumeOfFiles,
  "core.v1.SecurityContext": {
    privileged: false,
    runAsNonRoot: false,
    readOnlyRootFilesystem: false,
    allowPrivilegeEscalation: true,
  },
  "core.v1.ServiceAccount": { automountServiceAccountToken: true },
  "core.v1.ServiceAccountTokenProjection": { expirationSeconds: 3600 },
  "core.v1.ServicePort": { protocol: "TCP" },
  "core.v1.ServiceSpec": { type: "ClusterIP", sessionAffinity: "None" },
  "core.v1.Toleration": { operator: "Equal" },
  "core.v1.TopologySpreadConstraint": { maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" },
  "core.v1.VolumeMount": { mountPropagation: "None" },
  "core.v1.WindowsSecurityContextOptions": { hostProcess: false },
  "networking.v1.HTTPIngressPath": { pathType: "ImplementationSpecific" },
  "networking.v1.NetworkPolicyPort": { protocol: "TCP" },
  "policy.v1beta1.PodSecurityPolicySpec": { allowPrivilegeEscalation: false, defaultAllowPrivilegeEscalation: false },
  "rbac.v1.Subject": { namespace: "default" },
  "scheduling.v1.PriorityClass": { preemptionPolicy: "PreemptLowerPriority" },
  "storage.v1.CSIDriverSpec": { podInfoOnMount: false },
  "storage.v1.StorageClass": { allowVolumeExpansion: true, reclaimPolicy: "Delete", volumeBindingMode: "Immediate" },
};

/** A controller's pods where their schema has other defaults; undefined: nothing is added. */
const podsOf: Readonly<Record<string, Readonly<Record<string, Json | undefined>>>> = {
  CronJob: { restartPolicy: "Never" },
  Job: { restartPolicy: "Never" },
  // Its template is declared apart in the provider and has few defaults; 0 is what Go writes for the missing one.
  ReplicationController: { restartPolicy: undefined, dnsPolicy: undefined, terminationGracePeriodSeconds: 0 },
};

/**
 * Fields whose zero value Go leaves out of JSON, so that the server never sees it: false, 0 and "" mean the same as
 * absent. Pointer fields, such as `replicas` or `optional`, keep theirs and are not here.
 */
const zeroIsAbsent: ReadonlySet<string> = new Set(
  (
    "allowPrivilegedContainer chapAuthDiscovery chapAuthSession globalDefault hostIPC hostNetwork hostPID hostPort " +
    "healthCheckNodePort initialDelaySeconds insecureSkipTLSVerify minReadySeconds nodePort number partition paused " +
    "privilegedRules publishNotReadyAddresses readOnly stdin stdinOnce tty " +
    // The names of these stand for pointers elsewhere.
    "core.v1.Probe.failureThreshold core.v1.Probe.periodSeconds core.v1.Probe.successThreshold " +
    "core.v1.Probe.timeoutSeconds " +
    // The provider takes their 0 for an attribute that nobody set.
    "autoscaling.v1.HorizontalPodAutoscalerSpec.minReplicas autoscaling.v2.HorizontalPodAutoscalerSpec.minReplicas " +
    "autoscaling.v1.HorizontalPodAutoscalerSpec.targetCPUUtilizationPercentage " +
    "autoscaling.v2.MetricTarget.averageUtilization batch.v1.CronJobSpec.startingDeadlineSeconds " +
    "batch.v1.JobSpec.activeDeadlineSeconds batch.v1.JobSpec.completions networking.v1.NetworkPolicyPort.endPort core.v1.PodSpec.activeDeadlineSeconds"
  ).split(" "),
);

/** Pointers among fields of those names. */
const zeroIsSent: ReadonlySet<string> = new Set([
  "apps.v1.RollingUpdateStatefulSetStrategy.partition",
  "core.v1.AzureDiskVolumeSource.readOnly",
  "core.v1.CSIVolumeSource.readOnly",
]);

function isLeftOut(struct: string, name: string, value: Template | undefined): boolean {
  if (value !== "" && value !== false && value !== 0) return false;
  const full = `${struct}.${name}`;
  if (value === "") return !emptyIsSent.has(full);
  return (zeroIsAbsent.has(name) || zeroIsAbsent.has(full)) && !zeroIsSent.has(full);
}

/** "" that reaches the API: these fields have no omitempty. */
const emptyIsSent: ReadonlySet<string> = new Set(["core.v1.PodDNSConfigOption.value", "core.v1.LimitRangeItem.type"]);

type Change = (fields: Tree, isWhole: boolean, apiVersion: string) => void;

const special: Readonly<Record<string, Change>> = {
  // Each kind of target is one value: the provider reads the one that the type names.
  "autoscaling.v2.MetricTarget": (fields) => {
    const own: Record<string, string> = {
      Utilization: "averageUtilization",
      AverageValue: "averageValue",
      Value: "value",
    };
    const kept = own[String(fields["type"])];
    for (const name of Object.values(own)) if (kept !== undefined && name !== kept) delete fields[name];
  },
  // What the API has by itself is not sent.
  "batch.v1.CronJobSpec": (fields) => {
    if (fields["failedJobsHistoryLimit"] === 1) delete fields["failedJobsHistoryLimit"];
    if (fields["successfulJobsHistoryLimit"] === 3) delete fields["successfulJobsHistoryLimit"];
  },
  // The v1beta1 client of the provider does not know the signer.
  "certificates.v1.CertificateSigningRequestSpec": (fields, _isWhole, apiVersion) => {
    if (apiVersion.endsWith("v1beta1")) delete fields["signerName"];
  },
  "core.v1.PersistentVolumeClaim": (fields, isWhole) => {
    const metadata = fields["metadata"];
    if (!isWhole && isPlainTree(metadata)) metadata["namespace"] ??= "default";
  },
  "core.v1.PersistentVolumeSpec": (fields) => {
    const claim = fields["claimRef"];
    if (isPlainTree(claim)) claim["namespace"] ??= "default";
  },
  // An empty block stays empty.
  "core.v1.PodSecurityContext": (fields) => {
    if (Object.keys(fields).length > 0) fields["runAsNonRoot"] ??= false;
  },
  "core.v1.SeccompProfile": (fields) => {
    if (fields["type"] === "Localhost") fields["localhostProfile"] ??= "";
    else delete fields["localhostProfile"];
  },
  "core.v1.ServiceSpec": (fields) => {
    if (fields["type"] === "LoadBalancer") {
      fields["allocateLoadBalancerNodePorts"] ??= true;
      return;
    }
    delete fields["allocateLoadBalancerNodePorts"];
    delete fields["loadBalancerClass"];
  },
  "policy.v1beta1.PodSecurityPolicySpec": (fields) => {
    for (const name of ["privileged", "readOnlyRootFilesystem"]) if (fields[name] === false) delete fields[name];
  },
  "rbac.v1.ClusterRole": (fields) => {
    fields["rules"] ??= [];
  },
  // The API demands it, even empty.
  "storage.v1.CSIDriver": (fields) => {
    fields["spec"] ??= {};
  },
};

/** Lists whose blocks say nothing when they are empty, such as `tls {}`; elsewhere `{}` means "any" (the rules of a network policy). */
const emptyBlocksAreNone: ReadonlySet<string> = new Set([
  "core.v1.Endpoints.subsets",
  "core.v1.TopologySelectorTerm.matchLabelExpressions",
  "meta.v1.LabelSelector.matchExpressions",
  "networking.v1.IngressSpec.rules",
  "networking.v1.IngressSpec.tls",
  "storage.v1.StorageClass.allowedTopologies",
]);

function isNothingBlock(struct: string, name: string, value: Template | undefined): boolean {
  return Array.isArray(value) && emptyBlocksAreNone.has(`${struct}.${name}`) && value.every(isEmpty);
}

function isEmpty(value: Template): boolean {
  return isPlainTree(value) && Object.keys(value).length === 0;
}

/** What is added to a struct, by its name; pods of a controller apart. */
function defaultsOf(struct: string, kind: string): readonly [string, Json | undefined][] {
  const key = struct === "core.v1.PodSpec" && podsOf[kind] !== undefined ? kind : struct;
  let defaults = defaultsByKey.get(key);
  if (defaults === undefined) {
    defaults = Object.entries({ ...added[struct], ...(key === struct ? undefined : podsOf[kind]) });
    defaultsByKey.set(key, defaults);
  }
  return defaults;
}

const defaultsByKey = new Map<string, readonly [string, Json | undefined][]>();

/** The habits of the provider for one kind of object. */
export function providerHabits(apiVersion: string, kind: string): Habits {
  return {
    emptyIsAbsent: true,
    listed: (field, value) => asProviderSet(field, kind, value),
    finish(struct, fields, isWhole) {
      const missing = defaultsOf(struct, kind).filter(([name]) => !Object.hasOwn(fields, name));
      for (const name in fields) if (isLeftOut(struct, name, fields[name])) delete fields[name];
      // A default stands for what nobody wrote; who wrote "" gets neither.
      for (const [name, value] of missing) if (value !== undefined) fields[name] = value as Template;
      for (const name in fields) if (isNothingBlock(struct, name, fields[name])) delete fields[name];
      special[struct]?.(fields, isWhole, apiVersion);
    },
  };
}
