import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import type { Construct } from "constructs";
import type { MetadataOf } from "../workload.ts";
import type { KafkaOutside } from "./options.ts";
import { OUTSIDE_PORT } from "./settings.ts";

/** One Service for each broker: a client must reach the very broker that leads a partition. */
export function openOutside(
  scope: Construct,
  { type, port = OUTSIDE_PORT }: KafkaOutside,
  brokers: { readonly name: string; readonly count: number; readonly metadata: MetadataOf },
): void {
  for (let i = 0; i < brokers.count; i++) {
    const way = type === "NodePort" ? { port: OUTSIDE_PORT, nodePort: port + i } : { port, nodePort: undefined };
    new ServiceV1(scope, `outside-${i}`, {
      metadata: brokers.metadata(`-outside-${i}`),
      spec: {
        type,
        selector: { "statefulset.kubernetes.io/pod-name": `${brokers.name}-${i}` },
        // A broker that catches up is not ready, and yet the one that its partitions' clients must talk to.
        publishNotReadyAddresses: true,
        port: [{ name: "outside", targetPort: "outside", ...way }],
      },
    });
  }
}
