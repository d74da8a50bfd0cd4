import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import type { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { Password } from "@cdktf/provider-random/lib/password/index.js";
import { RandomProvider } from "@cdktf/provider-random/lib/provider/index.js";
import { Fn, TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { amountOf, oneOf, quantityFrom } from "./checks.ts";
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
  configHash,
  dataClaim,
  imageOf,
  labelsOf,
  metadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
} from "./workload.ts";

const EVICTION = [
  "noeviction",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
] as const;

export interface RedisOptions extends CommonOptions, VolumeOptions {
  /** `aof`: every write within a second. `rdb`: snapshots, minutes may be lost. `both` loads the AOF and keeps snapshots. */
  readonly persistence?: "both" | "aof" | "rdb";
  /** What to do with a write when memory is used up (redis.io, "Key eviction"). */
  readonly eviction?: (typeof EVICTION)[number];
  /** Memory request and limit; at least 64Mi. Data may take three quarters of it. */
  readonly memory?: string;
}

const OPTIONS = {
  checks: {
    ...commonChecks,
    ...volumeChecks,
    persistence: oneOf("both", "aof", "rdb"),
    eviction: oneOf(...EVICTION),
    memory: quantityFrom("64Mi"),
  },
  always: { name: "redis", version: "8.2.3", persistence: "both", eviction: "noeviction" },
  development: { storage: "1Gi", cpu: "50m", memory: "128Mi" },
  production: { storage: "10Gi", cpu: "250m", memory: "2Gi" },
} satisfies OptionTable<RedisOptions>;

const PORT = 6379;
/** The user `redis` of the Debian image, and the group that owns the volume. */
const USER = 999;

/**
 * One Redis server with a volume of its own. The password is made once and kept; clients find it in the Secret
 * `NAME-credentials`, the server reads only its hash, from an ACL file: it stands in no ConfigMap and no argument.
 */
export class Redis extends Construct {
  /** `redis.data.svc`, reachable from the whole cluster. */
  readonly host: string;
  readonly port = PORT;
  /** With the password; sensitive, and so is whatever it becomes part of. */
  readonly uri: string;
  /** Secret with the keys username, password, host, port and uri. */
  readonly credentials: SecretV1;
  readonly service: ServiceV1;
  readonly statefulSet: StatefulSetV1;

  constructor(scope: Construct, id: string, options: RedisOptions) {
    super(scope, id);
    const settings = settle("redis", OPTIONS, options);
    const { name, namespace, storage, storageClass, cpu, memory } = settings;
    const labels = labelsOf("redis", name);
    const metadata = metadataOf(name, namespace, labels);
    this.host = `${name}.${namespace}.svc`;

    const password = new Password(this, "password", { length: 32, special: false });
    this.credentials = new SecretV1(this, "credentials", {
      metadata: metadata("-credentials"),
      data: {
        username: "default",
        password: password.result,
        host: this.host,
        port: String(PORT),
        uri: `redis://default:${password.result}@${this.host}:${PORT}`,
      },
    });
    this.uri = Fn.lookup(this.credentials.data, "uri");
    const users = new SecretV1(this, "users", {
      metadata: metadata("-users"),
      data: { "users.acl": `user default on #${Fn.sha256(password.result)} ~* &* +@all\n` },
    });
    const conf = redisConf(settings);
    const config = new ConfigMapV1(this, "config", { metadata: metadata("-config"), data: { "redis.conf": conf } });

    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    });
    const selector = { matchLabels: labels };
    const ping = {
      alive: ["redis-cli", "-h", "127.0.0.1", "ping"],
      loaded: ["redis-cli", "-e", "-h", "127.0.0.1", "ping"],
    };

    this.statefulSet = new StatefulSetV1(this, "server", {
      metadata: metadata(),
      spec: {
        serviceName: `${name}-headless`,
        replicas: "1",
        selector,
        template: {
          metadata: { labels, annotations: configHash(conf) },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            // REDIS_PORT=tcp://... of a Service named redis would confuse programs that read such variables.
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 60,
            securityContext: restrictedPod(USER),
            container: [
              {
                name: "redis",
                image: imageOf("redis", settings),
                args: ["redis-server", "/etc/redis/redis.conf"],
                port: [{ name: "redis", containerPort: PORT }],
                env: [
                  {
                    // redis-cli of the probes reads it; the server does not.
                    name: "REDISCLI_AUTH",
                    valueFrom: { secretKeyRef: { name: this.credentials.metadata.name, key: "password" } },
                  },
                ],
                securityContext: restrictedContainer({ readOnlyRoot: true }),
                resources: resourcesOf({ cpu, memory }),
                // A start loads all data first: it is given five minutes. `-e` makes the LOADING answer a failure.
                startupProbe: { exec: { command: ping.loaded }, periodSeconds: 5, failureThreshold: 60 },
                readinessProbe: { exec: { command: ping.loaded }, periodSeconds: 5, timeoutSeconds: 3 },
                livenessProbe: {
                  exec: { command: ping.alive },
                  periodSeconds: 10,
                  timeoutSeconds: 5,
                  failureThreshold: 6,
                },
                volumeMount: [
                  { name: "data", mountPath: "/data" },
                  { name: "config", mountPath: "/etc/redis", readOnly: true },
                  { name: "users", mountPath: "/etc/redis-users", readOnly: true },
                  { name: "tmp", mountPath: "/tmp" },
                ],
              },
            ],
            volume: [
              { name: "config", configMap: { name: config.metadata.name } },
              { name: "users", secret: { secretName: users.metadata.name, defaultMode: "0440" } },
              { name: "tmp", emptyDir: {} },
            ],
          },
        },
        volumeClaimTemplate: [dataClaim(storage, storageClass)],
      },
    });

    const surroundings = surroundSet(this, { metadata, labels, clients: [{ name: "redis", port: PORT }] });
    this.service = surroundings.service;
    const workload = { metadata: metadata(), selector, open: { clients: [PORT] } };
    restrictNetwork(this, workload, settings.networkPolicy);
  }
}

/**
 * What is left of the memory beside the data serves client buffers and the pages that change while a forked child
 * writes a snapshot or rewrites the AOF (redis.io, "Persistence").
 */
function redisConf(settings: {
  readonly persistence: string;
  readonly eviction: string;
  readonly memory: string;
}): string {
  const { persistence, eviction, memory } = settings;
  return [
    "bind * -::*",
    `port ${PORT}`,
    "# no password-less access: the ACL file gives the default user its password",
    "protected-mode no",
    "aclfile /etc/redis-users/users.acl",
    "dir /data",
    `appendonly ${persistence === "rdb" ? "no" : "yes"}`,
    "appendfsync everysec",
    `save ${persistence === "aof" ? '""' : "3600 1 300 100 60 10000"}`,
    `maxmemory ${Math.floor(amountOf(memory) * 0.75)}`,
    `maxmemory-policy ${eviction}`,
    "",
  ].join("\n");
}

/** One server in a namespace of its own (`redis` unless told otherwise); vars are the options. */
export default class RedisStack extends NamespacedStack {
  readonly redis: Redis;

  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    new RandomProvider(this, "random");
    const options = readOptions<RedisOptions>(this, context, OPTIONS);
    const namespace = this.makeNamespace(options.namespace ?? "redis");
    this.redis = new Redis(this, "redis", { ...options, namespace });
    new TerraformOutput(this, "address", { value: `${this.redis.host}:${this.redis.port}` });
  }
}
