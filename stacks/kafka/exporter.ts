import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import {
  imageOf,
  labelsOf,
  metadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
  scrapedAt,
} from "../workload.ts";

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
    readonly dependsOn: ITerraformDependable[];
  },
): DeploymentV1 {
  const { name, namespace, bootstrap, registry, dependsOn } = options;
  const labels = labelsOf("kafka-exporter", name);
  return new DeploymentV1(scope, "exporter", {
    metadata: metadataOf(name, namespace, labels)("-exporter"),
    dependsOn,
    spec: {
      replicas: "1",
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: scrapedAt(PORT) },
        spec: {
          serviceAccountName: options.account,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: restrictedPod(65534),
          container: [
            {
              name: "exporter",
              image: imageOf("danielqsj/kafka-exporter", { registry, version: "v1.9.0" }),
              args: [`--kafka.server=${bootstrap}`, `--web.listen-address=:${PORT}`],
              port: [{ name: "metrics", containerPort: PORT }],
              securityContext: restrictedContainer({ readOnlyRoot: true }),
              resources: resourcesOf({ cpu: "10m", memory: "64Mi" }),
              readinessProbe: { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 10 },
            },
          ],
        },
      },
    },
  });
}
