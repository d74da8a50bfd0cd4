import { amountOf } from "../checks.ts";
import { CA_FILE } from "../tls.ts";
import { copiesOf, type KafkaOutside, type KafkaSettings } from "./options.ts";

export const PORT = 9092;
export const CONTROLLER_PORT = 9093;
export const OUTSIDE_PORT = 9094;
/** Where the volume is. */
export const DATA = "/var/lib/kafka/data";

/** Private key and certificates in one, as Kafka wants them; made by each start. */
export const KEYSTORE = "/tmp/keystore.pem";

/** What the image's environment names: each KAFKA_ variable is a setting of server.properties. */
export type Environment = Readonly<Record<string, string>>;

/** One kind of node: brokers, controllers, or both in one. */
export interface NodeSet {
  readonly name: string;
  /** Domain of the pods. */
  readonly members: string;
  readonly count: number;
  readonly roles: "broker" | "controller" | "broker,controller";
  readonly memory: string;
  /** Ids are this and the pod's number behind it: they must differ between brokers and controllers. */
  readonly idPrefix: string;
}

/** `0@kafka-0.kafka-headless.data.svc:9093,...` (Kafka documentation, `controller.quorum.voters`). */
export function votersOf({ name, members, count, idPrefix }: NodeSet): string {
  return Array.from({ length: count }, (_, i) => `${idPrefix}${i}@${name}-${i}.${members}:${CONTROLLER_PORT}`).join(
    ",",
  );
}

/** `POD_NAME` must stand before these in a container's list: the advertised listener refers to it. */
export function environmentOf(set: NodeSet, voters: string, clusterId: string, settings: KafkaSettings): Environment {
  const { partitions, brokers, outside } = settings;
  const heap = `${Math.floor(amountOf(set.memory) / 2 / 1024 ** 2)}m`;
  const isController = set.roles !== "broker";
  const isBroker = set.roles !== "controller";
  const copies = String(copiesOf(brokers));
  const inSync = brokers >= 3 ? "2" : "1";
  const listeners = [
    ...(isBroker ? [`${listenerOf(settings)}://:${PORT}`] : []),
    ...(isBroker && outside !== undefined ? [`OUTSIDE://:${OUTSIDE_PORT}`] : []),
    ...(isController ? [`CONTROLLER://:${CONTROLLER_PORT}`] : []),
  ];
  return {
    CLUSTER_ID: clusterId,
    KAFKA_PROCESS_ROLES: set.roles,
    KAFKA_LISTENERS: listeners.join(","),
    ...securityOf(settings),
    KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
    KAFKA_CONTROLLER_QUORUM_VOTERS: voters,
    // A directory below the mount: a volume's own lost+found is no topic.
    KAFKA_LOG_DIRS: `${DATA}/logs`,
    KAFKA_HEAP_OPTS: `-Xms${heap} -Xmx${heap}`,
    // Controllers make topics, so they too know what one is like where nobody says. Three copies where there are three
    // brokers; a write needs two of them, so that one broker may be away.
    KAFKA_NUM_PARTITIONS: String(partitions),
    KAFKA_DEFAULT_REPLICATION_FACTOR: copies,
    KAFKA_MIN_INSYNC_REPLICAS: inSync,
    ...(isBroker ? brokerSettings(set, settings, copies, inSync) : {}),
  };
}

/** By the name SSL the image would ask for stores in its own form, with passwords in files. */
const listenerOf = ({ tls }: KafkaSettings): string => (tls === undefined ? "PLAINTEXT" : "TLS");

/** Names are verified by default (Kafka documentation, `ssl.endpoint.identification.algorithm`). */
function securityOf(settings: KafkaSettings): Environment {
  const protocol = settings.tls === undefined ? "PLAINTEXT" : "SSL";
  const listeners = [listenerOf(settings), "CONTROLLER", "OUTSIDE"].map((name) => `${name}:${protocol}`);
  return {
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: listeners.join(","),
    ...(settings.tls === undefined
      ? {}
      : {
          KAFKA_SSL_KEYSTORE_TYPE: "PEM",
          KAFKA_SSL_KEYSTORE_LOCATION: KEYSTORE,
          KAFKA_SSL_TRUSTSTORE_TYPE: "PEM",
          KAFKA_SSL_TRUSTSTORE_LOCATION: CA_FILE,
        }),
  };
}

function brokerSettings({ members }: NodeSet, settings: KafkaSettings, copies: string, inSync: string): Environment {
  return {
    KAFKA_ADVERTISED_LISTENERS: `${listenerOf(settings)}://$(POD_NAME).${members}:${PORT}`,
    KAFKA_INTER_BROKER_LISTENER_NAME: listenerOf(settings),
    KAFKA_LOG_RETENTION_HOURS: String(settings.retentionHours),
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: String(settings.autoCreateTopics),
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: copies,
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: copies,
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: inSync,
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: copies,
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: inSync,
  };
}

/** `host:port` of each broker, as clients outside reach it. */
export function addressesOf({ type, hosts, port }: KafkaOutside, brokers: number): readonly string[] {
  return Array.from({ length: brokers }, (_, i) => {
    const host = hosts[i] ?? hosts[0];
    return type === "NodePort" ? `${host}:${(port ?? 0) + i}` : `${host}:${port ?? OUTSIDE_PORT}`;
  });
}
