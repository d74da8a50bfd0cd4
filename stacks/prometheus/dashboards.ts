/** One panel: PromQL, what its lines are called, and Grafana's unit of their values. */
interface Graph {
  readonly title: string;
  readonly expr: string;
  readonly legend: string;
  readonly unit?: "short" | "bytes" | "reqps" | "percentunit" | "s";
}

/** A dashboard as Grafana takes it from a file (Grafana documentation, "JSON model"); two panels in a row. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly [key: string]: unknown;
}

const WIDTH = 12;
const HEIGHT = 8;
const SOURCE = { type: "prometheus", uid: "prometheus" };

function dashboard(name: string, graphs: readonly Graph[]): Dashboard {
  return {
    uid: `k8sctl-${name}`,
    title: name,
    tags: ["k8sctl"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    timezone: "browser",
    templating: { list: [] },
    annotations: { list: [] },
    panels: graphs.map(({ title, expr, legend, unit = "short" }, i) => ({
      id: i + 1,
      type: "timeseries",
      title,
      datasource: SOURCE,
      gridPos: { x: (i % 2) * WIDTH, y: Math.floor(i / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
      fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10 } }, overrides: [] },
      // Grafana's own types of a time series have all of these fields, none of them optional.
      options: {
        legend: { showLegend: true, displayMode: "list", placement: "bottom", calcs: [] },
        tooltip: { mode: "multi", sort: "desc" },
      },
      targets: [{ refId: "A", datasource: SOURCE, expr, legendFormat: legend }],
    })),
  };
}

const POD = "{{namespace}}/{{pod}}";
const rate = (metric: string) => `rate(${metric}[5m])`;

/** One for Kubernetes, and one for each stack of the library. */
export const dashboards: readonly Dashboard[] = [
  dashboard("kubernetes", [
    { title: "Targets that answer", expr: "sum by (job) (up)", legend: "{{job}}" },
    { title: "Alerts that fire", expr: 'sum by (alertname) (ALERTS{alertstate="firing"})', legend: "{{alertname}}" },
    {
      title: "Ready pods of StatefulSets",
      expr: "kube_statefulset_status_replicas_ready",
      legend: "{{namespace}}/{{statefulset}}",
    },
    {
      title: "Restarts in an hour",
      expr: "increase(kube_pod_container_status_restarts_total[1h]) > 0",
      legend: `${POD} {{container}}`,
    },
    {
      title: "Volumes: used",
      expr: "kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes",
      legend: "{{namespace}}/{{persistentvolumeclaim}}",
      unit: "percentunit",
    },
    {
      title: "Nodes: memory left",
      expr: "node_memory_MemAvailable_bytes",
      legend: "{{instance}}",
      unit: "bytes",
    },
  ]),
  dashboard("nginx-ingress", [
    { title: "Requests", expr: rate("nginx_ingress_nginx_http_requests_total"), legend: POD, unit: "reqps" },
    { title: "Connections", expr: "nginx_ingress_nginx_connections_active", legend: POD },
    {
      title: "Reloads in an hour",
      // There is one series for changes of endpoints and one for all others.
      expr: "sum by (namespace, pod) (increase(nginx_ingress_controller_nginx_reloads_total[1h]))",
      legend: POD,
    },
    {
      title: "Ingresses",
      expr: "max by (namespace, type) (nginx_ingress_controller_ingress_resources_total)",
      legend: "{{namespace}} {{type}}",
    },
  ]),
  dashboard("prometheus", [
    { title: "Series in memory", expr: "prometheus_tsdb_head_series", legend: "{{instance}}" },
    { title: "Samples a second", expr: rate("prometheus_tsdb_head_samples_appended_total"), legend: "{{instance}}" },
    { title: "Blocks on disk", expr: "prometheus_tsdb_storage_blocks_bytes", legend: "{{instance}}", unit: "bytes" },
    {
      title: "Rule evaluation",
      expr: rate("prometheus_rule_evaluation_duration_seconds_sum"),
      legend: "{{instance}}",
      unit: "s",
    },
  ]),
  dashboard("postgres", [
    { title: "Connections", expr: "sum by (namespace, pod) (pg_stat_database_numbackends)", legend: POD },
    {
      title: "Commits a second",
      expr: `sum by (namespace, pod) (${rate("pg_stat_database_xact_commit")})`,
      legend: POD,
    },
    { title: "Size of databases", expr: "pg_database_size_bytes", legend: "{{datname}}", unit: "bytes" },
    { title: "Replicas: lag", expr: "pg_replication_lag_seconds", legend: POD, unit: "s" },
  ]),
  dashboard("redis", [
    { title: "Commands a second", expr: rate("redis_commands_processed_total"), legend: POD, unit: "reqps" },
    { title: "Memory", expr: "redis_memory_used_bytes", legend: POD, unit: "bytes" },
    { title: "Clients", expr: "redis_connected_clients", legend: POD },
    { title: "Evicted keys a second", expr: rate("redis_evicted_keys_total"), legend: POD },
  ]),
  dashboard("kafka", [
    {
      title: "Messages a second",
      expr: `sum by (namespace, topic) (${rate("kafka_topic_partition_current_offset")})`,
      legend: "{{namespace}}/{{topic}}",
      unit: "reqps",
    },
    {
      title: "Consumers: messages behind",
      expr: "sum by (namespace, consumergroup, topic) (kafka_consumergroup_lag)",
      legend: "{{consumergroup}} {{topic}}",
    },
    {
      title: "Under-replicated partitions",
      expr: "sum by (namespace) (kafka_topic_partition_under_replicated_partition)",
      legend: "{{namespace}}",
    },
    { title: "Brokers", expr: "kafka_brokers", legend: "{{namespace}}" },
  ]),
];
