import { describe, expect, test } from "vitest";
import { phases, replay } from "./replay.ts";

/**
 * What each recorded rollout looked like to the rules: phase and reason, as often as they changed. Written down from a
 * real cluster's watch, read line by line: change a row only with the recording in hand.
 */
const rollouts: readonly (readonly [scenario: string, object: string, seen: readonly string[]])[] = [
  [
    "crd-and-cr",
    "CustomResourceDefinition/widgets.rec.example.com",
    ["progressing", "progressing Installing", "ready", "terminating"],
  ],
  ["crd-and-cr", "Widget/plain", ["progressing", "ready", "terminating"]],
  ["crd-and-cr", "Widget/ready", ["progressing", "progressing Progressing", "ready", "progressing", "ready"]],
  ["crd-and-cr", "Widget/stalled", ["progressing", "failed QuotaExceeded"]],
  [
    "crd-name-conflict",
    "CustomResourceDefinition/gadgets.a.rec.example.com",
    ["progressing", "progressing Installing", "ready", "terminating"],
  ],
  [
    "crd-name-conflict",
    "CustomResourceDefinition/gizmos.a.rec.example.com",
    ["progressing", "failed ListKindConflict", "terminating"],
  ],
  ["daemonset-no-nodes", "DaemonSet/agent", ["progressing", "ready"]],
  ["daemonset-ok", "DaemonSet/agent", ["progressing", "ready"]],
  ["daemonset-update", "DaemonSet/agent", ["progressing", "ready", "progressing", "ready"]],
  ["deployment-bad-command", "Deployment/app", ["progressing", "progressing StartError", "failed StartError"]],
  [
    "deployment-crash-after-ready",
    "Deployment/app",
    [
      "progressing",
      "ready",
      "progressing Error",
      "progressing Unhealthy",
      "progressing",
      "ready",
      "progressing CrashLoopBackOff",
      "ready",
      "progressing CrashLoopBackOff",
      "progressing Unhealthy",
      "progressing",
      "ready",
      "failed CrashLoopBackOff",
    ],
  ],
  [
    "deployment-crash-loop",
    "Deployment/app",
    ["progressing", "progressing Error", "progressing CrashLoopBackOff", "failed CrashLoopBackOff"],
  ],
  ["deployment-delete-foreground", "Deployment/web", ["progressing", "ready", "terminating"]],
  [
    "deployment-image-pull-fail",
    "Deployment/web",
    ["progressing", "ready", "progressing", "progressing ImagePullBackOff", "failed ImagePullBackOff"],
  ],
  ["deployment-image-pull-no-host", "Deployment/web", ["progressing", "progressing ImagePullBackOff"]],
  ["deployment-invalid-image-name", "Deployment/web", ["progressing", "failed InvalidImageName"]],
  [
    "deployment-liveness-kill",
    "Deployment/app",
    ["progressing", "ready", "failed CrashLoopBackOff", "progressing", "ready"],
  ],
  [
    "deployment-missing-configmap-recovers",
    "Deployment/app",
    [
      "progressing",
      "progressing CreateContainerConfigError",
      "failed CreateContainerConfigError",
      "progressing",
      "ready",
    ],
  ],
  [
    "deployment-missing-configmap",
    "Deployment/app",
    ["progressing", "progressing CreateContainerConfigError", "failed CreateContainerConfigError"],
  ],
  [
    "deployment-missing-secret-volume",
    "Deployment/app",
    ["progressing", "progressing FailedMount", "failed FailedMount"],
  ],
  [
    "deployment-missing-serviceaccount",
    "Deployment/web",
    ["progressing", "progressing FailedCreate", "failed FailedCreate"],
  ],
  ["deployment-ok", "Deployment/web", ["progressing", "ready"]],
  ["deployment-oom", "Deployment/app", ["progressing", "progressing OOMKilled", "failed OOMKilled"]],
  ["deployment-paused-from-start", "Deployment/web", ["progressing", "ready DeploymentPaused", "progressing", "ready"]],
  ["deployment-paused", "Deployment/web", ["progressing", "ready", "progressing", "ready DeploymentPaused"]],
  [
    "deployment-progress-deadline",
    "Deployment/web",
    ["progressing", "progressing Unhealthy", "failed ProgressDeadlineExceeded", "progressing", "ready"],
  ],
  ["deployment-readiness-never", "Deployment/web", ["progressing", "progressing Unhealthy"]],
  ["deployment-recreate", "Deployment/web", ["progressing", "ready", "progressing", "ready"]],
  [
    "deployment-rolling-update",
    "Deployment/web",
    ["progressing", "ready", "progressing", "ready", "progressing", "ready"],
  ],
  ["deployment-scale-down", "Deployment/web", ["progressing", "ready", "progressing", "ready"]],
  [
    "deployment-unschedulable-selector",
    "Deployment/web",
    ["progressing", "progressing Unschedulable", "failed Unschedulable"],
  ],
  ["deployment-unschedulable", "Deployment/web", ["progressing", "progressing Unschedulable", "failed Unschedulable"]],
  [
    "deployment-update-crash-then-rollback",
    "Deployment/app",
    [
      "progressing",
      "ready",
      "progressing",
      "progressing Error",
      "progressing CrashLoopBackOff",
      "progressing",
      "ready",
    ],
  ],
  ["hpa-no-metrics", "Deployment/web", ["progressing", "ready"]],
  ["hpa-no-metrics", "HorizontalPodAutoscaler/web", ["progressing", "ready FailedGetResourceMetric"]],
  ["hpa-no-metrics", "HorizontalPodAutoscaler/orphan", ["progressing", "progressing FailedGetScale"]],
  ["ingress-no-controller", "Deployment/web", ["progressing", "ready"]],
  ["ingress-no-controller", "Ingress/web", ["progressing", "ready NoAddress"]],
  [
    "job-fail-backoff",
    "Job/work",
    [
      "progressing",
      "progressing Error",
      "progressing",
      "progressing Error",
      "progressing",
      "progressing Error",
      "progressing",
      "failed BackoffLimitExceeded",
    ],
  ],
  [
    "job-fail-onfailure",
    "Job/work",
    ["progressing", "progressing Error", "progressing CrashLoopBackOff", "progressing", "failed BackoffLimitExceeded"],
  ],
  ["job-ok", "Job/work", ["progressing", "ready CompletionsReached"]],
  ["job-suspended", "Job/work", ["ready JobSuspended", "progressing", "ready CompletionsReached"]],
  ["pod-evicted-by-kubelet", "Deployment/app", ["progressing", "ready", "progressing Evicted", "ready"]],
  ["pod-phases", "Pod/good", ["progressing", "ready", "progressing", "ready Completed"]],
  ["pod-phases", "Pod/bad", ["progressing", "progressing Error", "failed Error"]],
  ["pod-phases", "Pod/slow", ["progressing", "ready", "terminating"]],
  [
    "pvc-bound-by-pod",
    "PersistentVolumeClaim/data",
    [
      "progressing",
      "ready WaitForFirstConsumer",
      "progressing WaitForFirstConsumer",
      "progressing ExternalProvisioning",
      "progressing Provisioning",
      "progressing ProvisioningSucceeded",
      "ready",
    ],
  ],
  ["pvc-bound-by-pod", "Pod/user", ["progressing", "ready"]],
  [
    "pvc-delete-in-use",
    "PersistentVolumeClaim/data",
    [
      "progressing",
      "ready WaitForFirstConsumer",
      "progressing WaitForFirstConsumer",
      "progressing ExternalProvisioning",
      "progressing Provisioning",
      "progressing ProvisioningSucceeded",
      "ready",
      "terminating",
    ],
  ],
  ["pvc-delete-in-use", "Pod/user", ["progressing", "ready", "terminating"]],
  [
    "pvc-unbound-no-class",
    "PersistentVolumeClaim/fast",
    ["progressing", "progressing ProvisioningFailed", "failed ProvisioningFailed"],
  ],
  ["pvc-unbound-no-class", "PersistentVolumeClaim/static", ["progressing", "progressing FailedBinding"]],
  ["pvc-unbound-no-class", "Pod/user", ["progressing", "progressing Unschedulable", "failed Unschedulable"]],
  ["pvc-wait-for-first-consumer", "PersistentVolumeClaim/data", ["progressing", "ready WaitForFirstConsumer"]],
  ["service-kinds", "Service/nobody", ["ready"]],
  ["service-kinds", "Service/ext", ["ready"]],
  ["service-kinds", "Service/headless", ["ready"]],
  ["service-loadbalancer-pending", "Deployment/web", ["progressing", "ready"]],
  ["service-loadbalancer-pending", "Service/web", ["progressing", "ready NoLoadBalancer"]],
  ["sidecar-job", "Job/work", ["progressing", "ready CompletionsReached"]],
  ["statefulset-ok", "StatefulSet/db", ["progressing", "ready"]],
  [
    "statefulset-ok",
    "PersistentVolumeClaim/data-db-0",
    [
      "progressing",
      "ready WaitForFirstConsumer",
      "progressing WaitForFirstConsumer",
      "progressing ExternalProvisioning",
      "progressing Provisioning",
      "progressing ProvisioningSucceeded",
      "ready",
    ],
  ],
  [
    "statefulset-ok",
    "PersistentVolumeClaim/data-db-1",
    [
      "progressing",
      "ready WaitForFirstConsumer",
      "progressing WaitForFirstConsumer",
      "progressing ExternalProvisioning",
      "progressing Provisioning",
      "progressing ProvisioningSucceeded",
      "ready",
    ],
  ],
  [
    "statefulset-ok",
    "PersistentVolumeClaim/data-db-2",
    [
      "progressing",
      "ready WaitForFirstConsumer",
      "progressing WaitForFirstConsumer",
      "progressing ExternalProvisioning",
      "progressing Provisioning",
      "progressing ProvisioningSucceeded",
      "ready",
    ],
  ],
  ["statefulset-parallel-one-not-ready", "StatefulSet/db", ["progressing", "progressing Unhealthy"]],
  ["statefulset-partition", "StatefulSet/db", ["progressing", "ready", "progressing", "ready"]],
  ["statefulset-rolling-update", "StatefulSet/db", ["progressing", "ready", "progressing", "ready"]],
  [
    "statefulset-stuck-update",
    "StatefulSet/db",
    [
      "progressing",
      "ready",
      "progressing",
      "progressing Error",
      "progressing CrashLoopBackOff",
      "progressing",
      "progressing StuckUpdate",
      "failed StuckUpdate",
      "progressing",
      "progressing Unhealthy",
      "progressing",
      "ready",
    ],
  ],
];

describe("recorded rollouts", () => {
  test.each(rollouts)("%s %s", (scenario, object, seen) => {
    expect(phases(replay(scenario, object))).toEqual(seen);
  });
});

describe("right after a change", () => {
  test.each(rollouts.filter(([, object]) => /^(Deployment|StatefulSet|DaemonSet)\//.test(object)))(
    "%s %s is not ready while its controller has not seen it",
    (scenario, object) => {
      const lagging = replay(scenario, object).filter((frame) => frame.lagging);
      expect(lagging.length).toBeGreaterThan(0);
      expect(lagging.filter((frame) => frame.status.phase === "ready")).toEqual([]);
    },
  );
});

/** The sentence, the cause and the remedy that a user reads when it first counts as failed. */
const verdicts: readonly (readonly [scenario: string, object: string, verdict: string])[] = [
  ["crd-and-cr", "Widget/stalled", "condition: no room -> see the message and the log of the resource's controller"],
  [
    "crd-name-conflict",
    "CustomResourceDefinition/gizmos.a.rec.example.com",
    'name-conflict: "GadgetList" is already in use -> choose other names, or remove the definition that holds them',
  ],
  [
    "deployment-bad-command",
    "Deployment/app",
    'start-error: app-77cd7449c4-tt97n cannot be started: exec: "/opt/app/run": stat /opt/app/run: no such file or directory -> correct the container\'s command: the image does not hold what it names',
  ],
  [
    "deployment-crash-after-ready",
    "Deployment/app",
    "crash: app-75bf9468c-pdm9g crashed 4 times, exit code 2 -> read the log of the container",
  ],
  [
    "deployment-crash-loop",
    "Deployment/app",
    "crash: app-7bb4cb584f-r4hxw crashed 4 times, exit code 1 -> read the log of the container",
  ],
  [
    "deployment-image-pull-fail",
    "Deployment/web",
    "image-pull: image localhost:5000/team/app:missing was not found -> correct the image or its tag, push it, or load it (k8sctl cluster load-image)",
  ],
  [
    "deployment-invalid-image-name",
    "Deployment/web",
    "image-pull: image Registry.example/Team/App:1.0 is not a valid image name -> correct the image name: lower case, host/path:tag",
  ],
  [
    "deployment-liveness-kill",
    "Deployment/app",
    "probe: app-7d5849d655-t4ddz was killed 4 times by its liveness probe -> give the liveness probe more time, or a startup probe, or see why the container stops answering",
  ],
  [
    "deployment-missing-configmap-recovers",
    "Deployment/app",
    'config-missing: app-55bc6bd88-s9qcj cannot be configured: configmap "settings" not found -> create the configmap settings in this namespace, or correct its name',
  ],
  [
    "deployment-missing-configmap",
    "Deployment/app",
    'config-missing: app-55bc6bd88-wrk2q cannot be configured: configmap "settings" not found -> create the configmap settings in this namespace, or correct its name',
  ],
  [
    "deployment-missing-secret-volume",
    "Deployment/app",
    'config-missing: app-788dd86777-8t6ql cannot mount a volume: secret "tls" not found -> create the secret tls in this namespace, or correct its name in the pod\'s volumes',
  ],
  [
    "deployment-missing-serviceaccount",
    "Deployment/web",
    'create-refused: its pods are refused: pods "web-95c7b8db-" is forbidden: error looking up service account deployment-missing-serviceaccount/robot: serviceaccount "robot" not found -> create the ServiceAccount robot in this namespace, or correct its name',
  ],
  [
    "deployment-oom",
    "Deployment/app",
    "oom: app-78f95b7fff-6jt4p ran out of memory 4 times -> raise the container's memory limit, or let it use less",
  ],
  [
    "deployment-progress-deadline",
    "Deployment/web",
    "probe: no progress within 20 s: web-59589c49b8-4m7s8: readiness probe failing: HTTP probe failed with statuscode: 404 -> see why the readiness probe fails, or correct its path, port or times",
  ],
  [
    "deployment-unschedulable-selector",
    "Deployment/web",
    "unschedulable: web-79588846c8-6nfwj cannot be scheduled: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector -> label a node as nodeSelector or affinity demands, or drop the demand",
  ],
  [
    "deployment-unschedulable",
    "Deployment/web",
    "unschedulable: web-6bf5b59ccd-824sz cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu -> lower the pods' resource requests, or give the cluster larger or more nodes",
  ],
  [
    "job-fail-backoff",
    "Job/work",
    "job-failed: failed more often than its backoffLimit of 2 allows, exit code 2 -> read the log of its pod, correct it and apply again",
  ],
  [
    "job-fail-onfailure",
    "Job/work",
    "job-failed: failed more often than its backoffLimit of 2 allows, exit code 2 -> read the log of its pod, correct it and apply again",
  ],
  ["pod-phases", "Pod/bad", "crash: bad ended with exit code 4 -> read the log of the container"],
  [
    "pvc-unbound-no-class",
    "PersistentVolumeClaim/fast",
    'volume: storageclass.storage.k8s.io "fast-ssd" not found -> name a StorageClass that the cluster has (kubectl get storageclass), or leave it out for the default one',
  ],
  [
    "pvc-unbound-no-class",
    "Pod/user",
    "unschedulable: user cannot be scheduled: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims -> see the volume claim: it is missing or cannot be bound",
  ],
  [
    "statefulset-stuck-update",
    "StatefulSet/db",
    "stuck-update: the update waits for db-1, which the template before broke -> delete the pod: kubectl delete pod -n statefulset-stuck-update db-1",
  ],
];

describe("verdicts", () => {
  test.each(verdicts)("%s %s", (scenario, object, words) => {
    const first = replay(scenario, object).find((frame) => frame.verdict !== null)?.verdict;
    expect(`${first?.cause}: ${first?.message} -> ${first?.remedy}`).toBe(words);
  });
});
