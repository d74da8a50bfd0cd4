import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { restrictNetwork } from "../network-policy.ts";
import type { CommonOptions } from "../options.ts";
import {
  imageOf,
  labelsOf,
  metadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
  scrapedAt,
} from "../workload.ts";

import { CLIENT_CA, clientMount, clientVolume } from "./client-config.ts";

const PORT = 9308;

/** One exporter for the whole cluster, which it asks as a client. It ends at once when no broker answers. */
export function exportMetrics(
  scope: Construct,
  options: {
    readonly name: string;
    readonly namespace: string;
    readonly bootstrap: string;
    readonly account: string;
    readonly registry?: string;
    readonly networkPolicy?: CommonOptions["networkPolicy"];
    readonly tls: { readonly client: string; readonly ca: string } | undefined;
    readonly dependsOn: ITerraformDependable[];
  },
): DeploymentV1 {
  const { name, namespace, bootstrap, registry, tls, dependsOn, networkPolicy } = options;
  const labels = labelsOf("kafka-exporter", name);
  const metadata = metadataOf(name, namespace, labels)("-exporter");
  const selector = { matchLabels: labels };
  const workload = { metadata, selector, open: { clients: [], metrics: [PORT] } };
  restrictNetwork(new Construct(scope, "exporter-network"), workload, networkPolicy);
  return new DeploymentV1(scope, "exporter", {
    metadata,
    dependsOn,
    spec: {
      replicas: "1",
      selector,
      template: {
        metadata: {
          labels,
          annotations: {
            ...scrapedAt(PORT),
            // It reads the authority when it starts.
            ...(tls === undefined ? {} : { "checksum/ca": Fn.sha256(tls.ca) }),
          },
        },
        spec: {
          serviceAccountName: options.account,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: restrictedPod(65534),
          container: [
            {
              name: "exporter",
              image: imageOf("danielqsj/kafka-exporter", { registry, version: "v1.9.0" }),
              args: [
                `--kafka.server=${bootstrap}`,
                `--web.listen-address=:${PORT}`,
                ...(tls === undefined ? [] : ["--tls.enabled", `--tls.ca-file=${CLIENT_CA}`]),
              ],
              port: [{ name: "metrics", containerPort: PORT }],
              securityContext: restrictedContainer({ readOnlyRoot: true }),
              resources: resourcesOf({ cpu: "10m", memory: "64Mi" }),
              readinessProbe: { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 10 },
              volumeMount: tls === undefined ? undefined : [clientMount],
            },
          ],
          volume: tls === undefined ? undefined : [clientVolume(tls.client)],
        },
      },
    },
  });
}
