import { describe, expect, test } from "vitest";
import { deduceUnknown } from "../../src/schema/deduced.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";
import type { Vars } from "../../stacks/contract.ts";
import Kafka from "../../stacks/kafka.ts";
import NginxIngress from "../../stacks/nginx-ingress.ts";
import Postgres from "../../stacks/postgres.ts";
import Prometheus from "../../stacks/prometheus.ts";
import Redis from "../../stacks/redis.ts";
import { expectValidAndRestricted } from "./expect-valid.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const library = {
  kafka: Kafka,
  "nginx-ingress": NginxIngress,
  postgres: Postgres,
  prometheus: Prometheus,
  redis: Redis,
};
type Name = keyof typeof library;

const one = (name: Name, vars: Vars = {}) => decode([synthesizeOne(name, library[name], vars)]);

/** The object of a kind and name, as plain JSON. */
function objectOf(name: Name, vars: Vars, kind: string, objectName: string) {
  const found = one(name, vars).desired.find(({ id }) => id.kind === kind && id.name === objectName);
  // biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON.
  return found?.object as any;
}

test.each<[Name, Vars, string]>([
  ["postgres", { storage: "5 gigs" }, 'postgres: option storage: "5 gigs" is not a quantity, such as 10Gi'],
  ["postgres", { database: "Shop-DB" }, 'postgres: option database: "Shop-DB" is not a lower-case SQL name'],
  ["postgres", { memory: "64Mi" }, 'postgres: option memory: "64Mi" is less than 128Mi, which it needs'],
  ["redis", { eviction: "lru" }, 'redis: option eviction: "lru" is none of noeviction, allkeys-lru'],
  ["redis", { persistence: true }, "redis: option persistence: true is none of both, aof, rdb"],
  ["kafka", { brokers: 2 }, "kafka: option brokers: 2 is neither 1 nor an odd number from 3 to 9"],
  ["kafka", { brokers: 0 }, "kafka: option brokers: 0 is not a whole number from 1 to 9"],
  ["kafka", { memory: "128Mi" }, 'kafka: option memory: "128Mi" is less than 512Mi'],
  ["prometheus", { retention: "two weeks" }, 'prometheus: option retention: "two weeks" is not a duration'],
  ["nginx-ingress", { hostPorts: "yes" }, 'nginx-ingress: option hostPorts: "yes" is neither true nor false'],
  [
    "nginx-ingress",
    { kind: "ReplicaSet" },
    'nginx-ingress: option kind: "ReplicaSet" is none of DaemonSet, Deployment',
  ],
  ["nginx-ingress", { namespace: "" }, 'nginx-ingress: option namespace: "" is not a name of lower-case letters'],
])("%s with %j is refused by name", (name, vars, message) => {
  expect(() => one(name, vars)).toThrow(message);
});

test.each<[Name, Vars]>([
  ["postgres", { registry: "mirror.example", version: "18.1", storageClass: "fast", namespace: "data", name: "db" }],
  ["redis", { persistence: "rdb", eviction: "allkeys-lru", memory: "1Gi", name: "cache" }],
  ["kafka", { brokers: 5, partitions: 6, retentionHours: 24, memory: "2Gi" }],
  ["prometheus", { retention: "30d", scrapeInterval: "15s", storage: "50Gi", namespace: "watch" }],
  [
    "nginx-ingress",
    { kind: "Deployment", replicas: 2, hostPorts: false, serviceType: "LoadBalancer", defaultClass: false },
  ],
])("%s takes %j, and what it makes is valid and restricted", (name, vars) => {
  expectValidAndRestricted(one(name, vars));
});

describe.each(Object.keys(library) as Name[])("%s", (name) => {
  test.each<Vars>([
    { preset: "development" },
    { preset: "production" },
    { networkPolicy: true },
    { networkPolicy: { from: [{ namespace: "web", labels: { app: "shop" } }], to: [{ namespace: "web" }] } },
  ])("is valid with %j", (vars) => {
    const { problems, desired } = one(name, vars);
    expect(problems).toEqual([]);
    const types = deduceUnknown(builtinTypes);
    expect(desired.flatMap(({ object }) => validateObject(object, types))).toEqual([]);
    expect(desired.some(({ id }) => id.kind === "NetworkPolicy")).toBe(vars["networkPolicy"] !== undefined);
  });

  test("refuses what it does not know of its own vars, and all at once", () => {
    const vars = { replicaz: 0, memory: "lots", brokers: 3 };
    const own = ["replicaz", "memory"];
    expect(() => synthesizeOne(name, library[name], vars, own)).toThrow(
      `${name}: there is no option replicaz\n${name}: option memory: "lots" is not a quantity`,
    );
  });
});

test("options that are given win over those of the preset, and those over what always holds", () => {
  const storage = (vars: Vars) =>
    objectOf("redis", vars, "StatefulSet", "redis").spec.volumeClaimTemplates[0].spec.resources.requests.storage;
  expect(storage({})).toBe("1Gi");
  expect(storage({ preset: "production" })).toBe("10Gi");
  expect(storage({ preset: "production", storage: "3Gi" })).toBe("3Gi");
});

test.each<[Vars, string]>([
  [{ preset: "prod" }, 'redis: option preset: "prod" is none of development, production'],
  [{ networkPolicy: "on" }, 'redis: option networkPolicy: "on" is not a mapping'],
  [{ networkPolicy: { from: [{ namespace: "Web" }] } }, 'redis: option networkPolicy.from[0].namespace: "Web" is not'],
  [{ networkPolicy: { form: [] } }, 'redis: option networkPolicy: unknown key "form", of from, to'],
])("common option %j is refused", (vars, message) => {
  expect(() => one("redis", vars)).toThrow(message);
});

test("each stack makes its passwords once, and nothing else", () => {
  const made = (Object.keys(library) as Name[]).map((name) => [name, one(name).generated.map(({ type }) => type)]);
  expect(Object.fromEntries(made)).toEqual({
    kafka: ["random_id"],
    "nginx-ingress": [],
    // superuser, replication, and the user
    postgres: ["random_password", "random_password", "random_password"],
    prometheus: [],
    redis: ["random_password", "random_password"],
  });
});

describe("redis", () => {
  const conf = (vars: Vars): string => objectOf("redis", vars, "ConfigMap", "redis-config").data["redis.conf"];

  test("gives data three quarters of the memory", () => {
    expect(conf({ memory: "1Gi" })).toContain(`\nmaxmemory ${768 * 1024 ** 2}\n`);
  });

  test.each([
    ["both", "appendonly yes", "save 3600"],
    ["aof", "appendonly yes", 'save ""'],
    ["rdb", "appendonly no", "save 3600"],
  ])("persistence %s: %s, %s", (persistence, aof, rdb) => {
    expect(conf({ persistence })).toContain(aof);
    expect(conf({ persistence })).toContain(rdb);
  });

  test("a changed setting changes the pod template, and so restarts the pod", () => {
    const hash = (vars: Vars) =>
      objectOf("redis", vars, "StatefulSet", "redis").spec.template.metadata.annotations["checksum/config"];
    expect(hash({ eviction: "allkeys-lru" })).not.toBe(hash({}));
    expect(hash({ storage: "9Gi" })).toBe(hash({}));
  });
});

describe("kafka", () => {
  const env = (brokers: number): Record<string, string> =>
    Object.fromEntries(
      objectOf("kafka", { brokers }, "StatefulSet", "kafka").spec.template.spec.containers[0].env.map(
        (each: { name: string; value?: string }) => [each.name, each.value],
      ),
    );

  test("three brokers vote, keep three copies, and write to two", () => {
    expect(env(3)).toMatchObject({
      CLUSTER_ID: "made-kafka-b64_url",
      KAFKA_CONTROLLER_QUORUM_VOTERS: [0, 1, 2].map((i) => `${i}@kafka-${i}.kafka-headless.kafka.svc:9093`).join(","),
      KAFKA_ADVERTISED_LISTENERS: "PLAINTEXT://$(POD_NAME).kafka-headless.kafka.svc:9092",
      KAFKA_DEFAULT_REPLICATION_FACTOR: "3",
      KAFKA_MIN_INSYNC_REPLICAS: "2",
      KAFKA_HEAP_OPTS: "-Xms384m -Xmx384m",
    });
  });

  test("one broker keeps one copy", () => {
    expect(env(1)).toMatchObject({ KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1", KAFKA_MIN_INSYNC_REPLICAS: "1" });
  });
});

describe("nginx-ingress", () => {
  const level = (vars: Vars) =>
    objectOf("nginx-ingress", vars, "Namespace", "nginx-ingress").metadata.labels["pod-security.kubernetes.io/enforce"];

  test("only host ports need a privileged namespace", () => {
    expect(level({})).toBe("privileged");
    expect(level({ hostPorts: false })).toBe("restricted");
  });

  test("a Deployment on host ports frees them before it takes them, and has a budget", () => {
    const { strategy } = objectOf("nginx-ingress", { kind: "Deployment" }, "Deployment", "nginx-ingress").spec;
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
    expect(objectOf("nginx-ingress", { kind: "Deployment" }, "PodDisruptionBudget", "nginx-ingress")).toBeDefined();
  });
});

test("prometheus keeps its samples within four fifths of the volume", () => {
  const { args } = objectOf("prometheus", { storage: "10Gi" }, "StatefulSet", "prometheus").spec.template.spec
    .containers[0];
  expect(args).toContain("--storage.tsdb.retention.size=8192MB");
});
