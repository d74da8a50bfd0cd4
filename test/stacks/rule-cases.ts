import { dashboards } from "../../stacks/prometheus/dashboards.ts";
import { defaultRules } from "../../stacks/prometheus/default-rules.ts";
import { ruleFile } from "../../stacks/prometheus/rules.ts";

/** Series that raise an alert, others like them that do not, and what is then said. Values are promtool's: `0x9` is ten times 0. */
interface RuleCase {
  readonly alert: string;
  readonly raises: Readonly<Record<string, string>>;
  readonly keeps: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

const pod = 'namespace="data",pod="db-0"';
const set = 'namespace="data",statefulset="db"';
const named = (app: string) => ({ [`kube_statefulset_labels{${set},label_app_kubernetes_io_name="${app}"}`]: "1x20" });
const down = (alert: string, app: string): RuleCase => ({
  alert,
  raises: { [`kube_statefulset_status_replicas_ready{${set}}`]: "0x20", ...named(app) },
  keeps: { [`kube_statefulset_status_replicas_ready{${set}}`]: "0x3 1x17", ...named(app) },
  labels: { severity: "critical", namespace: "data", statefulset: "db", label_app_kubernetes_io_name: app },
  summary: "no server of data/db is ready",
});

export const ruleCases: readonly RuleCase[] = [
  {
    alert: "TargetDown",
    raises: { [`up{job="pods",${pod}}`]: "0x20" },
    keeps: { [`up{job="pods",${pod}}`]: "0x2 1x17" },
    labels: { severity: "warning", job: "pods", namespace: "data", pod: "db-0" },
    summary: "pods data/db-0 does not answer Prometheus",
  },
  {
    alert: "StatefulSetReplicasMissing",
    raises: {
      [`kube_statefulset_replicas{${set}}`]: "3x20",
      [`kube_statefulset_status_replicas_ready{${set}}`]: "2x20",
    },
    keeps: {
      [`kube_statefulset_replicas{${set}}`]: "3x20",
      [`kube_statefulset_status_replicas_ready{${set}}`]: "3x20",
    },
    labels: { severity: "warning", namespace: "data", statefulset: "db" },
    summary: "data/db has 2 ready pods, fewer than it should",
  },
  {
    alert: "StatefulSetScaledToZero",
    raises: { [`kube_statefulset_replicas{${set}}`]: "0x20" },
    keeps: { [`kube_statefulset_replicas{${set}}`]: "1x20" },
    labels: { severity: "warning", namespace: "data", statefulset: "db" },
    summary: "data/db is scaled to zero",
  },
  {
    alert: "JobFailed",
    raises: { 'kube_job_failed{namespace="data",job_name="migrate",condition="true"}': "1x20" },
    keeps: {
      'kube_job_failed{namespace="data",job_name="migrate",condition="true"}': "0x20",
      'kube_job_failed{namespace="data",job_name="migrate",condition="false"}': "1x20",
      // Its first pod failed and its second did not.
      'kube_job_status_failed{namespace="data",job_name="migrate",reason=""}': "1x20",
    },
    labels: { severity: "warning", namespace: "data", job_name: "migrate", condition: "true" },
    summary: "job data/migrate has failed",
  },
  {
    alert: "VolumeAlmostFull",
    raises: {
      'kubelet_volume_stats_available_bytes{namespace="data",persistentvolumeclaim="data-db-0"}': "5x20",
      'kubelet_volume_stats_capacity_bytes{namespace="data",persistentvolumeclaim="data-db-0"}': "100x20",
    },
    keeps: {
      'kubelet_volume_stats_available_bytes{namespace="data",persistentvolumeclaim="data-db-0"}': "50x20",
      'kubelet_volume_stats_capacity_bytes{namespace="data",persistentvolumeclaim="data-db-0"}': "100x20",
    },
    labels: { severity: "critical", namespace: "data", persistentvolumeclaim: "data-db-0" },
    summary: "volume data/data-db-0 has 5% left",
  },
  {
    alert: "PodCrashLooping",
    // It waits only now and then: in between it runs.
    raises: {
      [`kube_pod_container_status_waiting_reason{${pod},container="c",reason="CrashLoopBackOff"}`]:
        "1 _ _ 1 _ _ 1 _ _ 1",
    },
    keeps: { [`kube_pod_container_status_waiting_reason{${pod},container="c",reason="ContainerCreating"}`]: "1x20" },
    labels: { severity: "warning", namespace: "data", pod: "db-0", container: "c", reason: "CrashLoopBackOff" },
    summary: "container c of data/db-0 crashes again and again",
  },
  down("PostgresDown", "postgres"),
  down("RedisDown", "redis"),
  down("KafkaDown", "kafka"),
  {
    alert: "PostgresReplicationLag",
    raises: {
      [`pg_replication_lag_seconds{instance="i",${pod}}`]: "90x20",
      [`pg_replication_is_replica{instance="i",${pod}}`]: "1x20",
    },
    // A primary has no lag, whatever the exporter makes of it.
    keeps: {
      [`pg_replication_lag_seconds{instance="i",${pod}}`]: "90x20",
      [`pg_replication_is_replica{instance="i",${pod}}`]: "0x20",
    },
    labels: { severity: "warning", instance: "i", namespace: "data", pod: "db-0" },
    summary: "data/db-0 is 1m 30s behind its primary",
  },
  {
    alert: "PostgresConnectionsAlmostUsed",
    raises: {
      [`pg_stat_database_numbackends{${pod},datname="app"}`]: "50x20",
      [`pg_stat_database_numbackends{${pod},datname="other"}`]: "40x20",
      [`pg_settings_max_connections{${pod}}`]: "100x20",
    },
    keeps: {
      [`pg_stat_database_numbackends{${pod},datname="app"}`]: "50x20",
      [`pg_settings_max_connections{${pod}}`]: "100x20",
    },
    labels: { severity: "warning", namespace: "data", pod: "db-0" },
    summary: "90% of the connections of data/db-0 are in use",
  },
  {
    alert: "RedisMemoryAlmostFull",
    raises: { [`redis_memory_used_bytes{${pod}}`]: "95x20", [`redis_memory_max_bytes{${pod}}`]: "100x20" },
    // No maxmemory is no limit.
    keeps: { [`redis_memory_used_bytes{${pod}}`]: "95x20", [`redis_memory_max_bytes{${pod}}`]: "0x20" },
    labels: { severity: "warning", namespace: "data", pod: "db-0" },
    summary: "data/db-0 uses 95% of its maxmemory",
  },
  {
    alert: "KafkaUnderReplicated",
    raises: {
      'kafka_topic_partition_under_replicated_partition{namespace="data",topic="a",partition="0"}': "1x20",
      'kafka_topic_partition_under_replicated_partition{namespace="data",topic="b",partition="0"}': "1x20",
    },
    keeps: { 'kafka_topic_partition_under_replicated_partition{namespace="data",topic="a",partition="0"}': "0x20" },
    labels: { severity: "warning", namespace: "data" },
    summary: "2 partitions in data have too few copies in sync",
  },
  {
    alert: "IngressReloadFailed",
    raises: { [`nginx_ingress_controller_nginx_last_reload_status{${pod}}`]: "0x20" },
    keeps: { [`nginx_ingress_controller_nginx_last_reload_status{${pod}}`]: "1x20" },
    labels: { severity: "critical", namespace: "data", pod: "db-0" },
    summary: "NGINX of data/db-0 refused its last configuration",
  },
];

/** What `promtool check rules` and `promtool test rules` take (Prometheus documentation, "Unit Testing for Rules"), by file name. */
export function promtoolFiles(): Readonly<Record<string, string>> {
  const test = (series: Readonly<Record<string, string>>, alert: string, expected: readonly object[]) => ({
    interval: "30s",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: "4m", alertname: alert, exp_alerts: expected }],
  });
  const tests = ruleCases.flatMap(({ alert, raises, keeps, labels, summary }) => [
    test(raises, alert, [{ exp_labels: labels, exp_annotations: { summary } }]),
    test(keeps, alert, []),
  ]);
  const shown = dashboards.flatMap(({ uid, panels }) =>
    (panels as readonly { id: number; targets: readonly { expr: string }[] }[]).flatMap(({ id, targets }) =>
      targets.map(({ expr }) => ({ record: `${uid.replaceAll("-", "_")}:panel${id}`, expr })),
    ),
  );
  return {
    "rules.yml": ruleFile(defaultRules("2m")),
    "tests.yml": JSON.stringify({ rule_files: ["rules.yml"], evaluation_interval: "30s", tests }),
    // Panels' expressions as rules: promtool parses those.
    "panels.yml": JSON.stringify({ groups: [{ name: "panels", rules: shown }] }),
  };
}
