import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/model/objects.ts";
import { logTarget, nothingRelated, objectStatus, timeoutVerdict, verdictOf } from "../../src/status/index.ts";

const now = Date.parse("2026-11-21T01:00:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

function object(apiVersion: string, kind: string, rest: object, metadata: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name: "it", namespace: "web", ...metadata }, ...rest };
}

const about = (kind: string, reason: string, type = "Normal"): KubeObject =>
  object("v1", "Event", {
    involvedObject: { kind, namespace: "web", name: "it" },
    reason,
    type,
    message: reason,
    count: 1,
    lastTimestamp: ago(1),
  });

const condition = (type: string, status: string, more: object = {}) => ({
  status: { conditions: [{ type, status, ...more }] },
});

const cases: readonly (readonly [
  name: string,
  object: KubeObject,
  events: readonly KubeObject[],
  age: number,
  seen: string,
])[] = [
  ["ConfigMap", object("v1", "ConfigMap", {}), [], 0, "ready"],
  ["ClusterRole", object("rbac.authorization.k8s.io/v1", "ClusterRole", {}), [], 0, "ready"],
  ["LoadBalancer, new", object("v1", "Service", { spec: { type: "LoadBalancer" } }), [], 1, "progressing"],
  ["LoadBalancer, nobody", object("v1", "Service", { spec: { type: "LoadBalancer" } }), [], 9, "ready NoLoadBalancer"],
  [
    "LoadBalancer that a cloud serves",
    object("v1", "Service", { spec: { type: "LoadBalancer" } }),
    [about("Service", "EnsuringLoadBalancer")],
    90,
    "progressing",
  ],
  [
    "LoadBalancer with an address",
    object("v1", "Service", {
      spec: { type: "LoadBalancer" },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
    }),
    [],
    0,
    "ready",
  ],
  [
    "LoadBalancer, nobody for an hour, seen again",
    object("v1", "Service", { spec: { type: "LoadBalancer" } }, { creationTimestamp: ago(3600) }),
    [],
    0,
    "ready NoLoadBalancer",
  ],
  ["Ingress without a controller", object("networking.k8s.io/v1", "Ingress", {}), [], 9, "ready NoAddress"],
  [
    "Ingress that its controller refused",
    object("networking.k8s.io/v1", "Ingress", {}),
    [about("Ingress", "Rejected", "Warning")],
    9,
    "ready Rejected",
  ],
  [
    "Ingress that it refused, and took once mended",
    object("networking.k8s.io/v1", "Ingress", {}),
    [about("Ingress", "Rejected", "Warning"), about("Ingress", "AddedOrUpdated")],
    9,
    "ready NoAddress",
  ],
  [
    "APIService down",
    object("apiregistration.k8s.io/v1", "APIService", condition("Available", "False", { reason: "MissingEndpoints" })),
    [],
    99,
    "progressing MissingEndpoints",
  ],
  ["APIService up", object("apiregistration.k8s.io/v1", "APIService", condition("Available", "True")), [], 0, "ready"],
  ["custom, nothing said, new", object("example.com/v1", "Widget", {}), [], 2, "progressing"],
  ["custom, nothing said, old", object("example.com/v1", "Widget", {}), [], 11, "ready"],
  ["custom, Ready", object("example.com/v1", "Widget", condition("Ready", "True")), [], 0, "ready"],
  [
    "custom, Ready of an older generation",
    object("example.com/v1", "Widget", condition("Ready", "True", { observedGeneration: 1 }), { generation: 2 }),
    [],
    0,
    "progressing",
  ],
  [
    "custom, not yet",
    object("example.com/v1", "Widget", condition("Ready", "False", { reason: "Issuing" })),
    [],
    900,
    "progressing Issuing",
  ],
  [
    "custom, never",
    object("example.com/v1", "Widget", condition("Ready", "False", { reason: "InvalidSpec" })),
    [],
    0,
    "failed InvalidSpec",
  ],
  [
    "Gateway is a custom resource",
    object("gateway.networking.k8s.io/v1", "Gateway", condition("Programmed", "True")),
    [],
    0,
    "ready",
  ],
  [
    "claim that lost its volume",
    object("v1", "PersistentVolumeClaim", { status: { phase: "Lost" } }),
    [],
    0,
    "failed ClaimLost",
  ],
  [
    "StatefulSet OnDelete, not updated",
    object("apps/v1", "StatefulSet", {
      spec: { replicas: 1, updateStrategy: { type: "OnDelete" } },
      status: { replicas: 1, readyReplicas: 1, availableReplicas: 1 },
    }),
    [],
    0,
    "progressing",
  ],
  ["Deployment of none", object("apps/v1", "Deployment", { spec: { replicas: 0 }, status: {} }), [], 0, "ready"],
  ["anything being deleted", object("v1", "ConfigMap", {}, { deletionTimestamp: ago(1) }), [], 0, "terminating"],
];

describe("rules", () => {
  test.each(cases)("%s", (_, subject, events, age, seen) => {
    const { phase, reason } = objectStatus(subject, { pods: [], events, firstSeen: now - age * 1000 }, now);
    expect(`${phase} ${reason}`.trim()).toBe(seen);
  });
});

describe("clocks that differ", () => {
  const pod = (since: string) =>
    object("v1", "Pod", {
      spec: { containers: [{ name: "web" }] },
      ...condition("PodScheduled", "False", {
        reason: "Unschedulable",
        message: "0/1 nodes",
        lastTransitionTime: since,
      }),
    });
  test.each([
    ["the cluster's clock is an hour behind", ago(3600), 2, "progressing"],
    ["the cluster's clock is an hour behind, and this run has waited", ago(3600), 20, "failed"],
    ["the cluster's clock is an hour ahead", ago(-3600), 2, "progressing"],
    ["the cluster's clock is an hour ahead, and this run has waited", ago(-3600), 20, "failed"],
  ])("%s", (_, since, looking, phase) => {
    const related = { pods: [], events: [], firstSeen: now - looking * 1000 };
    expect(objectStatus(pod(since), related, now).phase).toBe(phase);
  });
});

describe("a crash loop", () => {
  const pod = (restarts: number, lastRunSeconds: number) =>
    object("v1", "Pod", {
      spec: { containers: [{ name: "db" }], restartPolicy: "Always" },
      status: {
        containerStatuses: [
          {
            name: "db",
            restartCount: restarts,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: {
              terminated: { reason: "Error", exitCode: 1, startedAt: ago(lastRunSeconds), finishedAt: ago(0) },
            },
          },
        ],
      },
    });

  test.each([
    ["one crash", 0, 1, "progressing", "it crashed once, exit code 1"],
    ["within the budget", 2, 1, "progressing", "it crashed 3 times, exit code 1"],
    ["beyond it", 3, 1, "failed", "it crashed 4 times, exit code 1"],
    ["a crash after a long healthy run", 9, 3600, "progressing", "it crashed 10 times, exit code 1"],
  ])("%s", (_, restarts, ran, phase, message) => {
    const status = objectStatus(pod(restarts, ran), nothingRelated, now);
    expect([status.phase, status.message]).toEqual([phase, message]);
  });

  test("names the log to read", () => {
    expect(logTarget(pod(3, 1), nothingRelated, now)).toEqual({
      namespace: "web",
      pod: "it",
      container: "db",
      previous: false,
    });
  });

  test("has a verdict on time-out before it has failed", () => {
    expect(verdictOf(pod(1, 1), nothingRelated, now)).toBeNull();
    expect(timeoutVerdict(pod(1, 1), nothingRelated, now, 30).message).toBe(
      "not ready within 30 s: it crashed 2 times, exit code 1",
    );
  });
});

describe("pods that an owner speaks for", () => {
  const owned = (kind: string, waiting: object, rest: object = {}) =>
    object("v1", "Pod", {
      metadata: {
        name: "it-x",
        namespace: "web",
        labels: { "controller-revision-hash": "it-1" },
        ownerReferences: [{ apiVersion: "v1", kind, name: "it", uid: "u", controller: true }],
      },
      spec: { containers: [{ name: "it", image: "no/such:1" }], restartPolicy: "OnFailure" },
      status: {
        phase: "Pending",
        startTime: ago(120),
        containerStatuses: [{ name: "it", image: "no/such:1", restartCount: 9, state: { waiting }, ...rest }],
      },
    });
  const crashed = { lastState: { terminated: { exitCode: 1, startedAt: ago(2), finishedAt: ago(1) } } };
  const crashing = (kind: string) => owned(kind, { reason: "CrashLoopBackOff" }, crashed);
  const job = object("batch/v1", "Job", { status: {} }, { uid: "u" });
  const set = (status: object) =>
    object("apps/v1", "StatefulSet", { spec: { replicas: 1, podManagementPolicy: "Parallel" }, status }, { uid: "u" });
  const updating = { replicas: 1, updateRevision: "it-1" };

  test.each([
    ["a Job does not wait for an image that never comes", job, owned("Job", { reason: "ImagePullBackOff" }), "failed"],
    ["a Job has its own budget for crashes", job, crashing("Job"), "progressing"],
    ["a StatefulSet fails with its pod", set(updating), crashing("StatefulSet"), "failed"],
    ["another owner's pod is none of its business", set(updating), crashing("DaemonSet"), "progressing"],
    [
      "a pod of an older template is not its failure",
      set({ ...updating, updateRevision: "it-2" }),
      owned("StatefulSet", { reason: "InvalidImageName" }),
      "progressing",
    ],
  ])("%s", (_, owner, pod, phase) => {
    expect(objectStatus(owner, { pods: [pod], events: [], firstSeen: now - 90_000 }, now).phase).toBe(phase);
  });

  test("pods that the API refuses fail their StatefulSet", () => {
    const refused = {
      ...about("StatefulSet", "FailedCreate", "Warning"),
      count: 5,
      message: "pods is forbidden: exceeded quota",
    };
    const related = { pods: [], events: [refused], firstSeen: now - 20_000 };
    const owner = object("apps/v1", "StatefulSet", { spec: { replicas: 1 }, status: {} });
    const verdict = verdictOf(owner, related, now);
    expect(verdict?.cause).toBe("quota");
    expect(verdict?.remedy).toBe("raise the namespace's ResourceQuota, or ask for less");
  });
});

test("a dump of a message is cut", () => {
  const widget = object("example.com/v1", "Widget", condition("Ready", "False", { message: "x".repeat(5000) }));
  expect(objectStatus(widget, nothingRelated, now).message.length).toBe(300);
});

test("what the cluster says is shown without its control characters", () => {
  const widget = object(
    "example.com/v1",
    "Widget",
    condition("Ready", "False", { message: "\u001b[2Jgone\r", reason: "X" }),
  );
  expect(objectStatus(widget, nothingRelated, now).message).toBe("gone");
});

describe("containers without a readiness probe", () => {
  const pod = (seconds: number, probe: object = {}): KubeObject =>
    object("v1", "Pod", {
      spec: { containers: [{ name: "c", ...probe }] },
      status: {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [{ name: "c", ready: true, state: { running: { startedAt: ago(seconds) } } }],
      },
    });
  const ended = structuredClone(pod(2)) as unknown as { status: { containerStatuses: { state: object }[] } };
  ended.status.containerStatuses[0]!.state = { terminated: { exitCode: 1 } };
  const watched = { ...nothingRelated, watchUnprobed: true };

  test.each([
    ["one that has just started is watched", pod(2), watched, "progressing"],
    ["one that has kept running is ready", pod(6), watched, "ready"],
    [
      "one that has ended is not ready, whatever its owner says yet",
      ended as unknown as KubeObject,
      watched,
      "progressing",
    ],
    ["one whose node's clock is ahead is believed", pod(-60), watched, "ready"],
    ["a probe is believed at once", pod(2, { readinessProbe: {} }), watched, "ready"],
    ["where nobody asks for it nothing is watched", pod(2), nothingRelated, "ready"],
  ])("%s", (_name, given, related, phase) => {
    expect(objectStatus(given, related, now).phase).toBe(phase);
  });

  test("of a rollout all newest pods are watched, unless it has a time of its own", () => {
    const set = (spec: object = {}) =>
      object("apps/v1", "ReplicaSet", {
        spec: { replicas: 1, ...spec },
        status: { replicas: 1, readyReplicas: 1, availableReplicas: 1, fullyLabeledReplicas: 1 },
      });
    const young = pod(2);
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "it", uid: "", controller: true }];
    const owned = { ...young, metadata: { ...young.metadata, name: "it-1", ownerReferences } } as KubeObject;
    const related = { ...watched, pods: [owned] };
    expect(objectStatus(set(), related, now)).toMatchObject({
      phase: "progressing",
      message: "it-1 has no readiness probe: watched for 5 s whether it keeps running",
    });
    expect(objectStatus(set({ minReadySeconds: 5 }), related, now).phase).toBe("ready");
  });
});
