import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1/index.js";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js";
import type { Construct } from "constructs";
import { labelsOf, type MetadataOf } from "../workload.ts";
import { BACKUP } from "./backup-scripts.ts";
import type { Backup } from "./combined.ts";
import { commonPod, commonVolumes, type PodContext, scriptContainer } from "./pods.ts";

/** The volume, the schedule, and with `wal` the pod that receives the log. */
export function makeBackup(
  scope: Construct,
  context: PodContext & { readonly metadata: MetadataOf },
  options: Backup & { readonly name: string },
): { readonly claim: PersistentVolumeClaimV1; readonly cronJob: CronJobV1 } {
  const { name, method, schedule, storage, storageClass } = options;
  const claim = new PersistentVolumeClaimV1(scope, "backup-volume", {
    metadata: context.metadata("-backup"),
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: storageClass, resources: { requests: { storage } } },
    // Bound with its first pod, where the class waits for one.
    waitUntilBound: false,
  });
  const mounts = [{ name: "backup", mountPath: BACKUP }];
  const volume = (keys: readonly string[]) => [
    ...commonVolumes(context, keys),
    { name: "backup", persistentVolumeClaim: { claimName: claim.metadata.name } },
  ];

  const receives = labelsOf("postgres-archive", name);
  if (method === "wal") {
    new DeploymentV1(scope, "archive", {
      metadata: { ...context.metadata("-archive"), labels: receives },
      spec: {
        replicas: "1",
        // The slot and the volume are one pod's.
        strategy: { type: "Recreate" },
        selector: { matchLabels: receives },
        template: {
          metadata: { labels: receives },
          spec: {
            ...commonPod(context),
            container: [
              {
                ...scriptContainer(context, "archive", "archive.sh", { mounts }),
                readinessProbe: { exec: { command: ["test", "-e", "/tmp/receiving"] }, periodSeconds: 5 },
              },
            ],
            volume: volume(["replication"]),
          },
        },
      },
    });
  }

  const labels = labelsOf("postgres-backup", name);
  // A volume of one node is shared with the pod that receives the log.
  const besideArchive = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: [{ matchLabels: receives }] },
      ],
    },
  };
  const cronJob = new CronJobV1(scope, "backup", {
    metadata: { ...context.metadata("-backup"), labels },
    spec: {
      schedule,
      timezone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 2,
      jobTemplate: {
        metadata: { labels },
        spec: {
          backoffLimit: 2,
          template: {
            metadata: { labels },
            spec: {
              ...commonPod(context),
              restartPolicy: "Never",
              affinity: method === "wal" ? besideArchive : undefined,
              container: [scriptContainer(context, "backup", "backup.sh", { mounts, cpu: "50m", memory: "256Mi" })],
              volume: volume([method === "wal" ? "replication" : "superuser"]),
            },
          },
        },
      },
    },
  });
  return { claim, cronJob };
}
