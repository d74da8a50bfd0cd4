import { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1/index.js";
import type { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import type { Construct } from "constructs";
import { configHash, labelsOf, type MetadataOf } from "../workload.ts";
import { RESTORE } from "./backup-scripts.ts";
import { commonPod, commonVolumes, type PodContext, scriptContainer } from "./pods.ts";

/**
 * The Job that makes users and databases as declared. Another `cause` is another Job: the old one is replaced, and runs
 * again from the start; what is there already stays.
 */
export function makeSettleJob(
  scope: Construct,
  context: PodContext & { readonly metadata: MetadataOf },
  options: {
    readonly name: string;
    /** Whatever calls for another run, as text. */
    readonly cause: string;
    /** Claim that holds the dump to restore. */
    readonly dumpClaim: string | undefined;
    /** The primary: no Job waits for a server that cannot start. */
    readonly after: StatefulSetV1;
  },
): JobV1 {
  const labels = labelsOf("postgres-settle", options.name);
  const claim = options.dumpClaim;
  const mounts = claim === undefined ? [] : [{ name: "restore", mountPath: RESTORE, readOnly: true }];
  const container = scriptContainer(context, "settle", "settle.sh", { mounts, memory: "128Mi" });
  return new JobV1(scope, "settle", {
    metadata: { ...context.metadata("-settle"), labels },
    spec: {
      backoffLimit: 2,
      template: {
        metadata: { labels, annotations: configHash(options.cause) },
        spec: {
          ...commonPod(context),
          restartPolicy: "Never",
          container: [container],
          volume: [
            ...commonVolumes(context),
            ...(claim === undefined ? [] : [{ name: "restore", persistentVolumeClaim: { claimName: claim } }]),
          ],
        },
      },
    },
    waitForCompletion: true,
    timeouts: { create: "30m", update: "30m" },
    dependsOn: [options.after],
  });
}
