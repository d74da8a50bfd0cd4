import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
import type { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { RandomProvider } from "@cdktf/provider-random/lib/provider/index.js";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { amountOf } from "./checks.ts";
import type { StackContext } from "./contract.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { restrictNetwork } from "./network-policy.ts";
import { readOptions, settle } from "./options.ts";
import { PrometheusAccess } from "./prometheus/access.ts";
import { Alertmanager } from "./prometheus/alertmanager.ts";
import { defaultRules } from "./prometheus/default-rules.ts";
import { Grafana } from "./prometheus/grafana.ts";
import { KubeStateMetrics } from "./prometheus/kube-state-metrics.ts";
import { NodeExporter } from "./prometheus/node-exporter.ts";
import { OPTIONS, type PrometheusOptions } from "./prometheus/options.ts";
import { ruleFile } from "./prometheus/rules.ts";
import { scrapeConfig } from "./prometheus/scraping.ts";
import { ingressTo } from "./prometheus/web-ingress.ts";
import { surroundSet } from "./set-surroundings.ts";
import {
  configHash,
  dataClaim,
  imageOf,
  labelsOf,
  metadataOf,
  podSecurity,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
} from "./workload.ts";

export type { AlertmanagerOptions, GrafanaOptions, PrometheusOptions, WebIngress } from "./prometheus/options.ts";
export type { AlertRule } from "./prometheus/rules.ts";

const PORT = 9090;
/** `nobody`, the image's own user. */
const USER = 65534;

/**
 * One Prometheus server with a volume of its own. It scrapes itself and every pod and Service of the cluster that asks
 * for it by the annotations `prometheus.io/scrape`, `/port`, `/path` and `/scheme`; Alertmanager, kube-state-metrics and
 * Grafana stand beside it by option. node-exporter needs another namespace, and so is a construct of its own.
 */
export class Prometheus extends Construct {
  /** `http://prometheus.monitoring.svc:9090` */
  readonly url: string;
  readonly service: ServiceV1;
  readonly statefulSet: StatefulSetV1;

  constructor(scope: Construct, id: string, options: PrometheusOptions) {
    super(scope, id);
    const settings = settle("prometheus", OPTIONS, options);
    const { name, namespace, registry, storage, storageClass, retention, cpu, memory, networkPolicy } = settings;
    const labels = labelsOf("prometheus", name);
    const metadata = metadataOf(name, namespace, labels);
    this.url = `http://${name}.${namespace}.svc:${PORT}`;

    const beside = { namespace, registry, networkPolicy };
    const alerts = settings.alertmanager === true ? {} : settings.alertmanager;
    const alertmanagers =
      alerts === false
        ? []
        : new Alertmanager(this, "alertmanager", { ...beside, name: "alertmanager", storageClass }, alerts).targets;
    const kubeStateMetrics = settings.kubeStateMetrics
      ? new KubeStateMetrics(this, "kube-state-metrics", { ...beside, name: "kube-state-metrics" }).target
      : undefined;
    if (settings.grafana !== false) {
      const grafana = settings.grafana === true ? {} : settings.grafana;
      new Grafana(this, "grafana", { ...beside, name: "grafana", source: this.url, ...grafana });
    }

    const access = new PrometheusAccess(this, "access", { name, namespace, labels, kubelets: settings.kubelets });
    const files = {
      "prometheus.yml": scrapeConfig({
        interval: settings.scrapeInterval,
        ownPort: PORT,
        alertmanagers,
        kubeStateMetrics,
        kubelets: settings.kubelets,
      }),
      "rules.yml": ruleFile([
        ...(settings.defaultRules ? defaultRules(settings.alertAfter) : []),
        ...(settings.rules === undefined ? [] : [{ name: "own", rules: settings.rules }]),
      ]),
    };
    const config = new ConfigMapV1(this, "config", { metadata: metadata("-config"), data: files });
    const selector = { matchLabels: labels };
    const probe = (path: string) => ({ httpGet: { path, port: "http" } });

    this.statefulSet = new StatefulSetV1(this, "server", {
      metadata: metadata(),
      spec: {
        serviceName: `${name}-headless`,
        replicas: "1",
        // A pod that a wrong setting broke gives way to the right one by itself; in order, it would be waited for.
        podManagementPolicy: "Parallel",
        selector,
        template: {
          metadata: { labels, annotations: configHash(Object.values(files).join("")) },
          spec: {
            serviceAccountName: access.account.metadata.name,
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
                  // Of a start that fails the last lines are then the reason, and not how everything was stopped.
                  "--log.level=warn",
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
      dependsOn: [access.binding],
    });

    const surroundings = surroundSet(this, { metadata, labels, clients: [{ name: "http", port: PORT }] });
    this.service = surroundings.service;
    if (settings.ingress !== undefined) {
      ingressTo(this, settings.ingress, { metadata: metadata(), service: this.service.metadata.name, port: PORT });
    }
    const open = { clients: [PORT], ingress: settings.ingress === undefined ? [] : [PORT] };
    restrictNetwork(this, { metadata: metadata(), selector, open, asksApi: true }, networkPolicy);
  }
}

/** One server in a namespace of its own (`monitoring` unless told otherwise); vars are the options. */
export default class PrometheusStack extends NamespacedStack {
  readonly prometheus: Prometheus;

  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    const options = readOptions<PrometheusOptions>(this, context, OPTIONS);
    if (options.grafana !== undefined && options.grafana !== false) new RandomProvider(this, "random");
    const place = options.namespace ?? "monitoring";
    const namespace = this.makeNamespace(place);
    this.prometheus = new Prometheus(this, "prometheus", { ...options, namespace });
    if (options.nodeExporter ?? OPTIONS[options.preset ?? "development"].nodeExporter) {
      const nodes = new NamespaceV1(this, "nodes", {
        metadata: { name: `${place}-nodes`, labels: podSecurity("privileged") },
      });
      const { registry } = options;
      new NodeExporter(this, "node-exporter", { name: "node-exporter", namespace: nodes.metadata.name, registry });
    }
    new TerraformOutput(this, "url", { value: this.prometheus.url });
  }
}
