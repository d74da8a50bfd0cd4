import { describe, expect, test } from "vitest";
import { phases, replay } from "../../status/replay.ts";
import { deployment, Simulation, template } from "./simulation.ts";

const fail = (how: string) => ({ "embedded.k8sctl.dev/fail": how });
const probe = { readinessProbe: { httpGet: { path: "/", port: 80 } } };
const slowProbe = { readinessProbe: { ...probe.readinessProbe, initialDelaySeconds: 5 } };
const oneByOne = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };

const rolling = (container: object) =>
  deployment("web", { replicas: 4, strategy: oneByOne }, {}, { ...slowProbe, ...container });

const statefulSet = (image: string, claims: readonly object[]) => ({
  metadata: { name: "db" },
  spec: {
    replicas: 3,
    serviceName: "db",
    selector: { matchLabels: { app: "db" } },
    podManagementPolicy: "OrderedReady",
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    template: template("db", {}, { image, ...probe }),
    volumeClaimTemplates: claims,
  },
});

const data = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "64Mi" } } },
};

const job = (annotations: Record<string, string>, spec: object) => ({
  metadata: { name: "work" },
  spec: { template: template("work", annotations, {}, { restartPolicy: "Never" }), ...spec },
});

const scenarios: readonly (readonly [recording: string, object: string, act: (cluster: Simulation) => void])[] = [
  [
    "deployment-ok",
    "Deployment/web",
    (cluster) => {
      cluster.apply("Deployment", deployment("web", { replicas: 3 }, {}, probe));
      cluster.run(10);
    },
  ],
  [
    "deployment-crash-loop",
    "Deployment/app",
    (cluster) => {
      cluster.apply("Deployment", deployment("app", {}, fail("crash")));
      cluster.run(120);
    },
  ],
  [
    "deployment-oom",
    "Deployment/app",
    (cluster) => {
      cluster.apply("Deployment", deployment("app", { replicas: 1 }, fail("oom")));
      cluster.run(75);
    },
  ],
  [
    "deployment-image-pull-fail",
    "Deployment/web",
    (cluster) => {
      cluster.apply("Deployment", deployment("web", {}, {}, probe));
      cluster.run(5);
      cluster.apply(
        "Deployment",
        deployment("web", {}, fail("image-pull"), { image: "localhost:5000/team/app:missing", ...probe }),
      );
      cluster.run(100);
    },
  ],
  [
    "deployment-rolling-update",
    "Deployment/web",
    (cluster) => {
      cluster.apply("Deployment", rolling({}));
      cluster.run(12);
      cluster.apply("Deployment", rolling({ image: "registry.example/web:1.1" }));
      cluster.run(20);
      cluster.apply("Deployment", rolling({ image: "registry.example/web:1.1", env: [{ name: "A", value: "b" }] }));
      cluster.run(20);
    },
  ],
  [
    "deployment-recreate",
    "Deployment/web",
    (cluster) => {
      cluster.apply("Deployment", deployment("web", { strategy: { type: "Recreate" } }, {}, probe));
      cluster.run(5);
      cluster.apply(
        "Deployment",
        deployment("web", { strategy: { type: "Recreate" } }, {}, { image: "registry.example/web:1.1", ...probe }),
      );
      cluster.run(6);
    },
  ],
  [
    "deployment-paused-from-start",
    "Deployment/web",
    (cluster) => {
      cluster.apply("Deployment", deployment("web", { paused: true }));
      cluster.run(12);
      cluster.apply("Deployment", deployment("web", { paused: false }));
      cluster.run(6);
    },
  ],
  [
    "deployment-unschedulable",
    "Deployment/web",
    (cluster) => {
      cluster.apply("Node", { metadata: { name: "embedded" }, status: { allocatable: { cpu: "16", memory: "64Gi" } } });
      cluster.apply("Deployment", deployment("web", {}, {}, { resources: { requests: { cpu: "1000" } } }));
      cluster.run(30);
    },
  ],
  [
    "deployment-missing-configmap",
    "Deployment/app",
    (cluster) => {
      cluster.apply("Deployment", deployment("app", {}, {}, { envFrom: [{ configMapRef: { name: "settings" } }] }));
      cluster.run(60);
    },
  ],
  [
    "deployment-missing-configmap-recovers",
    "Deployment/app",
    (cluster) => {
      cluster.apply("Deployment", deployment("app", {}, {}, { envFrom: [{ configMapRef: { name: "settings" } }] }));
      cluster.run(20);
      cluster.apply("ConfigMap", { metadata: { name: "settings" } });
      cluster.run(10);
    },
  ],
  [
    "deployment-missing-secret-volume",
    "Deployment/app",
    (cluster) => {
      const volumes = [{ name: "s", secret: { secretName: "tls" } }];
      cluster.apply("Deployment", deployment("app", { replicas: 1, template: template("app", {}, {}, { volumes }) }));
      cluster.run(75);
    },
  ],
  [
    "deployment-missing-serviceaccount",
    "Deployment/web",
    (cluster) => {
      cluster.apply(
        "Deployment",
        deployment("web", { template: template("web", {}, probe, { serviceAccountName: "robot" }) }),
      );
      cluster.run(30);
    },
  ],
  [
    "deployment-progress-deadline",
    "Deployment/web",
    (cluster) => {
      cluster.apply("Deployment", deployment("web", { progressDeadlineSeconds: 20 }, fail("readiness"), probe));
      cluster.run(45);
      cluster.apply("Deployment", deployment("web", { progressDeadlineSeconds: 20 }, {}, probe));
      cluster.run(6);
    },
  ],
  [
    "statefulset-ok",
    "StatefulSet/db",
    (cluster) => {
      cluster.apply("StatefulSet", statefulSet("registry.example/web:1.0", [data]));
      cluster.run(26);
    },
  ],
  [
    "statefulset-rolling-update",
    "StatefulSet/db",
    (cluster) => {
      cluster.apply("StatefulSet", statefulSet("registry.example/web:1.0", []));
      cluster.run(10);
      cluster.apply("StatefulSet", statefulSet("registry.example/web:1.1", []));
      cluster.run(15);
    },
  ],
  [
    "daemonset-ok",
    "DaemonSet/agent",
    (cluster) => {
      cluster.apply("DaemonSet", { metadata: { name: "agent" }, spec: { template: template("agent", {}, probe) } });
      cluster.run(10);
    },
  ],
  [
    "job-ok",
    "Job/work",
    (cluster) => {
      cluster.apply("Job", job({}, { completions: 3, parallelism: 2 }));
      cluster.run(21);
    },
  ],
  [
    "job-fail-backoff",
    "Job/work",
    (cluster) => {
      cluster.apply("Job", job(fail("job-fail"), { completions: 1, parallelism: 1, backoffLimit: 2 }));
      cluster.run(60);
    },
  ],
  [
    "job-suspended",
    "Job/work",
    (cluster) => {
      cluster.apply("Job", job({}, { completions: 1, parallelism: 1, suspend: true }));
      cluster.run(8);
      cluster.apply("Job", job({}, { completions: 1, parallelism: 1, suspend: false }));
      cluster.run(9);
    },
  ],
  [
    "pvc-wait-for-first-consumer",
    "PersistentVolumeClaim/data",
    (cluster) => {
      cluster.apply("PersistentVolumeClaim", data);
      cluster.run(40);
    },
  ],
  [
    "cronjob",
    "CronJob/tick",
    (cluster) => {
      const { spec } = job({}, {});
      cluster.apply("CronJob", {
        metadata: { name: "tick", creationTimestamp: "2026-11-21T00:00:00Z" },
        spec: { schedule: "* * * * *", jobTemplate: { spec } },
      });
      cluster.run(150);
    },
  ],
];

describe("a simulated rollout goes through the phases of the recorded one", () => {
  test.each(scenarios)("%s", (recording, object, act) => {
    const cluster = new Simulation();
    act(cluster);
    expect(cluster.phases(object)).toEqual(phases(replay(recording, object)));
  });

  test.each(scenarios)("%s comes to the same verdict", (recording, object, act) => {
    const cluster = new Simulation();
    act(cluster);
    const real = replay(recording, object).at(-1)?.verdict;
    expect(cluster.verdict(object)?.cause).toBe(real?.cause);
    expect(cluster.verdict(object)?.remedy).toBe(real?.remedy);
  });
});
