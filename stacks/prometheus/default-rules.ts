import type { AlertRule, RuleGroup } from "./rules.ts";

const PLACE = "{{ $labels.namespace }}/{{ $labels.statefulset }}";
const POD = "{{ $labels.namespace }}/{{ $labels.pod }}";
const PERCENT = "{{ $value | humanizePercentage }}";

/**
 * Alerts for Kubernetes and for each stack of the library; a stack that is not there gives no series, and so no alert. `after`
 * is how long a fault must last.
 */
export function defaultRules(after: string): readonly RuleGroup[] {
  const rule = (alert: string, severity: "critical" | "warning", expr: string, summary: string): AlertRule => {
    return { alert, severity, expr, summary, for: after };
  };
  /** No server of the set is ready, however many it should have: none at all, too, when somebody scaled it to zero. */
  const down = (alert: string, app: string) =>
    rule(
      alert,
      "critical",
      "(kube_statefulset_status_replicas_ready == 0) * on (namespace, statefulset) group_left (label_app_kubernetes_io_name) " +
        `kube_statefulset_labels{label_app_kubernetes_io_name="${app}"}`,
      `no server of ${PLACE} is ready`,
    );
  return [
    {
      name: "kubernetes",
      rules: [
        rule("TargetDown", "warning", "up == 0", `{{ $labels.job }} ${POD} does not answer Prometheus`),
        rule(
          "StatefulSetReplicasMissing",
          "warning",
          "kube_statefulset_status_replicas_ready < kube_statefulset_replicas",
          `${PLACE} has {{ $value }} ready pods, fewer than it should`,
        ),
        rule("StatefulSetScaledToZero", "warning", "kube_statefulset_replicas == 0", `${PLACE} is scaled to zero`),
        rule(
          "DeploymentReplicasMissing",
          "warning",
          "kube_deployment_status_replicas_available < kube_deployment_spec_replicas",
          "{{ $labels.namespace }}/{{ $labels.deployment }} has {{ $value }} available pods, fewer than it should",
        ),
        rule(
          "DaemonSetPodsMissing",
          "warning",
          "kube_daemonset_status_number_ready < kube_daemonset_status_desired_number_scheduled",
          "{{ $labels.namespace }}/{{ $labels.daemonset }} is ready on {{ $value }} nodes, fewer than it should",
        ),
        rule(
          "PodCrashLooping",
          "warning",
          'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
          `container {{ $labels.container }} of ${POD} crashes again and again`,
        ),
        rule(
          "JobFailed",
          "warning",
          // Not the count of its failed pods: one that was tried again and then succeeded keeps that for ever.
          'kube_job_failed{condition="true"} == 1',
          "job {{ $labels.namespace }}/{{ $labels.job_name }} has failed",
        ),
        rule(
          "VolumeAlmostFull",
          "critical",
          "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.1",
          `volume {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has ${PERCENT} left`,
        ),
        rule(
          "NodeNotReady",
          "critical",
          'kube_node_status_condition{condition="Ready",status="true"} == 0',
          "node {{ $labels.node }} is not ready",
        ),
      ],
    },
    {
      name: "nodes",
      rules: [
        rule(
          "NodeDiskAlmostFull",
          "critical",
          'node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|ramfs"} / node_filesystem_size_bytes < 0.1',
          `{{ $labels.mountpoint }} of {{ $labels.instance }} has ${PERCENT} left`,
        ),
        rule(
          "NodeMemoryShort",
          "warning",
          "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.1",
          `{{ $labels.instance }} has ${PERCENT} of its memory left`,
        ),
      ],
    },
    {
      name: "nginx-ingress",
      rules: [
        rule(
          "IngressReloadFailed",
          "critical",
          "nginx_ingress_controller_nginx_last_reload_status == 0",
          `NGINX of ${POD} refused its last configuration`,
        ),
      ],
    },
    {
      name: "postgres",
      rules: [
        down("PostgresDown", "postgres"),
        rule("PostgresUnreachable", "critical", "pg_up == 0", `PostgreSQL of ${POD} takes no connection`),
        rule(
          "PostgresReplicationLag",
          "warning",
          "pg_replication_lag_seconds > 30 and on (instance) pg_replication_is_replica == 1",
          `${POD} is {{ $value | humanizeDuration }} behind its primary`,
        ),
        rule(
          "PostgresConnectionsAlmostUsed",
          "warning",
          "sum by (namespace, pod) (pg_stat_database_numbackends) / on (namespace, pod) pg_settings_max_connections > 0.8",
          `${PERCENT} of the connections of ${POD} are in use`,
        ),
      ],
    },
    {
      name: "redis",
      rules: [
        down("RedisDown", "redis"),
        rule("RedisUnreachable", "critical", "redis_up == 0", `Redis of ${POD} takes no connection`),
        rule(
          "RedisMemoryAlmostFull",
          "warning",
          "redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.9",
          `${POD} uses ${PERCENT} of its maxmemory`,
        ),
        rule("RedisReplicationBroken", "critical", "redis_master_link_up == 0", `${POD} has lost its master`),
      ],
    },
    {
      name: "kafka",
      rules: [
        down("KafkaDown", "kafka"),
        rule(
          "KafkaUnderReplicated",
          "warning",
          "sum by (namespace) (kafka_topic_partition_under_replicated_partition) > 0",
          "{{ $value }} partitions in {{ $labels.namespace }} have too few copies in sync",
        ),
        rule(
          "KafkaBelowMinimum",
          "critical",
          "count by (namespace) (kafka_topic_partition_in_sync_replica < 1) > 0",
          "{{ $value }} partitions in {{ $labels.namespace }} have no copy that is in sync",
        ),
      ],
    },
    {
      name: "prometheus",
      rules: [
        rule(
          "RuleFailures",
          "warning",
          "increase(prometheus_rule_evaluation_failures_total[5m]) > 0",
          "rules cannot be evaluated; see the log of Prometheus",
        ),
        rule(
          "NotificationsLost",
          "critical",
          "increase(prometheus_notifications_dropped_total[5m]) > 0",
          "Prometheus cannot reach Alertmanager",
        ),
      ],
    },
  ];
}
