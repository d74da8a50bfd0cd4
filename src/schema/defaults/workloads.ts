import type { JsonObject } from "../../model/json.ts";
import { textAt } from "../../model/read-field.ts";
import { child, each, existing, fill } from "./missing.ts";
import { defaultPodSpec } from "./pods.ts";

/** Defaults of apps/v1 and batch/v1, by kind (API reference, Workloads APIs). Each works in place. */
export const workloadDefaults: Readonly<Record<string, (object: JsonObject) => void>> = {
  "apps/Deployment": (object) => {
    const spec = templateDefaults(object);
    fill(spec, { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    const strategy = child(spec, "strategy");
    fill(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate")
      fill(child(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
  },
  "apps/ReplicaSet": (object) => fill(templateDefaults(object), { replicas: 1 }),
  "apps/StatefulSet": (object) => {
    const spec = templateDefaults(object);
    for (const claim of each(spec, "volumeClaimTemplates")) {
      Object.assign(claim, { kind: "PersistentVolumeClaim", apiVersion: "v1" });
      fill(child(claim, "spec"), { volumeMode: "Filesystem" });
      fill(child(claim, "status"), { phase: "Pending" });
    }
    fill(spec, { replicas: 1, serviceName: "", podManagementPolicy: "OrderedReady", revisionHistoryLimit: 10 });
    const strategy = child(spec, "updateStrategy");
    // Only a strategy without a type gets a partition; one that names its type stays as it is.
    if (textAt(strategy, "type") === "") fill(strategy, { type: "RollingUpdate", rollingUpdate: { partition: 0 } });
    const rolling = existing(strategy, "rollingUpdate");
    if (rolling !== null) fill(rolling, { partition: 0 });
    fill(child(spec, "persistentVolumeClaimRetentionPolicy"), { whenDeleted: "Retain", whenScaled: "Retain" });
  },
  "apps/DaemonSet": (object) => {
    const spec = templateDefaults(object);
    const strategy = child(spec, "updateStrategy");
    fill(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate")
      fill(child(strategy, "rollingUpdate"), { maxUnavailable: 1, maxSurge: 0 });
    fill(spec, { revisionHistoryLimit: 10 });
    fill(child(child(object, "metadata"), "annotations"), { "deprecated.daemonset.template.generation": "1" });
  },
  "/ReplicationController": (object) => {
    if (existing(object, "spec", "template") === null) return;
    const spec = templateDefaults(object);
    fill(spec, { replicas: 1 });
    const labels = existing(spec, "template", "metadata", "labels");
    if (labels !== null) fill(spec, { selector: structuredClone(labels) });
  },
  "/PodTemplate": (object) => defaultPodSpec(child(child(object, "template"), "spec")),
  "batch/Job": (object) => {
    const spec = templateDefaults(object);
    const own = existing(object, "metadata", "labels") ?? {};
    const labels = existing(spec, "template", "metadata", "labels");
    if (Object.keys(own).length === 0 && labels !== null) child(object, "metadata")["labels"] = structuredClone(labels);
    if (spec["completions"] === undefined && spec["parallelism"] === undefined) fill(spec, { completions: 1 });
    fill(spec, {
      parallelism: 1,
      backoffLimit: spec["backoffLimitPerIndex"] === undefined ? 6 : 2_147_483_647,
      completionMode: "NonIndexed",
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: spec["podFailurePolicy"] === undefined ? "TerminatingOrFailed" : "Failed",
    });
  },
  "batch/CronJob": (object) => {
    const spec = child(object, "spec");
    const job = child(child(spec, "jobTemplate"), "spec");
    defaultPodSpec(child(child(job, "template"), "spec"));
    fill(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
  },
};

function templateDefaults(object: JsonObject): JsonObject {
  const spec = child(object, "spec");
  defaultPodSpec(child(child(spec, "template"), "spec"));
  return spec;
}
