/**
 * prometheus.yml: the server itself, pods by their annotations, and Services by theirs, each of whose ready endpoints
 * is scraped (Prometheus documentation, "kubernetes_sd_config"). Braces after `$` are Terraform's: groups stand bare.
 */
export function scrapeConfig(options: { readonly interval: string; readonly ownPort: number }): string {
  return `global:
  scrape_interval: ${options.interval}
  evaluation_interval: ${options.interval}
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:${options.ownPort}"]
  - job_name: pods
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
        target_label: pod`;
