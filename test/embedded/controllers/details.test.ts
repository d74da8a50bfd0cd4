import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/model/objects.ts";
import { at, listAt, textAt } from "../../../src/status/reading.ts";
import { phases, recorded, replay } from "../../status/replay.ts";
import { deployment, Simulation, template } from "./simulation.ts";

const fail = (how: string) => ({ "embedded.k8sctl.dev/fail": how });
const probe = { readinessProbe: { httpGet: { path: "/", port: 80 } } };

/** `Running terminated Error, 1 restarts` of a pod's first container. */
function podState(pod: KubeObject): string {
  const container = listAt(pod, "status", "containerStatuses")[0];
  const [state = "none"] = Object.keys((at(container, "state") as object | undefined) ?? {});
  const reason = textAt(container, "state", state, "reason");
  const going = pod.metadata.deletionTimestamp === undefined ? "" : "going ";
  return `${going}${textAt(pod, "status", "phase")} ${state} ${reason} ${at(container, "restartCount") ?? ""}`.trim();
}

function progress(object: KubeObject): string {
  const condition = listAt(object, "status", "conditions").find((each) => textAt(each, "type") === "Progressing");
  return textAt(condition, "reason");
}

const counters = (object: KubeObject) => {
  const {
    conditions: _,
    currentRevision: _1,
    updateRevision: _2,
    ...numbers
  } = (object["status"] ?? {}) as Record<string, unknown>;
  return JSON.stringify(Object.fromEntries(Object.entries(numbers).sort(([a], [b]) => (a < b ? -1 : 1))));
};

const statefulSet = (image: string) => ({
  metadata: { name: "db" },
  spec: { replicas: 3, selector: { matchLabels: { app: "db" } }, template: template("db", {}, { image, ...probe }) },
});

const distinct = (values: readonly string[]) => values.filter((value, index) => value !== values[index - 1]);

describe("as recorded", () => {
  test("a crashing pod", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("app", { replicas: 1 }, fail("crash")));
    cluster.run(60);
    // This pod of the recording was never caught running.
    const seen = recorded("deployment-crash-loop", "Pod", /qhfs8$/).map(podState);
    expect(cluster.trace("Pod", /^app-/, podState).slice(0, 9)).toEqual(distinct(seen).slice(0, 9));
  });

  test("an image that cannot be pulled", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web", { replicas: 1 }, fail("image-pull")));
    cluster.run(30);
    const seen = recorded("deployment-image-pull-fail", "Pod", /p47tp$/).map(podState);
    expect(cluster.trace("Pod", /^web-/, podState).slice(0, 5)).toEqual(distinct(seen).slice(0, 5));
  });

  test("a pod that is asked to stop", () => {
    const cluster = new Simulation();
    cluster.apply("StatefulSet", statefulSet("registry.example/web:1.0"));
    cluster.run(10);
    cluster.apply("StatefulSet", statefulSet("registry.example/web:1.1"));
    cluster.run(10);
    const seen = recorded("statefulset-rolling-update", "Pod", /^db-2$/).map(podState);
    expect(cluster.trace("Pod", /^db-2$/, podState).filter((each) => each !== "gone")).toEqual(distinct(seen));
  });

  test.each([
    ["deployment-ok", deployment("web", { replicas: 3 }, {}, probe)],
    ["deployment-progress-deadline", deployment("web", { progressDeadlineSeconds: 20 }, fail("readiness"), probe)],
  ])("%s: reasons of the Progressing condition", (recording, object) => {
    const cluster = new Simulation();
    cluster.apply("Deployment", object);
    cluster.run(30);
    const simulated = cluster.trace("Deployment", /^web$/, progress);
    expect(simulated.length).toBeGreaterThan(2);
    const seen = distinct(recorded(recording, "Deployment", /^web$/).map(progress));
    expect(simulated).toEqual(seen.slice(0, simulated.length));
  });

  test.each([
    ["deployment-ok", "Deployment", "web", deployment("web", { replicas: 3 }, {}, probe)],
    [
      "daemonset-ok",
      "DaemonSet",
      "agent",
      { metadata: { name: "agent" }, spec: { template: template("agent", {}, probe) } },
    ],
  ] as const)("%s: the counters at the end", (recording, kind, name, object) => {
    const cluster = new Simulation();
    cluster.apply(kind, object);
    cluster.run(30);
    const last = recorded(recording, kind, new RegExp(`^${name}$`)).at(-1);
    const simulated = cluster.get(kind, name);
    expect(simulated && counters(simulated)).toBe(last && counters(last));
  });

  test("events of a good rollout", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web", {}, {}, probe));
    cluster.run(10);
    expect(cluster.events("Pod")).toEqual(["Normal Scheduled", "Normal Pulled", "Normal Created", "Normal Started"]);
    expect(cluster.events("ReplicaSet")).toEqual(["Normal SuccessfulCreate"]);
    expect(cluster.events("Deployment")).toEqual(["Normal ScalingReplicaSet"]);
  });

  test("a claim is bound by the first pod that uses it", () => {
    const cluster = new Simulation();
    cluster.apply("PersistentVolumeClaim", {
      metadata: { name: "data" },
      spec: { resources: { requests: { storage: "64Mi" } } },
    });
    cluster.run(10);
    expect(textAt(cluster.get("PersistentVolumeClaim", "data"), "status", "phase")).toBe("Pending");
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
    cluster.apply("Pod", { metadata: { name: "user" }, spec: template("user", {}, {}, { volumes }).spec });
    cluster.run(10);
    const claim = cluster.get("PersistentVolumeClaim", "data");
    expect(counters(claim!)).toBe(counters(recorded("pvc-bound-by-pod", "PersistentVolumeClaim", /^data$/).at(-1)!));
    expect(cluster.phases("Pod/user").at(-1)).toBe("ready");
    expect(cluster.list("PersistentVolume").length).toBe(1);
  });
});

describe("what users do", () => {
  const names = (cluster: Simulation, kind: "Pod" | "ReplicaSet") =>
    cluster.list(kind).map((each) => each.metadata.name);

  test("a rollback takes the old ReplicaSet up again", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web"));
    cluster.run(5);
    const [first] = names(cluster, "ReplicaSet");
    cluster.apply("Deployment", deployment("web", {}, {}, { image: "registry.example/web:1.1" }));
    cluster.run(10);
    cluster.apply("Deployment", deployment("web"));
    cluster.run(10);
    expect(names(cluster, "ReplicaSet").length).toBe(2);
    expect(names(cluster, "Pod").every((name) => name.startsWith(`${first}-`))).toBe(true);
    expect(cluster.get("Deployment", "web")?.metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("3");
  });

  test("a broken update is rolled back", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("app", { replicas: 3 }));
    cluster.run(5);
    cluster.apply("Deployment", deployment("app", { replicas: 3 }, fail("crash")));
    cluster.run(25);
    cluster.apply("Deployment", deployment("app", { replicas: 3 }));
    cluster.run(10);
    expect(cluster.phases("Deployment/app").at(-1)).toBe("ready");
    expect(cluster.phases("Deployment/app")).toContain("progressing CrashLoopBackOff");
  });

  test("scaling down takes away pods, scaling to zero all of them", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web", { replicas: 4 }));
    cluster.run(5);
    cluster.apply("Deployment", deployment("web", { replicas: 1 }));
    cluster.run(5);
    expect(names(cluster, "Pod").length).toBe(1);
    cluster.apply("Deployment", deployment("web", { replicas: 0 }));
    cluster.run(5);
    expect(names(cluster, "Pod")).toEqual([]);
    expect(cluster.phases("Deployment/web").at(-1)).toBe("ready");
  });

  test("a pod that is deleted is replaced", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web"));
    cluster.run(5);
    const [gone = ""] = names(cluster, "Pod");
    cluster.delete("Pod", gone);
    cluster.run(5);
    expect(names(cluster, "Pod").length).toBe(2);
    expect(names(cluster, "Pod")).not.toContain(gone);
  });

  test("a StatefulSet's partition holds the lower pods back, and makes them again from their own template", () => {
    const set = (image: string) => ({
      metadata: { name: "db" },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: "db" } },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } },
        template: template("db", {}, { image }),
      },
    });
    const cluster = new Simulation();
    cluster.apply("StatefulSet", set("registry.example/web:1.0"));
    cluster.run(20);
    cluster.apply("StatefulSet", set("registry.example/web:1.1"));
    cluster.run(10);
    cluster.delete("Pod", "db-0");
    cluster.run(10);
    const images = cluster.list("Pod").map((pod) => textAt(listAt(pod, "spec", "containers")[0], "image").slice(-3));
    expect(images).toEqual(["1.0", "1.0", "1.1"]);
    expect(cluster.phases("StatefulSet/db").at(-1)).toBe("ready");
  });

  test("a broken update of a StatefulSet stays stuck until its pod is deleted, as recorded", () => {
    const set = (annotations: Record<string, string>, image: string) => ({
      metadata: { name: "db" },
      spec: { replicas: 2, selector: { matchLabels: { app: "db" } }, template: template("db", annotations, { image }) },
    });
    const cluster = new Simulation();
    cluster.apply("StatefulSet", set({}, "registry.example/web:1.0"));
    cluster.run(8);
    cluster.apply("StatefulSet", set(fail("crash"), "registry.example/web:1.1"));
    cluster.run(30);
    cluster.apply("StatefulSet", set({}, "registry.example/web:1.2"));
    cluster.run(20);
    cluster.delete("Pod", "db-1");
    cluster.run(10);
    const seen = phases(replay("statefulset-stuck-update", "StatefulSet/db")).filter(
      (each) => !each.includes("Unhealthy"),
    );
    expect(distinct(cluster.phases("StatefulSet/db"))).toEqual(distinct(seen));
  });

  test("a crash at the first start passes by itself", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("app", { replicas: 1 }, fail("crash-once")));
    cluster.run(10);
    expect(cluster.phases("Deployment/app")).toEqual(["progressing", "progressing Error", "progressing", "ready"]);
  });

  test("a Service finds its pods", () => {
    const cluster = new Simulation();
    cluster.apply("Service", {
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    cluster.apply("Deployment", deployment("web"));
    cluster.run(5);
    const [slice] = cluster.list("EndpointSlice");
    expect(listAt(slice, "endpoints").map((each) => at(each, "conditions", "ready"))).toEqual([true, true]);
    expect(listAt(slice, "ports")).toEqual([{ name: "", port: 8080, protocol: "TCP" }]);
    cluster.apply("Deployment", deployment("web", { replicas: 0 }));
    cluster.run(5);
    expect(listAt(cluster.list("EndpointSlice")[0], "endpoints")).toEqual([]);
  });

  test("a claim takes a volume that was made beforehand", () => {
    const cluster = new Simulation();
    const volume = (name: string, storage: string) => ({
      metadata: { name },
      spec: { storageClassName: "manual", accessModes: ["ReadWriteOnce"], capacity: { storage } },
    });
    cluster.apply("PersistentVolume", volume("small", "1Gi"));
    cluster.apply("PersistentVolume", volume("large", "100Gi"));
    cluster.apply("PersistentVolume", volume("fitting", "10Gi"));
    const spec = {
      storageClassName: "manual",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "5Gi" } },
    };
    cluster.apply("PersistentVolumeClaim", { metadata: { name: "data" }, spec });
    cluster.run(5);
    expect(textAt(cluster.get("PersistentVolumeClaim", "data"), "spec", "volumeName")).toBe("fitting");
    expect(cluster.list("PersistentVolume").map((each) => textAt(each, "status", "phase"))).toEqual([
      "Bound",
      "Available",
      "Available",
    ]);
  });

  test("nothing is made in a namespace that is on its way out", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web"));
    cluster.run(5);
    cluster.mark("Namespace", "web");
    for (const pod of names(cluster, "Pod")) cluster.delete("Pod", pod);
    cluster.run(60);
    expect(names(cluster, "Pod")).toEqual([]);
  });

  test("logs are those that the annotation names, or tell of the failure", () => {
    const cluster = new Simulation();
    cluster.apply("Pod", { metadata: { name: "mute" }, spec: template("mute").spec });
    cluster.apply("Pod", {
      metadata: { name: "own", annotations: { "embedded.k8sctl.dev/logs": "one\ntwo" } },
      spec: template("own").spec,
    });
    cluster.apply("Pod", { metadata: { name: "bad", annotations: fail("crash") }, spec: template("bad").spec });
    const log = (name: string, previous = false) =>
      cluster.controllers.podLogs("web", name, name, previous)?.map(({ text }) => text) ?? null;
    expect(log("own")).toBeNull();
    cluster.run(5);
    expect(log("own")).toEqual(["one", "two"]);
    expect(log("mute")?.join()).toContain("simulated");
    expect(log("bad", true)?.join()).toContain("FATAL");
    expect(log("own", true)).toBeNull();
    expect(log("nobody")).toBeNull();
  });
});

describe("the controllers themselves", () => {
  test("do nothing while there is nothing to do", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web"));
    cluster.run(10);
    const commits = cluster.commits();
    cluster.run(3600);
    expect(cluster.pending()).toBe(0);
    expect(cluster.commits()).toBe(commits);
  });

  test("go on where they were after a restart", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web", { replicas: 3 }, {}, probe));
    cluster.run(0.2);
    cluster.restart();
    cluster.run(10);
    expect(cluster.phases("Deployment/web").at(-1)).toBe("ready");
    const commits = cluster.commits();
    cluster.restart();
    cluster.run(10);
    expect(cluster.commits()).toBe(commits);
  });

  test("stop for good", () => {
    const cluster = new Simulation();
    cluster.apply("Deployment", deployment("web"));
    cluster.controllers.stop();
    cluster.run(10);
    expect(cluster.list("Pod")).toEqual([]);
  });

  test("write as much for the hundredth object as for the first", () => {
    const commits = (count: number) => {
      const cluster = new Simulation();
      for (let index = 0; index < count; index++)
        cluster.apply("Deployment", deployment(`web-${index}`, { replicas: 1 }));
      cluster.run(10);
      return cluster.commits();
    };
    const idle = commits(0);
    expect(commits(100) - idle).toBe(100 * (commits(1) - idle));
  });
});
