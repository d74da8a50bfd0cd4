import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import type { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1/index.js";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import type { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { Id } from "@cdktf/provider-random/lib/id/index.js";
import { RandomProvider } from "@cdktf/provider-random/lib/provider/index.js";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import type { StackContext } from "./contract.ts";
import { makeClientConfig } from "./kafka/client-config.ts";
import { exportMetrics } from "./kafka/exporter.ts";
import { raiseFeatures } from "./kafka/features.ts";
import { makeNodes, USER } from "./kafka/nodes.ts";
import { checkTogether, type KafkaOptions, type KafkaSettings, OPTIONS } from "./kafka/options.ts";
import { openOutside } from "./kafka/outside.ts";
import { nodeScripts } from "./kafka/scripts.ts";
import {
  addressesOf,
  CONTROLLER_PORT,
  environmentOf,
  type NodeSet,
  OUTSIDE_PORT,
  PORT,
  votersOf,
} from "./kafka/settings.ts";
import { declareTopics } from "./kafka/topics.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { restrictNetwork } from "./network-policy.ts";
import { readOptions, settle } from "./options.ts";
import { surroundSet } from "./set-surroundings.ts";
import { type Tls, tlsLabel, tlsOf } from "./tls.ts";
import { labelsOf, metadataOf } from "./workload.ts";

export type { KafkaOptions, KafkaOutside } from "./kafka/options.ts";
export type { KafkaTopic } from "./kafka/topic-options.ts";

/**
 * A Kafka cluster in KRaft mode, configured by the environment as the image documents: brokers that are their own
 * controllers, or brokers and controllers apart. Bootstrap at `NAME:9092`.
 */
export class Kafka extends Construct {
  /** `kafka.data.svc:9092` */
  readonly bootstrap: string;
  /** `host:port` of each broker for clients outside; empty without `outside`. */
  readonly outside: readonly string[];
  /** With `tls`: certificate of the authority that clients are to trust, PEM. */
  readonly ca: string | undefined;
  readonly service: ServiceV1;
  /** The brokers. */
  readonly statefulSet: StatefulSetV1;
  /** The Job that declares the topics: what needs them depends on it. */
  readonly topics: JobV1 | undefined;

  constructor(scope: Construct, id: string, options: KafkaOptions) {
    super(scope, id);
    const settings = settle("kafka", OPTIONS, options);
    checkTogether(settings);
    const { name, namespace, registry, brokers, outside, topics = [] } = settings;
    const labels = labelsOf("kafka", name);
    const metadata = metadataOf(name, namespace, labels);
    this.bootstrap = `${name}.${namespace}.svc:${PORT}`;
    this.outside = outside === undefined ? [] : addressesOf(outside, brokers);

    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    }).metadata.name;
    const tls = this.encryption(settings, labels);
    this.ca = tls?.ca;
    const nodes = this.nodes(settings, account, labels, tls);
    this.statefulSet = nodes.brokers;

    const isController = settings.controllers === 0;
    this.service = surroundSet(this, {
      metadata,
      labels,
      clients: [{ name: "client", port: PORT }],
      members: isController ? [{ name: "controller", port: CONTROLLER_PORT }] : [],
    }).service;
    if (outside !== undefined) openOutside(this, outside, { name, count: brokers, metadata });
    const open = {
      clients: [PORT],
      members: isController ? [CONTROLLER_PORT] : [],
      everybody: outside === undefined ? [] : [OUTSIDE_PORT],
    };
    restrictNetwork(this, { metadata: metadata(), selector: { matchLabels: labels }, open }, settings.networkPolicy);

    const client = { name, namespace, bootstrap: this.bootstrap, account, dependsOn: [this.statefulSet] };
    const tools = { ...client, user: USER, image: settings, tls };
    if (settings.features !== undefined) raiseFeatures(this, settings.features, tools);
    if (topics.length > 0) this.topics = declareTopics(this, topics, tools);
    if (settings.metrics) exportMetrics(this, { ...client, registry, tls, networkPolicy: settings.networkPolicy });
  }

  private encryption({ name, namespace, tls: option, outside }: KafkaSettings, labels: Record<string, string>) {
    const metadata = metadataOf(name, namespace, labels);
    const headless = [`${name}-headless`, `${name}-controller-headless`];
    const tls = tlsOf(this, option, { metadata, services: [name], headless, hosts: outside?.hosts ?? [] });
    return tls && { ...tls, client: makeClientConfig(this, metadata, tls.ca).metadata.name };
  }

  /** The brokers, and the controllers where they are apart. */
  private nodes(
    settings: KafkaSettings,
    account: string,
    labels: Record<string, string>,
    tls: (Tls & { readonly client: string }) | undefined,
  ) {
    const { name, namespace, brokers, controllers, cpu, storage, storageClass } = settings;
    // Written into every volume at its first start: another id would refuse the data.
    const clusterId = new Id(this, "cluster", { byteLength: 16 }).b64Url;
    const isController = controllers === 0;
    const broker: NodeSet = {
      name,
      members: `${name}-headless.${namespace}.svc`,
      count: brokers,
      roles: isController ? "broker,controller" : "broker",
      memory: settings.memory,
      idPrefix: "",
    };
    const controller: NodeSet = {
      name: `${name}-controller`,
      members: `${name}-controller-headless.${namespace}.svc`,
      count: controllers,
      roles: "controller",
      memory: settings.controllerMemory,
      idPrefix: "10",
    };
    const voters = votersOf(isController ? broker : controller);
    const common = { account, image: settings, storageClass, tls };

    const scriptsOf = (set: NodeSet, outside: readonly string[]) => {
      const files = nodeScripts(set, { outside, tls: tls !== undefined });
      const metadata = metadataOf(set.name, namespace, labels)("-scripts");
      return {
        files,
        configMap: new ConfigMapV1(this, `${set.roles}-scripts`, { metadata, data: files }).metadata.name,
      };
    };
    const apart = isController
      ? []
      : [
          makeNodes(this, "controllers", {
            ...common,
            ...controller,
            ...this.surroundControllers(controller, namespace, settings, tls),
            cpu: "100m",
            // Metadata only: Kafka keeps some 100 MB of it.
            storage: "1Gi",
            environment: environmentOf(controller, voters, clusterId, settings),
            scripts: scriptsOf(controller, []),
            outside: false,
          }),
        ];
    const made = makeNodes(this, "brokers", {
      ...common,
      ...broker,
      metadata: metadataOf(name, namespace, labels),
      labels: { ...labels, ...tlsLabel(tls) },
      cpu,
      storage,
      environment: environmentOf(broker, voters, clusterId, settings),
      scripts: scriptsOf(broker, this.outside),
      outside: settings.outside !== undefined,
      dependsOn: apart,
    });
    return { brokers: made };
  }

  /** How controllers find each other, and that one of them may go at a time. */
  private surroundControllers(set: NodeSet, namespace: string, settings: KafkaSettings, tls: Tls | undefined) {
    const labels = labelsOf("kafka-controller", settings.name);
    const metadata = metadataOf(set.name, namespace, labels);
    const selector = { matchLabels: labels };
    new ServiceV1(this, "controller-headless", {
      metadata: metadata("-headless"),
      spec: {
        selector: labels,
        port: [{ name: "controller", port: CONTROLLER_PORT, targetPort: "controller" }],
        clusterIp: "None",
        publishNotReadyAddresses: true,
      },
    });
    new PodDisruptionBudgetV1(this, "controller-budget", {
      metadata: metadata(),
      spec: { maxUnavailable: "1", selector },
    });
    // From outside the namespace nobody has to do with controllers.
    const { networkPolicy } = settings;
    const option = typeof networkPolicy === "object" ? { ...networkPolicy, from: [] } : networkPolicy;
    const workload = { metadata: metadata(), selector, open: { clients: [CONTROLLER_PORT] } };
    restrictNetwork(new Construct(this, "controller-network"), workload, option);
    return { metadata, labels: { ...labels, ...tlsLabel(tls) } };
  }
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
    if (this.kafka.outside.length > 0) new TerraformOutput(this, "outside", { value: this.kafka.outside.join(",") });
  }
}
