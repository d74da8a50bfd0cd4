import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import type { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { Id } from "@cdktf/provider-random/lib/id/index.js";
import { RandomProvider } from "@cdktf/provider-random/lib/provider/index.js";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { amountOf, quantityFrom, voters, wholeNumber } from "./checks.ts";
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
import { surroundSet } from "./set-surroundings.ts";
import {
  dataClaim,
  imageOf,
  labelsOf,
  metadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
} from "./workload.ts";

export interface KafkaOptions extends CommonOptions, VolumeOptions {
  /** 1, or 3 and more (odd): each is broker and controller. Fixed once the cluster has data: it is the quorum. */
  readonly brokers?: number;
  /** Partitions of a topic that names no number. */
  readonly partitions?: number;
  /** How long messages are kept where a topic does not say. */
  readonly retentionHours?: number;
  /** Memory request and limit of a broker; at least 512Mi. Half is heap, the rest page cache and threads. */
  readonly memory?: string;
}

const OPTIONS = {
  checks: {
    ...commonChecks,
    ...volumeChecks,
    brokers: voters,
    partitions: wholeNumber(1, 1000),
    retentionHours: wholeNumber(1, 24 * 3650),
    memory: quantityFrom("512Mi"),
  },
  always: { name: "kafka", version: "4.1.1", retentionHours: 168 },
  development: { brokers: 1, partitions: 1, storage: "1Gi", cpu: "250m", memory: "768Mi" },
  production: { brokers: 3, partitions: 3, storage: "50Gi", cpu: "1", memory: "4Gi" },
} satisfies OptionTable<KafkaOptions>;

const PORT = 9092;
const CONTROLLER_PORT = 9093;
/** `appuser` of the image, and the group that owns the volume. */
const USER = 1000;
const DATA = "/var/lib/kafka/data";

/**
 * A Kafka cluster in KRaft mode whose brokers are their own controllers, configured by the environment as the image
 * documents. Plain text inside the cluster; bootstrap at `NAME:9092`.
 */
export class Kafka extends Construct {
  /** `kafka.data.svc:9092` */
  readonly bootstrap: string;
  readonly service: ServiceV1;
  readonly statefulSet: StatefulSetV1;

  constructor(scope: Construct, id: string, options: KafkaOptions) {
    super(scope, id);
    const settings = settle("kafka", OPTIONS, options);
    const { name, namespace, brokers, storage, storageClass, cpu, memory, partitions, retentionHours } = settings;
    const labels = labelsOf("kafka", name);
    const metadata = metadataOf(name, namespace, labels);
    this.bootstrap = `${name}.${namespace}.svc:${PORT}`;
    const members = `${name}-headless.${namespace}.svc`;

    // Written into every volume at its first start: another id would refuse the data.
    const cluster = new Id(this, "cluster", { byteLength: 16 });
    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    });
    const selector = { matchLabels: labels };
    const heap = `${Math.floor(amountOf(memory) / 2 / 1024 ** 2)}m`;
    const fromPod = (fieldPath: string) => ({ fieldRef: { fieldPath } });
    const env: Readonly<Record<string, string>> = {
      CLUSTER_ID: cluster.b64Url,
      KAFKA_PROCESS_ROLES: "broker,controller",
      KAFKA_LISTENERS: `PLAINTEXT://:${PORT},CONTROLLER://:${CONTROLLER_PORT}`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://$(POD_NAME).${members}:${PORT}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
      KAFKA_INTER_BROKER_LISTENER_NAME: "PLAINTEXT",
      KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
      KAFKA_CONTROLLER_QUORUM_VOTERS: Array.from(
        { length: brokers },
        (_, i) => `${i}@${name}-${i}.${members}:${CONTROLLER_PORT}`,
      ).join(","),
      // A directory below the mount: a volume's own lost+found is no topic.
      KAFKA_LOG_DIRS: `${DATA}/logs`,
      KAFKA_HEAP_OPTS: `-Xms${heap} -Xmx${heap}`,
      KAFKA_NUM_PARTITIONS: String(partitions),
      KAFKA_LOG_RETENTION_HOURS: String(retentionHours),
      ...replication(brokers),
    };

    this.statefulSet = new StatefulSetV1(this, "brokers", {
      metadata: metadata(),
      spec: {
        serviceName: `${name}-headless`,
        replicas: String(brokers),
        // A quorum forms only when most are there: none waits for the one before it.
        podManagementPolicy: "Parallel",
        selector,
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            // The image takes every KAFKA_ variable as a setting, KAFKA_PORT=tcp://... of a Service among them.
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 120,
            securityContext: restrictedPod(USER),
            topologySpreadConstraint:
              brokers === 1
                ? undefined
                : [
                    {
                      maxSkew: 1,
                      topologyKey: "kubernetes.io/hostname",
                      whenUnsatisfiable: "ScheduleAnyway",
                      labelSelector: [selector],
                    },
                  ],
            container: [
              {
                name: "kafka",
                image: imageOf("apache/kafka", settings),
                port: [
                  { name: "client", containerPort: PORT },
                  { name: "controller", containerPort: CONTROLLER_PORT },
                ],
                env: [
                  { name: "POD_NAME", valueFrom: fromPod("metadata.name") },
                  // The StatefulSet's ordinal, as a label since Kubernetes 1.28.
                  { name: "KAFKA_NODE_ID", valueFrom: fromPod("metadata.labels['apps.kubernetes.io/pod-index']") },
                  ...Object.entries(env).map(([key, value]) => ({ name: key, value })),
                ],
                securityContext: restrictedContainer({ readOnlyRoot: true }),
                resources: resourcesOf({ cpu, memory }),
                // After a hard stop a broker checks its logs before it listens: it is given ten minutes.
                startupProbe: { tcpSocket: [{ port: "client" }], periodSeconds: 5, failureThreshold: 120 },
                readinessProbe: { tcpSocket: [{ port: "client" }], periodSeconds: 5, timeoutSeconds: 3 },
                livenessProbe: { tcpSocket: [{ port: "client" }], periodSeconds: 10, failureThreshold: 6 },
                volumeMount: [
                  { name: "data", mountPath: DATA },
                  // The entry writes server.properties here, and the JVM its garbage collector's log there.
                  { name: "config", mountPath: "/opt/kafka/config" },
                  { name: "logs", mountPath: "/opt/kafka/logs" },
                  { name: "tmp", mountPath: "/tmp" },
                ],
              },
            ],
            volume: ["config", "logs", "tmp"].map((each) => ({ name: each, emptyDir: {} })),
          },
        },
        volumeClaimTemplate: [dataClaim(storage, storageClass)],
      },
    });

    const surroundings = surroundSet(this, {
      metadata,
      labels,
      clients: [{ name: "client", port: PORT }],
      members: [{ name: "controller", port: CONTROLLER_PORT }],
    });
    this.service = surroundings.service;
    const workload = { metadata: metadata(), selector, open: { clients: [PORT], members: [CONTROLLER_PORT] } };
    restrictNetwork(this, workload, settings.networkPolicy);
  }
}

/** Three copies where there are three brokers; a write needs two of them, so that one broker may be away. */
function replication(brokers: number): Record<string, string> {
  const copies = String(Math.min(brokers, 3));
  const inSync = brokers >= 3 ? "2" : "1";
  return {
    KAFKA_DEFAULT_REPLICATION_FACTOR: copies,
    KAFKA_MIN_INSYNC_REPLICAS: inSync,
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: copies,
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: copies,
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: inSync,
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: copies,
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: inSync,
  };
}

/** One cluster in a namespace of its own (`kafka` unless told otherwise); vars are the options. */
export default class KafkaStack extends NamespacedStack {
  readonly kafka: Kafka;

  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    new RandomProvider(this, "random");
    const options = readOptions<KafkaOptions>(this, context, OPTIONS);
    const namespace = this.makeNamespace(options.namespace ?? "kafka");
    this.kafka = new Kafka(this, "kafka", { ...options, namespace });
    new TerraformOutput(this, "bootstrap", { value: this.kafka.bootstrap });
  }
}
