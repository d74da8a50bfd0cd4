import { fieldsOf, flag, listOf, oneOf, quantityFrom, show, text, wholeNumber } from "../checks.ts";
import {
  type CommonOptions,
  commonChecks,
  type OptionTable,
  refuse,
  type Settled,
  type VolumeOptions,
  volumeChecks,
} from "../options.ts";
import { type TlsOptions, tlsChecks, tlsOptions } from "../tls.ts";
import { isNewer, release } from "./release.ts";
import { type KafkaTopic, topicsCheck } from "./topic-options.ts";

/** A listener for clients outside the cluster: each broker has a Service of its own, and tells clients its address there. */
export interface KafkaOutside {
  /** How the Services are reached: a port of the nodes, or a load balancer for each. */
  readonly type: "NodePort" | "LoadBalancer";
  /** Names or addresses that clients outside can reach, one for each broker; for NodePort one, of any node, may do for all. */
  readonly hosts: readonly string[];
  /** NodePort: that of the first broker, the others' follow it. LoadBalancer: that of all, 9094 where absent. */
  readonly port?: number;
}

export interface KafkaOptions extends CommonOptions, VolumeOptions {
  /** Brokers: 1, or 3 and more. Without separate controllers an odd number, fixed once there is data: it is the quorum. */
  readonly brokers?: number;
  /** Controllers in pods of their own, an odd number; 0: the brokers are the controllers. Fixed once there is data. */
  readonly controllers?: number;
  /** Memory request and limit of a separate controller; at least 384Mi. Half is heap. */
  readonly controllerMemory?: string;
  /** Partitions of a topic that names no number. */
  readonly partitions?: number;
  /** How long messages are kept where a topic does not say. */
  readonly retentionHours?: number;
  /** Whether a topic comes to be when somebody first asks for it; else only declared ones and those made by hand. */
  readonly autoCreateTopics?: boolean;
  /** Topics that there shall be. A Job makes and changes them; it takes nothing away that is not marked `deleted`. */
  readonly topics?: readonly KafkaTopic[];
  /**
   * Release (`"4.1"`) up to whose features and formats the cluster goes; those that it was made with where absent.
   * Once they are raised no older version can run on the data.
   */
  readonly features?: string;
  /**
   * Encrypts connections of clients, brokers and controllers, inside and outside, at the same ports, which then take no others.
   * Clients find the authority in the ConfigMap `NAME-client`. Switched on or off, all pods stop and start at once. Off in
   * every preset: clients must know the authority first.
   */
  readonly tls?: TlsOptions;
  /** A listener for clients outside the cluster; in plain text without `tls`, so for networks that are trusted. */
  readonly outside?: KafkaOutside;
  /** An exporter for the cluster (danielqsj/kafka-exporter): offsets, lag of consumer groups, copies out of sync. */
  readonly metrics?: boolean;
  /** Memory request and limit of a broker; at least 512Mi. Half is heap, the rest page cache and threads. */
  readonly memory?: string;
}

/** What the options may be and what they are where nobody says. */
export const OPTIONS = {
  checks: {
    ...commonChecks,
    ...volumeChecks,
    brokers: wholeNumber(1, 9),
    controllers: (value) => {
      const count = wholeNumber(0, 9)(value);
      if (count === 0 || count % 2 === 1) return count;
      throw new Error(`${show(value)} is even: one controller fewer survives as many failures`);
    },
    controllerMemory: quantityFrom("384Mi"),
    partitions: wholeNumber(1, 1000),
    retentionHours: wholeNumber(1, 24 * 3650),
    autoCreateTopics: flag,
    topics: topicsCheck,
    features: release,
    tls: tlsOptions<TlsOptions>(tlsChecks),
    outside: fieldsOf<KafkaOutside>(
      { type: oneOf("NodePort", "LoadBalancer"), hosts: listOf(text), port: wholeNumber(1, 65535) },
      "type",
      "hosts",
    ),
    metrics: flag,
    memory: quantityFrom("512Mi"),
  },
  always: { name: "kafka", version: "4.1.1", retentionHours: 168 },
  development: {
    brokers: 1,
    controllers: 0,
    controllerMemory: "384Mi",
    partitions: 1,
    autoCreateTopics: true,
    metrics: false,
    storage: "1Gi",
    cpu: "250m",
    memory: "768Mi",
  },
  production: {
    brokers: 3,
    controllers: 3,
    controllerMemory: "1Gi",
    partitions: 3,
    autoCreateTopics: false,
    metrics: true,
    storage: "50Gi",
    cpu: "1",
    memory: "4Gi",
  },
} satisfies OptionTable<KafkaOptions>;

export type KafkaSettings = Settled<KafkaOptions, typeof OPTIONS>;

/** Refuses what only several options together show to be wrong. Throws OptionError. */
export function checkTogether({ brokers, controllers, topics = [], outside, features, version }: KafkaSettings): void {
  const alone = controllers === 0;
  if (brokers === 2 || (alone && brokers % 2 === 0)) {
    const few = alone ? "1 nor an odd number from 3 to 9" : "1 nor a number from 3 to 9";
    refuse("kafka", "brokers", brokers, `${brokers} is neither ${few}`);
  }
  for (const [i, { name, replicationFactor = 1, config = {} }] of topics.entries()) {
    const inSync = Number(config["min.insync.replicas"] ?? 1);
    if (replicationFactor > brokers) {
      refuse("kafka", "topics", topics, `${name}: ${replicationFactor} copies need as many brokers`);
    }
    if (inSync > (topics[i]?.replicationFactor ?? copiesOf(brokers))) {
      refuse("kafka", "topics", topics, `${name}: min.insync.replicas is ${inSync}, more than it has copies`);
    }
  }
  if (features !== undefined && isNewer(features, version)) {
    refuse("kafka", "features", features, `${features} is newer than the version ${version}, which could not read it`);
  }
  if (outside === undefined) return;
  const { type, hosts, port } = outside;
  if (hosts.length !== brokers && !(type === "NodePort" && hosts.length === 1)) {
    refuse("kafka", "outside", outside, `${hosts.length} hosts are not one for each of ${brokers} brokers`);
  }
  if (type === "NodePort" && (port === undefined || port < 30000 || port + brokers - 1 > 32767)) {
    refuse("kafka", "outside", outside, "node ports are from 30000 to 32767: port names that of the first broker");
  }
}

/** How many copies of a topic there are where nobody says. */
export function copiesOf(brokers: number): number {
  return Math.min(brokers, 3);
}
