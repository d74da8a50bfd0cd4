import { execa } from "execa";
import { describe, expect, test } from "vitest";
import type { Vars } from "../../stacks/contract.ts";
import Kafka from "../../stacks/kafka.ts";
import { expectValidAndRestricted } from "./expect-valid.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const decoded = (vars: Vars) => decode([synthesizeOne("kafka", Kafka, vars)]);

// biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON.
function objectOf(vars: Vars, kind: string, name: string): any {
  return decoded(vars).desired.find(({ id }) => id.kind === kind && id.name === name)?.object;
}

function environment(vars: Vars, set: string): Record<string, string> {
  const { env } = objectOf(vars, "StatefulSet", set).spec.template.spec.containers[0];
  return Object.fromEntries(env.map((each: { name: string; value?: string }) => [each.name, each.value]));
}

const nodePort = { type: "NodePort", hosts: ["node.example"], port: 30090 };

test.each<[Vars, string]>([
  [{ controllers: 2 }, "kafka: option controllers: 2 is even: one controller fewer survives as many failures"],
  [{ brokers: 4 }, "kafka: option brokers: 4 is neither 1 nor an odd number from 3 to 9"],
  [{ brokers: 2, controllers: 3 }, "kafka: option brokers: 2 is neither 1 nor a number from 3 to 9"],
  [{ controllerMemory: "128Mi" }, 'kafka: option controllerMemory: "128Mi" is less than 384Mi'],
  [{ topics: [{ partitions: 3 }] }, 'kafka: option topics[0]: "name" is missing'],
  [{ topics: [{ name: "a b" }] }, 'kafka: option topics[0].name: "a b" is not a topic\'s name'],
  [{ topics: [{ name: "__mine" }] }, 'kafka: option topics[0].name: "__mine" is not a topic\'s name'],
  [{ topics: [{ name: "a", partitions: 0 }] }, "kafka: option topics[0].partitions: 0 is not a whole number"],
  [{ topics: [{ name: "a" }, { name: "a" }] }, "kafka: option topics: a is declared twice"],
  [{ topics: [{ name: "a", config: { "retention.ms": "$(rm)" } }] }, 'topics[0].config: retention.ms: "$(rm)" is not'],
  [{ topics: [{ name: "a", replicationFactor: 3 }] }, "kafka: option topics: a: 3 copies need as many brokers"],
  [
    { brokers: 3, topics: [{ name: "a", replicationFactor: 1, config: { "min.insync.replicas": 2 } }] },
    "kafka: option topics: a: min.insync.replicas is 2, more than it has copies",
  ],
  [{ tls: "yes" }, 'kafka: option tls: "yes" is not { selfSigned: true } or { secret: NAME }'],
  [{ tls: { secret: "Cert" } }, 'kafka: option tls.secret: "Cert" is not a name'],
  [{ tls: { selfSigned: true, hosts: "a" } }, 'kafka: option tls.hosts: "a" is not a list'],
  [{ features: 4.1 }, 'kafka: option features: 4.1 is not a release in quotes, such as "4.1"'],
  [{ features: "4.1.1" }, "is not a release in quotes"],
  [{ features: "4.10", version: "4.2.0" }, "kafka: option features: 4.10 is newer than the version 4.2.0"],
  [{ features: "5.0" }, "kafka: option features: 5.0 is newer than the version 4.1.1, which could not read it"],
  [{ outside: { type: "NodePort" } }, 'kafka: option outside: "hosts" is missing'],
  [{ outside: { ...nodePort, type: "HostPort" } }, 'outside.type: "HostPort" is none of NodePort, LoadBalancer'],
  [{ outside: { ...nodePort, port: 9094 } }, "kafka: option outside: node ports are from 30000 to 32767"],
  [
    { brokers: 3, outside: { type: "LoadBalancer", hosts: ["a.example"] } },
    "kafka: option outside: 1 hosts are not one for each of 3 brokers",
  ],
])("%j is refused by name", (vars, message) => {
  expect(() => decoded(vars)).toThrow(message);
});

describe("with everything", () => {
  const vars = {
    brokers: 4,
    controllers: 3,
    networkPolicy: true,
    metrics: true,
    outside: nodePort,
    features: "4.1",
    topics: [
      { name: "orders", partitions: 6, replicationFactor: 3, config: { "retention.ms": 86400000 } },
      { name: "old", deleted: true },
    ],
  };

  test("what it makes is valid and restricted", () => {
    expectValidAndRestricted(decoded(vars));
  });

  test("controllers apart vote; brokers are clients of theirs, under other ids", () => {
    const voters = [0, 1, 2].map((i) => `10${i}@kafka-controller-${i}.kafka-controller-headless.kafka.svc:9093`);
    expect(environment(vars, "kafka-controller")).toMatchObject({
      KAFKA_PROCESS_ROLES: "controller",
      KAFKA_NODE_ID: "10$(POD_INDEX)",
      KAFKA_LISTENERS: "CONTROLLER://:9093",
      KAFKA_CONTROLLER_QUORUM_VOTERS: voters.join(","),
      KAFKA_MIN_INSYNC_REPLICAS: "2",
    });
    expect(environment(vars, "kafka-controller")).not.toHaveProperty("KAFKA_ADVERTISED_LISTENERS");
    expect(environment(vars, "kafka")).toMatchObject({
      KAFKA_PROCESS_ROLES: "broker",
      KAFKA_NODE_ID: "$(POD_INDEX)",
      KAFKA_LISTENERS: "PLAINTEXT://:9092,OUTSIDE://:9094",
      KAFKA_CONTROLLER_QUORUM_VOTERS: voters.join(","),
    });
  });

  test("a setting of the brokers alone leaves the controllers running", () => {
    expect(environment({ ...vars, retentionHours: 1 }, "kafka-controller")).toEqual(
      environment(vars, "kafka-controller"),
    );
    expect(environment({ ...vars, retentionHours: 1 }, "kafka")).not.toEqual(environment(vars, "kafka"));
  });

  test("each broker has its own address outside", () => {
    expect(objectOf(vars, "ConfigMap", "kafka-scripts").data["start.sh"]).toContain(
      "set -- node.example:30090 node.example:30091 node.example:30092 node.example:30093\n",
    );
    expect(objectOf(vars, "Service", "kafka-outside-3").spec).toMatchObject({
      type: "NodePort",
      selector: { "statefulset.kubernetes.io/pod-name": "kafka-3" },
      ports: [{ port: 9094, nodePort: 30093 }],
    });
    const hosts = ["a", "b", "c"];
    expect(
      objectOf({ brokers: 3, outside: { type: "LoadBalancer", hosts, port: 443 } }, "Service", "kafka-outside-2").spec,
    ).toMatchObject({ type: "LoadBalancer", ports: [{ port: 443, targetPort: "outside" }] });
  });

  test("the plan warns of an older version, and of features that are raised", () => {
    const { desired } = decoded(vars);
    const said = desired.flatMap(({ id, warnOnChange, versionRules = [] }) => [
      ...(warnOnChange === undefined ? [] : [`${id.name}: ${warnOnChange}`]),
      ...versionRules.map(({ container, to, refuse }) => `${id.name}: ${container} ${to} ${refuse}`),
    ]);
    expect(said.sort()).toEqual([
      "kafka-controller: kafka older false",
      "kafka-features: raises the features to those of Kafka 4.1: no older version can run on this data afterwards",
      "kafka: kafka older false",
    ]);
    expect(() => decoded({ features: "4.1", version: "trunk" })).not.toThrow();
  });

  test("the scripts are what bash takes", async () => {
    for (const name of ["kafka-scripts", "kafka-controller-scripts", "kafka-topics", "kafka-features"]) {
      for (const [file, text] of Object.entries<string>(objectOf(vars, "ConfigMap", name).data)) {
        if (file.endsWith(".sh")) await execa("bash", ["-n"], { input: text });
      }
    }
  });
});

describe("the topics", () => {
  // As Kafka 4.1's tools say it.
  const described = [
    "Topic: orders\tTopicId: l1Q784pbQaiVcCyFc72FVA\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: min.insync.replicas=1,cleanup.policy=compact,delete",
    "\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: ",
    "Topic: events\tTopicId: 4LXL99vaSZCdiHNdBXmWcw\tPartitionCount: 10\tReplicationFactor: 1\tConfigs: min.insync.replicas=1",
    "",
  ].join("\n");
  const configured = [
    "Dynamic configs for topic orders are:",
    "  cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, DEFAULT_CONFIG:log.cleanup.policy=delete}",
    "  retention.ms=1000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000}",
    "Dynamic configs for topic events are:",
    "",
  ].join("\n");

  async function planned(topics: readonly object[]): Promise<string[]> {
    const { data } = objectOf({ topics }, "ConfigMap", "kafka-topics");
    const read = `cd "$(mktemp -d)" && printf %s "$1" >plan.awk && printf %s "$2" >a && printf %s "$3" >b && printf %s "$4" >c &&
      awk -f plan.awk step=described a step=configured b step=declared c && rm -r "$PWD"`;
    const { stdout } = await execa("sh", [
      "-c",
      read,
      "sh",
      data["plan.awk"],
      described,
      configured,
      data["topics.txt"],
    ]);
    return stdout === "" ? [] : stdout.split("\n").sort();
  }
  const asItIs = {
    name: "orders",
    partitions: 3,
    config: { "cleanup.policy": "compact,delete", "retention.ms": 1000 },
  };
  const events = { name: "events" };

  test.each<[string, readonly object[], readonly string[]]>([
    ["what is as declared is left alone", [asItIs, events], []],
    [
      "what is not there is made",
      [asItIs, events, { name: "new", partitions: 2, replicationFactor: 1, config: { "retention.ms": 5 } }],
      [
        "create new\ttopics --create --if-not-exists --topic new --partitions 2 --replication-factor 1 --config retention.ms=5",
      ],
    ],
    [
      "partitions grow",
      [{ ...asItIs, partitions: 12 }, events],
      ["grow orders from 3 to 12 partitions\ttopics --alter --topic orders --partitions 12"],
    ],
    [
      "settings follow, those not named too",
      [
        { name: "orders", config: { "retention.ms": 2000, "max.message.bytes": 9 } },
        { ...events, config: { "cleanup.policy": "compact,delete" } },
      ],
      [
        "set events --add-config cleanup.policy=[compact,delete]\tconfigs --alter --entity-name events --add-config cleanup.policy=[compact,delete]",
        "set orders --add-config retention.ms=2000,max.message.bytes=9 --delete-config cleanup.policy\tconfigs --alter --entity-name orders --add-config retention.ms=2000,max.message.bytes=9 --delete-config cleanup.policy",
      ],
    ],
    [
      "fewer partitions and other copies are refused, by numbers and not by letters",
      [
        { ...asItIs, partitions: 2 },
        { name: "events", partitions: 9 },
      ],
      [
        "refuse PartitionsShrink: topic events has 10 partitions and 9 are declared; Kafka takes none away: declare 10, or another topic",
        "refuse PartitionsShrink: topic orders has 3 partitions and 2 are declared; Kafka takes none away: declare 3, or another topic",
      ],
    ],
    ["what is no longer declared stays", [asItIs], ["leave events as it is: it is not declared"]],
    [
      "only what is marked so is deleted, and what is not there is not",
      [asItIs, { name: "events", deleted: true }, { name: "never", deleted: true }],
      ["delete events, with all its messages\ttopics --delete --topic events"],
    ],
  ])("%s", async (_, topics, lines) => {
    expect(await planned(topics)).toEqual(lines);
  });

  test("another declaration is another Job, which waits for the brokers", () => {
    const job = (topics: readonly object[]) => objectOf({ topics }, "Job", "kafka-topics");
    const hash = (topics: readonly object[]) => job(topics).spec.template.metadata.annotations["checksum/config"];
    expect(hash([events])).not.toBe(hash([asItIs]));
    expect(objectOf({}, "Job", "kafka-topics")).toBeUndefined();
    const { dependsOn } = decoded({ topics: [events] }).desired.find(({ id }) => id.kind === "Job")!;
    expect(JSON.stringify(dependsOn)).toContain("StatefulSet");
  });
});

test("the exporter asks the brokers, and Prometheus is led to it", () => {
  const { metadata, spec } = objectOf({ metrics: true }, "Deployment", "kafka-exporter").spec.template;
  expect(metadata.annotations).toMatchObject({ "prometheus.io/scrape": "true", "prometheus.io/port": "9308" });
  expect(spec.containers[0].args).toContain("--kafka.server=kafka.kafka.svc:9092");
});

describe("tls", () => {
  const vars = {
    brokers: 3,
    controllers: 3,
    metrics: true,
    outside: { ...nodePort, hosts: ["10.1.2.3"] },
    features: "4.1",
    topics: [{ name: "orders" }],
    tls: { selfSigned: true },
  };
  const scripts = (set: string): Record<string, string> => objectOf(vars, "ConfigMap", `${set}-scripts`).data;

  test("what it makes is valid and restricted", () => {
    expectValidAndRestricted(decoded(vars));
  });

  test("covers every listener, under a name by which the image asks for no stores of its own form", () => {
    for (const set of ["kafka", "kafka-controller"]) {
      const env = environment(vars, set);
      expect(env).toMatchObject({
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "TLS:SSL,CONTROLLER:SSL,OUTSIDE:SSL",
        KAFKA_SSL_KEYSTORE_TYPE: "PEM",
        KAFKA_SSL_TRUSTSTORE_LOCATION: "/etc/tls/ca.crt",
      });
      expect(Object.keys(env)).not.toContain("KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM");
      expect(scripts(set)["start.sh"]).toContain("cat /etc/tls/tls.key /etc/tls/tls.crt >/tmp/keystore.pem");
    }
    expect(environment(vars, "kafka")["KAFKA_ADVERTISED_LISTENERS"]).toMatch(/^TLS:/);
    expect(JSON.stringify(environment(vars, "kafka"))).not.toContain("SSL://");
  });

  test("the certificate has the names of brokers, controllers, and of clients outside, addresses apart", () => {
    const { generated } = decoded(vars);
    const asked = generated.find(({ type }) => type === "tls_cert_request")?.arguments;
    expect(asked?.["ip_addresses"]).toEqual(["10.1.2.3"]);
    expect(asked?.["dns_names"]).toEqual(
      expect.arrayContaining([
        "kafka.kafka.svc",
        "*.kafka-headless.kafka.svc",
        "*.kafka-controller-headless.kafka.svc",
      ]),
    );
  });

  test("every tool is told whom to believe, and asks by a name that the certificate has", () => {
    const texts = [
      scripts("kafka")["ready.sh"]!,
      scripts("kafka-controller")["ready.sh"]!,
      objectOf(vars, "ConfigMap", "kafka-topics").data["topics.sh"],
      objectOf(vars, "ConfigMap", "kafka-features").data["features.sh"],
    ];
    const calls = texts.flatMap((text) => text.match(/--bootstrap-\w+ .{0,160}/g) ?? []);
    expect(calls).toHaveLength(5);
    for (const call of calls) {
      expect(call).toContain(" --command-config /etc/kafka-client/client.properties");
      expect(call).not.toContain("127.0.0.1");
    }
    expect(objectOf({}, "ConfigMap", "kafka-scripts").data["ready.sh"]).not.toContain("command-config");
  });

  test("clients are given a file that stands by itself", () => {
    const { json } = synthesizeOne("kafka", Kafka, vars);
    const maps = (json as { resource: { kubernetes_config_map_v1: Record<string, { data: object }> } }).resource;
    const given = Object.values(maps.kubernetes_config_map_v1).find(({ data }) => "client.properties" in data);
    // Written by Terraform's own rules: the first \\n is an end of line, the second the two letters.
    expect(given?.data).toMatchObject({
      "client.properties": expect.stringMatching(
        /^security\.protocol=SSL\nssl\.truststore\.type=PEM\nssl\.truststore\.certificates=\$\{replace\(.*, "\\n", "\\\\n"\)\}\n$/,
      ),
    });
  });

  test("makes the sets anew when it is switched, and the exporter goes by it", () => {
    const selector = (of: Vars, set: string) => objectOf(of, "StatefulSet", set).spec.selector.matchLabels;
    for (const set of ["kafka", "kafka-controller"]) {
      expect(selector(vars, set)).toEqual({ ...selector({ ...vars, tls: undefined }, set), transport: "tls" });
    }
    const { args } = objectOf(vars, "Deployment", "kafka-exporter").spec.template.spec.containers[0];
    expect(args).toEqual(expect.arrayContaining(["--tls.enabled", "--tls.ca-file=/etc/kafka-client/ca.crt"]));
  });
});
