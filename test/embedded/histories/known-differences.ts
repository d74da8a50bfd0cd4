/** Why an embedded cluster tells a part of a recorded history otherwise. The list can only shrink. */
const because = {
  stopping:
    "A probe hit a container that was stopping, by accident of the moment; elsewhere the same stop told nothing.",
  caught: "One of several starts that crash at once was caught running by the kubelet's report.",
  mount: "A volume of the service account's token was mounted too early once, and tried again.",
  busy: "The recorded machine was busy: a probe timed out, or the kubelet came less far in the time.",
  conflict: "Two controllers of the real cluster wrote a claim at once, and one told of it in place of its pod.",
  exited: "A probe hit a container that had just ended.",
  counted: "Both pods went between two looks of the namespace controller; here they go one after the other.",
  order: "Three pods were made at once, and their events told in another order than their numbers.",
  words: "1.34 says it in other words than the recorded 1.32 (looked up on a 1.34 cluster).",
  definitions: "A definition here is established at once, and its removal is not told by conditions.",
} as const;

/** Recording -> part -> reason. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "crd-and-cr": {
    "CustomResourceDefinition widgets.rec.example.com: conditions Established": because.definitions,
    "CustomResourceDefinition widgets.rec.example.com: conditions Terminating": because.definitions,
  },
  "crd-name-conflict": {
    "CustomResourceDefinition gadgets.a.rec.example.com: conditions Established": because.definitions,
    "CustomResourceDefinition gadgets.a.rec.example.com: conditions Terminating": because.definitions,
    "CustomResourceDefinition gizmos.a.rec.example.com: conditions NamesAccepted": because.definitions,
    "CustomResourceDefinition gizmos.a.rec.example.com: conditions Terminating": because.definitions,
  },
  "deployment-crash-after-ready": { "Pod app~1/*: events": because.exited },
  "deployment-crash-loop": {
    "Pod app~1/*: conditions Ready": because.caught,
    "Pod app~1/*: conditions ContainersReady": because.caught,
    "Pod app~1/*: containers app": because.caught,
  },
  "deployment-delete-background": { "Pod web~1/*: events": because.stopping },
  "deployment-delete-foreground": { "Pod web~1/*: events": because.stopping },
  "deployment-min-ready-seconds": { "Pod web~1/*: events": because.stopping },
  "deployment-progress-deadline": { "Pod web~1/*: events": because.mount },
  "deployment-unschedulable": {
    "Pod web~1/*: conditions PodScheduled": because.words,
    "Pod web~1/*: events": because.words,
    "Pod web~1/*: end.status.conditions": because.words,
  },
  "deployment-update-crash-then-rollback": { "Pod app~1/*: events": because.mount },
  "hpa-no-metrics": {
    "HorizontalPodAutoscaler orphan: conditions AbleToScale": because.words,
    "HorizontalPodAutoscaler orphan: events": because.words,
    "HorizontalPodAutoscaler orphan: end.status.conditions": because.words,
  },
  "job-fail-backoff": {
    "Pod work/*: conditions Ready": because.caught,
    "Pod work/*: conditions ContainersReady": because.caught,
    "Pod work/*: containers app": because.caught,
    "Pod work/*: phases": because.caught,
  },
  "job-fail-onfailure": {
    "Pod work/*: conditions Ready": because.caught,
    "Pod work/*: conditions ContainersReady": because.caught,
    "Pod work/*: containers app": because.caught,
  },
  "namespace-delete": { "Namespace namespace-delete: conditions NamespaceContentRemaining": because.counted },
  "pod-evicted-or-deleted": { "Pod web~1/*: events": because.stopping },
  "pvc-unbound-no-class": {
    "Pod user: conditions PodScheduled": because.words,
    "Pod user: events": because.words,
    "Pod user: end.status.conditions": because.words,
  },
  "statefulset-parallel-one-not-ready": { "StatefulSet db: events": because.order },
  "statefulset-partition": { "Pod db-2: events": because.stopping },
  "statefulset-rolling-update": { "Pod db-1: events": because.stopping },
  "statefulset-scale-down-and-delete": { "Pod db-2: events": because.stopping },
  "statefulset-stuck-update": { "Pod db-1: events": because.stopping },
  // Recorded on a 1.34 cluster.
  "daemonset-surge": { "Pod agent/*: events": because.busy },
  "deployment-orphaned": { "Pod web~1/*: events": because.busy },
  "hook-fails": {
    "Pod a: containers app": because.busy,
    "Pod a: end.status.containerStatuses": because.busy,
  },
  "init-crash": {
    "Pod a: containers init": because.busy,
    "Pod a: end.status.initContainerStatuses": because.busy,
  },
  "job-ignored-failure": { "Job work: end.status.active": because.busy, "Pod work/*: end": because.busy },
  "service-named-ports": { "Pod a: events": because.busy },
  "startup-never": { "Pod a: containers app": because.busy, "Pod a: events": because.busy },
  "statefulset-retention": { "Pod db-0: events": because.stopping, "StatefulSet db: events": because.conflict },
};
