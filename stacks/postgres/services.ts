import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import type { Construct } from "constructs";
import type { MetadataOf } from "../workload.ts";
import { partLabels } from "./server.ts";
import { PORT } from "./tuning.ts";

/**
 * `NAME` leads to the primary, `NAME-ro` to the replicas, and `NAME-headless` names each pod, ready or not. One budget
 * for all: of the primary and its replicas one may go at a time.
 */
export function makeServices(
  scope: Construct,
  metadata: MetadataOf,
  labels: Record<string, string>,
  { replicas }: { readonly replicas: number },
): ServiceV1 {
  const port = [{ name: "postgres", port: PORT, targetPort: "postgres" }];
  const service = new ServiceV1(scope, "service", {
    metadata: metadata(),
    spec: { selector: partLabels(labels, "primary"), port },
  });
  if (replicas > 0) {
    new ServiceV1(scope, "readers", {
      metadata: metadata("-ro"),
      spec: { selector: partLabels(labels, "replica"), port },
    });
  }
  new ServiceV1(scope, "headless", {
    metadata: metadata("-headless"),
    spec: { selector: labels, port, clusterIp: "None", publishNotReadyAddresses: true },
  });
  new PodDisruptionBudgetV1(scope, "budget", {
    metadata: metadata(),
    spec: { maxUnavailable: "1", selector: { matchLabels: labels } },
  });
  return service;
}
