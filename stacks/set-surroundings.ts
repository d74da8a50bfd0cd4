import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import type { Construct } from "constructs";
import type { MetadataOf } from "./workload.ts";

interface Port {
  readonly name: string;
  readonly port: number;
}

/**
 * What stands around a StatefulSet: the Service for clients, the headless one `NAME-headless` by which its members know
 * each other before any is ready, and a budget that lets one pod go at a time.
 */
export function surroundSet(
  scope: Construct,
  set: {
    readonly metadata: MetadataOf;
    /** Of the pods. */
    readonly labels: Record<string, string>;
    /** Ports by the names that the containers give them. */
    readonly clients: readonly Port[];
    readonly members?: readonly Port[];
  },
): { readonly service: ServiceV1; readonly headless: ServiceV1 } {
  const { metadata, labels, clients, members = [] } = set;
  const ports = (of: readonly Port[]) => of.map(({ name, port }) => ({ name, port, targetPort: name }));
  const service = new ServiceV1(scope, "service", {
    metadata: metadata(),
    spec: { selector: labels, port: ports(clients) },
  });
  const headless = new ServiceV1(scope, "headless", {
    metadata: metadata("-headless"),
    spec: {
      selector: labels,
      port: ports([...clients, ...members]),
      clusterIp: "None",
      publishNotReadyAddresses: true,
    },
  });
  new PodDisruptionBudgetV1(scope, "budget", {
    metadata: metadata(),
    spec: { maxUnavailable: "1", selector: { matchLabels: labels } },
  });
  return { service, headless };
}
