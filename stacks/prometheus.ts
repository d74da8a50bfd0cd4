import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import type { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { amountOf, duration, quantityFrom } from "./checks.ts";
import type { StackContext } from "./contract.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { restrictNetwork } from "./network-policy.ts";
import {
  type CommonOptions,
  commonChecks,
  type OptionTable,
  readOptions,
  settle,
  type VolumeOptions,
  volumeChecks,
} from "./options.ts";
import { scrapeConfig } from "./prometheus-config.ts";
import { surroundSet } from "./set-surroundings.ts";
import {
  configHash,
  dataClaim,
  imageOf,
  labelsOf,
  metadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
} from "./workload.ts";

export interface PrometheusOptions extends CommonOptions, VolumeOptions {
  /** Size of the data volume. Samples may take four fifths of it, however young they are. */
  readonly storage?: string;
  /** How long samples are kept, while there is room. */
  readonly retention?: string;
  readonly scrapeInterval?: string;
  /** Memory request and limit; at least 128Mi. */
  readonly memory?: string;
}

const OPTIONS = {
  checks: {
    ...commonChecks,
    ...volumeChecks,
    storage: quantityFrom("1Gi"),
    retention: duration,
    scrapeInterval: duration,
    memory: quantityFrom("128Mi"),
  },
  always: { name: "prometheus", version: "v3.5.0", scrapeInterval: "30s" },
  development: { retention: "7d", storage: "2Gi", cpu: "100m", memory: "384Mi" },
  production: { retention: "30d", storage: "50Gi", cpu: "500m", memory: "4Gi" },
} satisfies OptionTable<PrometheusOptions>;

const PORT = 9090;
/** `nobody`, the image's own user. */
const USER = 65534;

/**
 * One Prometheus server with a volume of its own. It scrapes itself and every pod and Service of the cluster that asks
 * for it by the annotations `prometheus.io/scrape`, `/port`, `/path` and `/scheme`.
 */
export class Prometheus extends Construct {
  /** `http://prometheus.monitoring.svc:9090` */
  readonly url: string;
  readonly service: ServiceV1;
  readonly statefulSet: StatefulSetV1;

  constructor(scope: Construct, id: string, options: PrometheusOptions) {
    super(scope, id);
    const settings = settle("prometheus", OPTIONS, options);
    const { name, namespace, storage, storageClass, retention, scrapeInterval, cpu, memory } = settings;
    const labels = labelsOf("prometheus", name);
    const metadata = metadataOf(name, namespace, labels);
    this.url = `http://${name}.${namespace}.svc:${PORT}`;

    const account = new ServiceAccountV1(this, "account", { metadata: metadata() });
    // Cluster-wide names carry the namespace: two servers of one name may stand in two namespaces.
    const role = new ClusterRoleV1(this, "role", {
      metadata: { name: `${namespace}-${name}`, labels },
      rule: [
        { apiGroups: [""], resources: ["pods", "services"], verbs: ["get", "list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
        { nonResourceUrls: ["/metrics"], verbs: ["get"] },
      ],
    });
    const binding = new ClusterRoleBindingV1(this, "binding", {
      metadata: { name: `${namespace}-${name}`, labels },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
      subject: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
    });

    const yaml = scrapeConfig({ interval: scrapeInterval, ownPort: PORT });
    const config = new ConfigMapV1(this, "config", {
      metadata: metadata("-config"),
      data: { "prometheus.yml": yaml },
    });
    const selector = { matchLabels: labels };
    const probe = (path: string) => ({ httpGet: { path, port: "http" } });

    this.statefulSet = new StatefulSetV1(this, "server", {
      metadata: metadata(),
      spec: {
        serviceName: `${name}-headless`,
        replicas: "1",
        selector,
        template: {
          metadata: { labels, annotations: configHash(yaml) },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            // It writes its head block before it goes.
            terminationGracePeriodSeconds: 120,
            securityContext: restrictedPod(USER),
            container: [
              {
                name: "prometheus",
                image: imageOf("prom/prometheus", settings),
                args: [
                  "--config.file=/etc/prometheus/prometheus.yml",
                  "--storage.tsdb.path=/prometheus",
                  `--storage.tsdb.retention.time=${retention}`,
                  `--storage.tsdb.retention.size=${Math.floor((amountOf(storage) * 0.8) / 1024 ** 2)}MB`,
                ],
                port: [{ name: "http", containerPort: PORT }],
                securityContext: restrictedContainer({ readOnlyRoot: true }),
                resources: resourcesOf({ cpu, memory }),
                // A start replays the write-ahead log: it is given ten minutes before liveness counts.
                startupProbe: { ...probe("/-/ready"), periodSeconds: 5, failureThreshold: 120 },
                readinessProbe: { ...probe("/-/ready"), periodSeconds: 5, timeoutSeconds: 3 },
                livenessProbe: { ...probe("/-/healthy"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
                volumeMount: [
                  { name: "data", mountPath: "/prometheus" },
                  { name: "config", mountPath: "/etc/prometheus", readOnly: true },
                ],
              },
            ],
            volume: [{ name: "config", configMap: { name: config.metadata.name } }],
          },
        },
        volumeClaimTemplate: [dataClaim(storage, storageClass)],
      },
      // Without the right to list pods it starts, and finds nothing.
      dependsOn: [binding],
    });

    const surroundings = surroundSet(this, { metadata, labels, clients: [{ name: "http", port: PORT }] });
    this.service = surroundings.service;
    const workload = { metadata: metadata(), selector, open: { clients: [PORT] } };
    restrictNetwork(this, workload, settings.networkPolicy);
  }
}

/** One server in a namespace of its own (`monitoring` unless told otherwise); vars are the options. */
export default class PrometheusStack extends NamespacedStack {
  readonly prometheus: Prometheus;

  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    const options = readOptions<PrometheusOptions>(this, context, OPTIONS);
    const namespace = this.makeNamespace(options.namespace ?? "monitoring");
    this.prometheus = new Prometheus(this, "prometheus", { ...options, namespace });
    new TerraformOutput(this, "url", { value: this.prometheus.url });
  }
}
