import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider/index.js";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { Password } from "@cdktf/provider-random/lib/password/index.js";
import { RandomProvider } from "@cdktf/provider-random/lib/provider/index.js";
import { Fn, TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { StackContext } from "./contract.ts";
import { amountOf, oneOf, quantity, quantityFrom, readOptions, text } from "./options.ts";
import {
  configHash,
  dataClaim,
  imageOf,
  labelsOf,
  podSecurity,
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

export interface RedisOptions {
  /** Namespace that exists; not made by the construct. */
  readonly namespace: string;
  /** Name of all its objects. */
  readonly name?: string;
  /** Registry in front of the image `redis`. */
  readonly registry?: string;
  /** Tag of the image. */
  readonly version?: string;
  /** Size of the data volume. */
  readonly storage?: string;
  /** Storage class; the cluster's default where absent. */
  readonly storageClass?: string;
  /** `aof`: every write within a second. `rdb`: snapshots, minutes may be lost. `both` loads the AOF and keeps snapshots. */
  readonly persistence?: "both" | "aof" | "rdb";
  /** What to do with a write when memory is used up (redis.io, "Key eviction"). */
  readonly eviction?: (typeof EVICTION)[number];
  /** CPU request. */
  readonly cpu?: string;
  /** Memory request and limit; at least 64Mi. Data may take three quarters of it. */
  readonly memory?: string;
}

const DEFAULTS = {
  name: "redis",
  version: "8.2.3",
  storage: "2Gi",
  persistence: "both",
  eviction: "noeviction",
  cpu: "50m",
  memory: "256Mi",
} as const;

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
    const { name, version, storage, cpu, memory, ...settings } = { ...DEFAULTS, ...options };
    const { namespace } = options;
    const labels = labelsOf("redis", name);
    const metadata = (suffix = "") => ({ name: `${name}${suffix}`, namespace, labels });
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
    const conf = redisConf({ ...settings, memory });
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
                image: imageOf("redis", { registry: options.registry, version }),
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
        volumeClaimTemplate: [dataClaim(storage, options.storageClass)],
      },
    });

    const port = [{ name: "redis", port: PORT, targetPort: "redis" }];
    this.service = new ServiceV1(this, "service", { metadata: metadata(), spec: { selector: labels, port } });
    new ServiceV1(this, "headless", {
      metadata: metadata("-headless"),
      spec: { selector: labels, port, clusterIp: "None", publishNotReadyAddresses: true },
    });
    new PodDisruptionBudgetV1(this, "budget", { metadata: metadata(), spec: { maxUnavailable: "1", selector } });
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
export default class RedisStack extends TerraformStack {
  readonly redis: Redis;

  constructor(scope: Construct, id: string, { vars }: StackContext) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    new RandomProvider(this, "random");
    const { namespace: place = "redis", ...options } = readOptions<Partial<RedisOptions>>(id, vars, {
      namespace: text,
      name: text,
      registry: text,
      version: text,
      storage: quantity,
      storageClass: text,
      persistence: oneOf("both", "aof", "rdb"),
      eviction: oneOf(...EVICTION),
      cpu: quantity,
      memory: quantityFrom("64Mi"),
    });
    const namespace = new NamespaceV1(this, "namespace", {
      metadata: { name: place, labels: podSecurity("restricted") },
    });
    this.redis = new Redis(this, "redis", { ...options, namespace: namespace.metadata.name });
    new TerraformOutput(this, "address", { value: `${this.redis.host}:${this.redis.port}` });
  }
}
