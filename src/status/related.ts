import type { KubeObject } from "../model/objects.ts";
import type { ReadyCondition } from "../model/ready-condition.ts";
import type { Phase } from "../model/status.ts";

/** What is known around an object when its readiness is judged. Lists may hold others' things too: rules select. */
export interface Related {
  /** Pods of the object's namespace, or only its own. */
  readonly pods: readonly KubeObject[];
  /** core/v1 Events about the object, its ReplicaSets, its pods or their claims. */
  readonly events: readonly KubeObject[];
  /** Not needed; where given, a Deployment's newest template is told from them. */
  readonly replicaSets?: readonly KubeObject[];
  /** Not needed; where given, a claim's binding mode is told from them instead of from its events. */
  readonly storageClasses?: readonly KubeObject[];
  /** Not needed; where given, the verdict on a pod that does not fit says what the nodes have. */
  readonly nodes?: readonly KubeObject[];
  /** Local ms since 1970 when this run first saw the object as it is now wanted. Bounds graces when clocks differ. */
  readonly firstSeen?: number;
  /** Milliseconds by which the cluster's clock is ahead of ours (negative: behind), where that is known. */
  readonly clockAhead?: number;
  /** What its code says must hold before it is ready, in place of its kind's own rule. */
  readonly readyWhen?: ReadyCondition;
  /** Whether pods without readiness probes are watched for a few seconds before they count as ready. */
  readonly watchUnprobed?: boolean;
  /** Restarts that something else was to blame for, by `pod/container`: the budget counts from there. */
  readonly excused?: ReadonlyMap<string, number>;
}

export const nothingRelated: Related = { pods: [], events: [] };

/** Where to read the lines that explain a failure. */
export interface LogTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The container before its last restart. */
  readonly previous: boolean;
}

/** Something that is wrong with an object or one of its pods. */
export interface Trouble {
  readonly cause: Cause;
  /** Kubernetes' CamelCase reason. */
  readonly reason: string;
  /** One short sentence that names the pod where there is one. */
  readonly message: string;
  /** Will not pass by itself. */
  readonly hopeless: boolean;
  /** How often it happened: of two pods the worse one speaks. */
  readonly times: number;
  readonly pod: string | null;
  /** How many pods are in the same trouble; 0 where it is not a pod's. */
  readonly pods: number;
  /** When it began, as the cluster stamped it; "" where no stamp tells. */
  readonly since: string;
  /** Message of the Event that names the cause; "" where there is none. */
  readonly event: string;
  readonly log: LogTarget | null;
  readonly remedy: string;
}

/** Every classified cause; docs/readiness.md explains each. */
export type Cause =
  | "image-not-found"
  | "image-denied"
  | "image-unreachable"
  | "image-invalid"
  | "image-pull"
  | "crash"
  | "oom"
  | "start-error"
  | "init-container"
  | "hook"
  | "liveness"
  | "probe"
  | "readiness-gate"
  | "config-missing"
  | "container-config"
  | "insufficient-resources"
  | "taint"
  | "node-affinity"
  | "unschedulable"
  | "volume-unbound"
  | "volume-mount"
  | "volume"
  | "sandbox"
  | "evicted"
  | "node-gone"
  | "deadline"
  | "job-failed"
  | "quota"
  | "limit-range"
  | "pod-security"
  | "webhook"
  | "service-account"
  | "create-refused"
  | "stuck-update"
  | "name-conflict"
  | "condition"
  | "timeout";

/** A rule's answer; phase and trouble agree: `failed` always names one. */
export interface Finding {
  readonly phase: Phase;
  readonly ready: number | null;
  readonly total: number | null;
  readonly reason: string;
  readonly message: string;
  readonly notes: readonly string[];
  readonly trouble: Trouble | null;
}

/** One kind's rule. `now` is local ms since 1970. */
export type Rule = (object: KubeObject, related: Related, now: number) => Finding;
