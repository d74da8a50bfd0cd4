import { DaemonSetV1 } from "@cdktf/provider-kubernetes/lib/daemon-set-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";
import { imageOf, labelsOf, resourcesOf, restrictedContainer, restrictedPod, scrapedAt } from "../workload.ts";

const PORT = 9100;
/** `nobody`, the image's own user. */
const USER = 65534;

/**
 * node-exporter on each node. It reads the node's root file system, and its processes and network as the node sees them:
 * its namespace must admit privileged pods. It runs as nobody, without capabilities, and may write nowhere.
 */
export class NodeExporter extends Construct {
  constructor(
    scope: Construct,
    id: string,
    around: { readonly name: string; readonly namespace: string; readonly registry?: string },
  ) {
    super(scope, id);
    const { name, namespace, registry } = around;
    const labels = labelsOf("node-exporter", name);
    const metadata = { name, namespace, labels };
    const account = new ServiceAccountV1(this, "account", { metadata, automountServiceAccountToken: false });
    const { fsGroup: _none, fsGroupChangePolicy: _neither, ...security } = restrictedPod(USER);
    new DaemonSetV1(this, "exporter", {
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: scrapedAt(PORT) },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            hostNetwork: true,
            hostPid: true,
            securityContext: security,
            // Control planes have disks too.
            toleration: [{ operator: "Exists", effect: "NoSchedule" }],
            container: [
              {
                name: "node-exporter",
                image: imageOf("prom/node-exporter", { registry, version: "v1.9.1" }),
                args: [
                  "--path.rootfs=/host",
                  `--web.listen-address=:${PORT}`,
                  "--collector.filesystem.mount-points-exclude=^/(dev|proc|run|sys|var/lib/(containerd|kubelet))($|/)",
                ],
                port: [{ name: "metrics", containerPort: PORT, hostPort: PORT }],
                securityContext: restrictedContainer({ readOnlyRoot: true }),
                resources: resourcesOf({ cpu: "10m", memory: "64Mi" }),
                readinessProbe: { httpGet: { path: "/", port: "metrics" }, periodSeconds: 10 },
                volumeMount: [
                  { name: "root", mountPath: "/host", readOnly: true, mountPropagation: "HostToContainer" },
                ],
              },
            ],
            volume: [{ name: "root", hostPath: { path: "/" } }],
          },
        },
      },
    });
  }
}
