import type { KubeObject, ObjectMeta, OwnerReference } from "../../model/objects.ts";
import type { Toleration } from "./taints.ts";

/** The fields that controllers read and write, of objects that the API layer has validated and defaulted. */
export interface Condition {
  type: string;
  observedGeneration?: number;
  status: "True" | "False" | "Unknown";
  lastProbeTime?: string | null;
  lastUpdateTime?: string;
  lastTransitionTime?: string | null;
  reason?: string;
  message?: string;
}

export interface Probe {
  initialDelaySeconds?: number;
  periodSeconds?: number;
  failureThreshold?: number;
}

export interface Container {
  name: string;
  image?: string;
  imagePullPolicy?: string;
  command?: string[];
  restartPolicy?: string;
  env?: { valueFrom?: { configMapKeyRef?: KeyRef; secretKeyRef?: KeyRef } }[];
  envFrom?: { configMapRef?: ObjectRef; secretRef?: ObjectRef }[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { preStop?: { sleep?: { seconds?: number } }; postStart?: { exec?: { command?: string[] } } };
  ports?: { name?: string; containerPort: number; protocol?: string }[];
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean; subPath?: string }[];
  resources?: { requests?: Record<string, string | number>; limits?: Record<string, string | number> };
}

interface ObjectRef {
  name?: string;
  optional?: boolean;
}

interface KeyRef extends ObjectRef {
  key?: string;
}

export interface Volume {
  name: string;
  configMap?: ObjectRef;
  secret?: { secretName?: string; optional?: boolean };
  persistentVolumeClaim?: { claimName: string };
  ephemeral?: { volumeClaimTemplate?: { metadata?: Partial<ObjectMeta>; spec: object } };
  [source: string]: unknown;
}

export interface PodSpec {
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: {
        nodeSelectorTerms: { matchExpressions?: Expression[]; matchFields?: Expression[] }[];
      };
    };
  };
  priority?: number;
  preemptionPolicy?: "PreemptLowerPriority" | "Never";
  restartPolicy?: "Always" | "OnFailure" | "Never";
  terminationGracePeriodSeconds?: number;
  activeDeadlineSeconds?: number;
  readinessGates?: { conditionType: string }[];
  serviceAccountName?: string;
  hostNetwork?: boolean;
  hostname?: string;
  subdomain?: string;
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
}

export interface Expression {
  key: string;
  operator: string;
  values?: string[];
}

export interface EndedState {
  exitCode: number;
  reason: string;
  message?: string;
  startedAt: string | null;
  finishedAt: string | null;
  containerID?: string;
}

export interface ContainerStateFields {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: EndedState;
}

export interface ContainerStatus {
  name: string;
  state: ContainerStateFields;
  lastState: ContainerStateFields;
  ready: boolean;
  restartCount: number;
  image: string;
  imageID: string;
  containerID?: string;
  started?: boolean;
  allocatedResources?: Record<string, string | number>;
  resources?: Container["resources"];
  volumeMounts?: object[];
}

export interface PodStatus {
  observedGeneration?: number;
  phase?: "Pending" | "Running" | "Succeeded" | "Failed";
  conditions?: Condition[];
  reason?: string;
  message?: string;
  hostIP?: string;
  hostIPs?: { ip: string }[];
  podIP?: string;
  podIPs?: { ip: string }[];
  startTime?: string;
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
  qosClass?: string;
  nominatedNodeName?: string;
}

export type Pod = KubeObject & { spec: PodSpec; status?: PodStatus };

export interface PodTemplate {
  metadata?: Partial<ObjectMeta>;
  spec: PodSpec;
}

export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: Expression[];
}

export type Quantity = number | string;

export type Deployment = KubeObject & {
  spec: {
    replicas?: number;
    selector: Selector;
    template: PodTemplate;
    paused?: boolean;
    minReadySeconds?: number;
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: Quantity; maxUnavailable?: Quantity } };
  };
  status?: { conditions?: Condition[]; [counter: string]: unknown };
};

export type ReplicaSet = KubeObject & {
  spec: { replicas?: number; selector: Selector; template: PodTemplate; minReadySeconds?: number };
  status?: {
    replicas?: number;
    fullyLabeledReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    observedGeneration?: number;
    conditions?: Condition[];
  };
};

export type StatefulSet = KubeObject & {
  spec: {
    replicas?: number;
    selector: Selector;
    serviceName?: string;
    template: PodTemplate;
    minReadySeconds?: number;
    podManagementPolicy?: string;
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
    revisionHistoryLimit?: number;
    ordinals?: { start?: number };
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
    volumeClaimTemplates?: { metadata: Partial<ObjectMeta> & { name: string }; spec: object }[];
  };
  status?: { currentRevision?: string; updateRevision?: string; [counter: string]: unknown };
};

export type DaemonSet = KubeObject & {
  spec: {
    revisionHistoryLimit?: number;
    template: PodTemplate;
    minReadySeconds?: number;
    updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: Quantity; maxSurge?: Quantity } };
  };
  status?: Record<string, unknown>;
};

export interface JobStatus {
  startTime?: string;
  completionTime?: string;
  active?: number;
  ready?: number;
  succeeded?: number;
  failed?: number;
  terminating?: number;
  uncountedTerminatedPods?: object;
  completedIndexes?: string;
  failedIndexes?: string;
  conditions?: Condition[];
}

export type Job = KubeObject & {
  spec: {
    completions?: number;
    parallelism?: number;
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    completionMode?: string;
    backoffLimitPerIndex?: number;
    maxFailedIndexes?: number;
    podReplacementPolicy?: string;
    podFailurePolicy?: {
      rules: {
        action: "FailJob" | "FailIndex" | "Ignore" | "Count";
        onExitCodes?: { containerName?: string; operator: string; values: number[] };
        onPodConditions?: { type: string; status?: string }[];
      }[];
    };
    successPolicy?: { rules: { succeededIndexes?: string; succeededCount?: number }[] };
    suspend?: boolean;
    template: PodTemplate;
  };
  status?: JobStatus;
};

export type Claim = KubeObject & {
  spec: {
    storageClassName?: string;
    volumeName?: string;
    accessModes?: string[];
    volumeMode?: string;
    resources?: { requests?: Record<string, string> };
  };
  status?: { phase?: string; [field: string]: unknown };
};

/** As Kubernetes' own controllers refer to what they made: garbage collection follows it. */
export function controlledBy(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function controllerUid(object: KubeObject): string | null {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? null;
}

export const isGoing = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((each) => each.type === "Ready" && each.status === "True") === true;
}

/** Neither going nor at its end. */
export function isActive(pod: Pod): boolean {
  return !isGoing(pod) && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
}

/** The claim of an ephemeral volume: named after pod and volume (Kubernetes docs, "Ephemeral Volumes"). */
export function ephemeralClaim(pod: { metadata: { name: string } }, volume: string): string {
  return `${pod.metadata.name}-${volume}`;
}
