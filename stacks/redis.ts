import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { Password } from "@cdktf/provider-random/lib/password/index.js";
import { RandomProvider } from "@cdktf/provider-random/lib/provider/index.js";
import { Fn, TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { onVersionChange } from "./consequence.ts";
import type { StackContext } from "./contract.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { restrictNetwork } from "./network-policy.ts";
import { readOptions, refuse, settle } from "./options.ts";
import { PORT, redisConf } from "./redis/config.ts";
import { EXPORTER_PORT, exporterContainer, sentinelContainer, serverContainer } from "./redis/containers.ts";
import { OPTIONS, type RedisOptions } from "./redis/options.ts";
import {
  internalUsers,
  replicationLogin,
  SENTINEL_PORT,
  sentinelFiles,
  sentinelLogin,
  sentinelUsers,
} from "./redis/sentinel.ts";
import { surroundSet } from "./set-surroundings.ts";
import { tlsLabel, tlsOf, tlsVolume } from "./tls.ts";
import { configHash, dataClaim, labelsOf, metadataOf, restrictedPod, scrapedAt, spreadOver } from "./workload.ts";

export type { RedisOptions } from "./redis/options.ts";

/** The user `redis` of the Debian image, and the group that owns the volume. */
const USER = 999;

/**
 * One Redis server with a volume of its own, or a master with replicas and sentinels. The password is made once and
 * kept; clients find it in the Secret `NAME-credentials`. The server reads only its hash, from an ACL file; what servers
 * and sentinels need to log in to each other is a password of its own, with few rights, which they read from a Secret's file.
 */
export class Redis extends Construct {
  /** `redis.data.svc`, reachable from the whole cluster: the server, or with Sentinel the sentinels. */
  readonly host: string;
  /** 6379, or with Sentinel 26379. */
  readonly port: number;
  /** Name by which the sentinels know the master. */
  readonly master: string;
  /**
   * With the password; sensitive, and so is whatever it becomes part of. With Sentinel `redis+sentinel://...?master=NAME`,
   * with `tls` a scheme with an s more: `rediss`.
   */
  readonly uri: string;
  /** With `tls`: certificate of the authority that clients are to trust, PEM. */
  readonly ca: string | undefined;
  /** Secret with the keys username, password, host, port and uri; with `tls` ca.crt. */
  readonly credentials: SecretV1;
  readonly service: ServiceV1;
  readonly statefulSet: StatefulSetV1;

  constructor(scope: Construct, id: string, options: RedisOptions) {
    super(scope, id);
    const settings = settle("redis", OPTIONS, options);
    const { name, namespace, storage, storageClass, sentinel, metrics } = settings;
    const servers = sentinel ? settings.replicas + 1 : 1;
    for (const option of ["replicas", "minReplicasToWrite", "downAfter"] as const) {
      if (!sentinel && options[option] !== undefined) {
        refuse("redis", option, options[option], "only with sentinel: true");
      }
    }
    if (sentinel && settings.minReplicasToWrite >= servers) {
      const count = settings.minReplicasToWrite;
      refuse("redis", "minReplicasToWrite", count, `${count} is more than the ${settings.replicas} replicas`);
    }
    const labels = labelsOf("redis", name);
    const metadata = metadataOf(name, namespace, labels);
    this.master = name;
    this.host = `${name}.${namespace}.svc`;
    this.port = sentinel ? SENTINEL_PORT : PORT;

    const password = new Password(this, "password", { length: 32, special: false });
    const members = `${name}-headless`;
    const tls = tlsOf(this, settings.tls, { metadata, services: [name, `${name}-read`], headless: [members] });
    this.ca = tls?.ca;
    const scheme = `${tls === undefined ? "redis" : "rediss"}${sentinel ? "+sentinel" : ""}`;
    const address = `${this.host}:${this.port}${sentinel ? `?master=${name}` : ""}`;
    this.credentials = new SecretV1(this, "credentials", {
      metadata: metadata("-credentials"),
      data: {
        username: "default",
        password: password.result,
        host: this.host,
        port: String(this.port),
        uri: `${scheme}://default:${password.result}@${address}`,
        ...(tls === undefined ? {} : { "ca.crt": tls.ca }),
      },
    });
    this.uri = Fn.lookup(this.credentials.data, "uri");
    const hash = Fn.sha256(password.result);
    const everybody = `user default on #${hash} ~* &* +@all\n`;
    const users = new SecretV1(this, "users", {
      metadata: metadata("-users"),
      data: this.logins(name, everybody, hash),
    });
    const domain = `${members}.${namespace}.svc`;
    const files = {
      "redis.conf": redisConf(settings),
      ...(sentinel ? sentinelFiles({ ...settings, members: domain, servers }) : {}),
    };
    const config = new ConfigMapV1(this, "config", { metadata: metadata("-config"), data: files });

    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    });
    const selector = { matchLabels: labels };
    const podLabels = { ...labels, ...tlsLabel(tls) };
    const container = { ...settings, credentials: this.credentials.metadata.name, members: domain };

    this.statefulSet = new StatefulSetV1(this, "server", {
      metadata: metadata(),
      spec: {
        serviceName: members,
        replicas: String(servers),
        // After all were away the first may follow the second: none waits for the one before it.
        podManagementPolicy: "Parallel",
        selector: { matchLabels: podLabels },
        template: {
          metadata: {
            labels: podLabels,
            annotations: {
              ...configHash(Object.values(files).join("")),
              // Redis reads its certificate when it starts: a renewed one restarts the pods.
              ...(tls === undefined ? {} : { "checksum/tls": tls.fingerprint }),
              ...(metrics ? scrapedAt(EXPORTER_PORT) : {}),
            },
          },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            // REDIS_PORT=tcp://... of a Service named redis would confuse programs that read such variables.
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 60,
            securityContext: restrictedPod(USER),
            topologySpreadConstraint: sentinel ? spreadOver(selector) : undefined,
            container: [
              serverContainer(container, sentinel),
              ...(sentinel ? [sentinelContainer(container)] : []),
              ...(metrics ? [exporterContainer(container)] : []),
            ],
            volume: [
              { name: "config", configMap: { name: config.metadata.name } },
              { name: "users", secret: { secretName: users.metadata.name, defaultMode: "0440" } },
              { name: "tmp", emptyDir: {} },
              ...(sentinel ? [{ name: "sentinel-tmp", emptyDir: {} }] : []),
              ...(tls === undefined ? [] : [tlsVolume(tls)]),
            ],
          },
        },
        volumeClaimTemplate: [dataClaim(storage, storageClass)],
      },
    });

    onVersionChange(this.statefulSet, {
      container: "redis",
      to: "older",
      says: "an older Redis may not read what this one wrote, and then does not start: make a copy of the volume first",
    });

    const server = { name: "redis", port: PORT };
    const asked = { name: "sentinel", port: SENTINEL_PORT };
    const clients = sentinel ? [asked] : [server];
    const surroundings = surroundSet(this, { metadata, labels, clients, members: sentinel ? [server] : [] });
    this.service = surroundings.service;
    if (sentinel) {
      new ServiceV1(this, "read", {
        metadata: metadata("-read"),
        spec: { selector: labels, port: [{ ...server, targetPort: "redis" }] },
      });
    }
    const open = {
      clients: sentinel ? [PORT, SENTINEL_PORT] : [PORT],
      metrics: metrics ? [EXPORTER_PORT] : [],
    };
    restrictNetwork(this, { metadata: metadata(), selector, open }, settings.networkPolicy);
  }

  /**
   * Files of the Secret that servers and sentinels read. A single server knows the users too: when it becomes one of
   * several, the others must be able to copy from it before it has been restarted.
   */
  private logins(name: string, everybody: string, hash: string): Record<string, string> {
    const { result } = new Password(this, "internal", { length: 32, special: false });
    const internal = Fn.sha256(result);
    return {
      "users.acl": `${everybody}${internalUsers(internal)}`,
      "sentinel-users.acl": sentinelUsers(hash, internal),
      "replication-login.conf": replicationLogin(result),
      "sentinel-login.conf": sentinelLogin(name, result),
    };
  }
}

/** One Redis in a namespace of its own (`redis` unless told otherwise); vars are the options. */
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
