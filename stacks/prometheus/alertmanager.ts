import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { Construct } from "constructs";
import { restrictNetwork } from "../network-policy.ts";
import type { CommonOptions, VolumeOptions } from "../options.ts";
import { surroundSet } from "../set-surroundings.ts";
import {
  configHash,
  dataClaim,
  imageOf,
  labelsOf,
  metadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
  scrapedAt,
} from "../workload.ts";
import { alertmanagerConfig } from "./alertmanager-config.ts";
import type { AlertmanagerOptions } from "./options.ts";

const PORT = 9093;
const GOSSIP = 9094;
/** `nobody`, the image's own user. */
const USER = 65534;

export interface AlertmanagerSurroundings {
  readonly name: string;
  readonly namespace: string;
  readonly registry?: string;
  readonly storageClass?: VolumeOptions["storageClass"];
  readonly networkPolicy?: CommonOptions["networkPolicy"];
}

/** Groups, silences and sends alerts; its configuration, which may hold passwords, lies in a Secret. */
export class Alertmanager extends Construct {
  /** `host:port` of each server: Prometheus tells all of them, and they agree on who sends. */
  readonly targets: readonly string[];

  constructor(scope: Construct, id: string, around: AlertmanagerSurroundings, options: AlertmanagerOptions) {
    super(scope, id);
    const { name, namespace, registry, storageClass, networkPolicy } = around;
    const { replicas = 1, storage = "1Gi", version = "v0.28.1" } = options;
    const labels = labelsOf("alertmanager", name);
    const metadata = metadataOf(name, namespace, labels);
    const hosts = Array.from({ length: replicas }, (_, i) => `${name}-${i}.${name}-headless.${namespace}.svc`);
    this.targets = hosts.map((host) => `${host}:${PORT}`);

    const yaml = options.config ?? alertmanagerConfig(options);
    const config = new SecretV1(this, "config", {
      metadata: metadata("-config"),
      data: { "alertmanager.yml": yaml },
    });
    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    });
    const selector = { matchLabels: labels };
    const probe = (path: string) => ({ httpGet: { path, port: "http" } });
    const peers =
      replicas === 1 ? ["--cluster.listen-address="] : hosts.map((host) => `--cluster.peer=${host}:${GOSSIP}`);

    new StatefulSetV1(this, "server", {
      metadata: metadata(),
      spec: {
        serviceName: `${name}-headless`,
        replicas: String(replicas),
        // A pod that a wrong setting broke gives way to the right one by itself; in order, it would be waited for.
        podManagementPolicy: "Parallel",
        selector,
        template: {
          metadata: { labels, annotations: { ...configHash(yaml), ...scrapedAt(PORT) } },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: restrictedPod(USER),
            container: [
              {
                name: "alertmanager",
                image: imageOf("prom/alertmanager", { registry, version }),
                args: ["--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager", ...peers],
                port: [
                  { name: "http", containerPort: PORT },
                  { name: "gossip", containerPort: GOSSIP },
                ],
                securityContext: restrictedContainer({ readOnlyRoot: true }),
                resources: resourcesOf({ cpu: "10m", memory: "64Mi" }),
                readinessProbe: { ...probe("/-/ready"), periodSeconds: 5, timeoutSeconds: 3 },
                livenessProbe: { ...probe("/-/healthy"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
                volumeMount: [
                  { name: "data", mountPath: "/alertmanager" },
                  { name: "config", mountPath: "/etc/alertmanager", readOnly: true },
                ],
              },
            ],
            volume: [{ name: "config", secret: { secretName: config.metadata.name, defaultMode: "0440" } }],
          },
        },
        volumeClaimTemplate: [dataClaim(storage, storageClass)],
      },
    });
    surroundSet(this, {
      metadata,
      labels,
      clients: [{ name: "http", port: PORT }],
      members: [{ name: "gossip", port: GOSSIP }],
    });
    const open = { clients: [PORT], gossip: [GOSSIP], metrics: [PORT] };
    restrictNetwork(this, { metadata: metadata(), selector, open }, networkPolicy);
  }
}
