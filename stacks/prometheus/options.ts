import { type Check, duration, fieldsOf, flag, listOf, quantity, quantityFrom, text, wholeNumber } from "../checks.ts";
import { type CommonOptions, commonChecks, type OptionTable, type VolumeOptions, volumeChecks } from "../options.ts";
import { type AlertRule, alertRule } from "./rules.ts";

/** Where alerts go. Without any, they are shown by Alertmanager and told to nobody. */
export interface AlertmanagerOptions {
  /** URLs that are sent each group of alerts as JSON (Alertmanager documentation, "webhook_config"). */
  readonly webhooks?: readonly string[];
  /** A channel of Slack, by the URL of an incoming webhook. */
  readonly slack?: { readonly url: string; readonly channel: string };
  /** Mail by this server, `mail.example.com:587`. */
  readonly email?: {
    readonly to: string;
    readonly from: string;
    readonly smarthost: string;
    readonly username?: string;
    readonly password?: string;
  };
  /** How long until an alert that goes on is told again. */
  readonly repeatInterval?: string;
  /** A whole alertmanager.yml instead of the above; kept in a Secret, as the others are. */
  readonly config?: string;
  /** Servers that share silences and tell each alert once. */
  readonly replicas?: number;
  /** Size of the volume that silences are kept on. */
  readonly storage?: string;
  /** Tag of the image `prom/alertmanager`. */
  readonly version?: string;
}

/** An Ingress to a web page. Neither Prometheus nor Alertmanager asks for a password: the host is for trusted networks. */
export interface WebIngress {
  /** Host name of the page. */
  readonly host: string;
  /** IngressClass; the cluster's default where absent. */
  readonly className?: string;
  /** Secret with the host's certificate, in the same namespace; `default` takes the controller's own. */
  readonly tls?: string;
}

export interface GrafanaOptions {
  /** An Ingress to Grafana, which asks for a password. */
  readonly ingress?: WebIngress;
  /** Tag of the image `grafana/grafana`. */
  readonly version?: string;
}

export interface PrometheusOptions extends CommonOptions, VolumeOptions {
  /** Size of the data volume. Samples may take four fifths of it, however young they are. */
  readonly storage?: string;
  /** How long samples are kept, while there is room. */
  readonly retention?: string;
  /** How often targets are asked, and rules evaluated. */
  readonly scrapeInterval?: string;
  /** Alertmanager beside it; where alerts go. `false`: alerts are only shown by Prometheus. */
  readonly alertmanager?: boolean | AlertmanagerOptions;
  /** Default alerts for Kubernetes and the stacks of the library. */
  readonly defaultRules?: boolean;
  /** Alerts of your own. */
  readonly rules?: readonly AlertRule[];
  /** How long a fault must last before a default alert of it fires. */
  readonly alertAfter?: string;
  /** kube-state-metrics beside it: what the API server knows of workloads. Most default alerts need it. */
  readonly kubeStateMetrics?: boolean;
  /** Ask the kubelets how full volumes are; needs the right to read nodes/metrics. */
  readonly kubelets?: boolean;
  /** Of the ready stack: node-exporter on each node, in a namespace `NAMESPACE-nodes` of its own at level `privileged`. */
  readonly nodeExporter?: boolean;
  /** Grafana with a dashboard for each stack of the library, at a host of its own where an ingress is given. */
  readonly grafana?: boolean | GrafanaOptions;
  /** An Ingress to Prometheus. */
  readonly ingress?: WebIngress;
  /** Memory request and limit; at least 128Mi. */
  readonly memory?: string;
}

const webIngress = fieldsOf<WebIngress>({ host: text, className: text, tls: text }, "host");

const url: Check<string> = (value) => {
  if (typeof value === "string" && /^https?:\/\/[^\s/]+/.test(value)) return value;
  throw new Error("what is given is no URL that begins with http:// or https://");
};

const mailServer: Check<string> = (value) => {
  if (typeof value === "string" && /^[^\s:]+:\d+$/.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is no host with a port, such as mail.example.com:587`);
};

const alertmanager = fieldsOf<AlertmanagerOptions>({
  webhooks: listOf(url),
  slack: fieldsOf({ url, channel: text }, "url", "channel"),
  email: fieldsOf<NonNullable<AlertmanagerOptions["email"]>>(
    { to: text, from: text, smarthost: mailServer, username: text, password: text },
    "to",
    "from",
    "smarthost",
  ),
  repeatInterval: duration,
  config: text,
  replicas: wholeNumber(1, 5),
  storage: quantity,
  version: text,
});

export const OPTIONS = {
  checks: {
    ...commonChecks,
    ...volumeChecks,
    storage: quantityFrom("1Gi"),
    retention: duration,
    scrapeInterval: duration,
    alertmanager: (value) => (typeof value === "boolean" ? value : alertmanager(value)),
    defaultRules: flag,
    rules: listOf(alertRule),
    alertAfter: duration,
    kubeStateMetrics: flag,
    kubelets: flag,
    nodeExporter: flag,
    grafana: (value) =>
      typeof value === "boolean" ? value : fieldsOf<GrafanaOptions>({ ingress: webIngress, version: text })(value),
    ingress: webIngress,
    memory: quantityFrom("128Mi"),
  },
  always: {
    name: "prometheus",
    version: "v3.5.0",
    scrapeInterval: "30s",
    alertmanager: true,
    defaultRules: true,
    alertAfter: "2m",
    kubeStateMetrics: true,
    kubelets: true,
    grafana: false,
  },
  development: { retention: "7d", storage: "2Gi", cpu: "100m", memory: "384Mi", nodeExporter: false },
  production: { retention: "30d", storage: "50Gi", cpu: "500m", memory: "4Gi", nodeExporter: true },
} satisfies OptionTable<PrometheusOptions>;
