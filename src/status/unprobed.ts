import type { KubeObject } from "../model/objects.ts";
import { containersOf } from "./containers.ts";
import { lastedSince } from "./elapsed.ts";
import { progressing } from "./finding.ts";
import { graces } from "./graces.ts";
import { currentPods } from "./pods.ts";
import { at, numberAt, textAt } from "./reading.ts";
import type { Finding, Related } from "./related.ts";

const KINDS = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod"]);

/**
 * Without a readiness probe a container is ready the moment it starts, one that ends at once too: what says ready is
 * believed when it has run for a few seconds. Pods that have long been running are not waited for.
 */
export function unlessUnprobed(finding: Finding, object: KubeObject, related: Related, now: number): Finding {
  if (finding.phase !== "ready" || related.watchUnprobed !== true || !KINDS.has(object.kind)) return finding;
  if (numberAt(object, "spec", "minReadySeconds") * 1000 >= graces.unprobedMs) return finding;
  const young = currentPods(object, related.pods, related.replicaSets).find((pod) =>
    containersOf(pod).some(
      ({ role, state, startedAt, spec }) =>
        role === "main" &&
        textAt(pod, "status", "phase") === "Running" &&
        at(spec, "readinessProbe") === undefined &&
        // What has ended is told by its pod before its owner's status tells it.
        (state !== "running" || (lastedSince(startedAt, related, now) ?? graces.unprobedMs) < graces.unprobedMs),
    ),
  );
  if (young === undefined) return finding;
  const { ready, total, notes } = finding;
  const seconds = graces.unprobedMs / 1000;
  const message = `${textAt(young, "metadata", "name")} has no readiness probe: watched for ${seconds} s whether it keeps running`;
  return progressing(message, { ready, total, notes });
}
