/** What prometheus.yml is made of (Prometheus documentation, "Configuration"). */
export interface Scraping {
  readonly interval: string;
  readonly ownPort: number;
  /** `host:port` of each Alertmanager. */
  readonly alertmanagers: readonly string[];
  /** `host:port`, where there is one. */
  readonly kubeStateMetrics?: string;
  readonly kubelets: boolean;
}

/**
 * prometheus.yml: the server itself, pods by their annotations, and Services by theirs, each of whose ready endpoints
 * is scraped (Prometheus documentation, "kubernetes_sd_config"). Braces after `$` are Terraform's: groups stand bare.
 */
export function scrapeConfig({ interval, ownPort, alertmanagers, kubeStateMetrics, kubelets }: Scraping): string {
  return `global:
  scrape_interval: ${interval}
  evaluation_interval: ${interval}
rule_files: [/etc/prometheus/rules.yml]
${alerting(alertmanagers)}scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:${ownPort}"]
        labels: { app: prometheus }
${kubeStateMetrics === undefined ? "" : stateMetrics(kubeStateMetrics)}${kubelets ? KUBELETS : ""}  - job_name: pods
    kubernetes_sd_configs:
      - role: pod
    relabel_configs:
${annotated("pod")}
      - source_labels: [__meta_kubernetes_pod_phase]
        regex: Pending|Succeeded|Failed
        action: drop
${placed}
  - job_name: services
    kubernetes_sd_configs:
      - role: endpointslice
    relabel_configs:
${annotated("service")}
      - source_labels: [__meta_kubernetes_endpointslice_endpoint_conditions_ready]
        regex: "false"
        action: drop
${placed}
      - source_labels: [__meta_kubernetes_service_name]
        target_label: service
`;
}

function alerting(targets: readonly string[]): string {
  if (targets.length === 0) return "";
  return `alerting:
  alertmanagers:
    - static_configs:
        - targets: ${JSON.stringify(targets)}
`;
}

/** Its series carry namespace and pod of what they tell of, which must not give way to its own. */
function stateMetrics(target: string): string {
  return `  - job_name: kube-state-metrics
    honor_labels: true
    static_configs:
      - targets: [${JSON.stringify(target)}]
        labels: { app: kube-state-metrics }
`;
}

/** Their certificates are signed by themselves on kind and many other clusters; only how full volumes are is kept. */
const KUBELETS = `  - job_name: kubelets
    scheme: https
    tls_config: { insecure_skip_verify: true }
    authorization: { credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token }
    kubernetes_sd_configs:
      - role: node
    relabel_configs:
      - source_labels: [__meta_kubernetes_node_name]
        target_label: node
    metric_relabel_configs:
      - source_labels: [__name__]
        regex: kubelet_volume_stats_.+
        action: keep
`;

/** Keeps what asks for it, and takes scheme, path and port from where it says. */
function annotated(what: "pod" | "service"): string {
  const label = (name: string) => `__meta_kubernetes_${what}_annotation_prometheus_io_${name}`;
  return `      - source_labels: [${label("scrape")}]
        regex: "true"
        action: keep
      - source_labels: [${label("scheme")}]
        regex: (https?)
        target_label: __scheme__
      - source_labels: [${label("path")}]
        regex: (.+)
        target_label: __metrics_path__
      - source_labels: [__address__, ${label("port")}]
        regex: (.+?)(?::\\d+)?;(\\d+)
        replacement: $1:$2
        target_label: __address__`;
}

const placed = `      - source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_name]
        target_label: app`;
