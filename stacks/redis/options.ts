import { type Check, flag, oneOf, quantityFrom, wholeNumber } from "../checks.ts";
import { type CommonOptions, commonChecks, type OptionTable, type VolumeOptions, volumeChecks } from "../options.ts";
import { type TlsOptions, tlsChecks, tlsOptions } from "../tls.ts";

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

const pairs: Check<number> = (value) => {
  const count = wholeNumber(2, 6)(value);
  if (count % 2 === 0) return count;
  throw new Error(`${count} and the master are an even number of sentinels; 2, 4 or 6 replicas are not`);
};

export interface RedisOptions extends CommonOptions, VolumeOptions {
  /** `aof`: every write within a second. `rdb`: snapshots, minutes may be lost. `both` loads the AOF and keeps snapshots. */
  readonly persistence?: "both" | "aof" | "rdb";
  /** What to do with a write when memory is used up (redis.io, "Key eviction"). */
  readonly eviction?: (typeof EVICTION)[number];
  /** Memory request and limit of a server; at least 64Mi. Data may take three quarters of it. */
  readonly memory?: string;
  /**
   * A master with replicas, and in each pod a sentinel beside the server: when the master is away another server takes
   * over. Clients must know Sentinel: they ask the sentinels, at the Service `NAME`, for the master named `NAME`.
   */
  readonly sentinel?: boolean;
  /** With `sentinel`: replicas beside the master, 2, 4 or 6: the number of sentinels, one more, must be odd. */
  readonly replicas?: number;
  /** With `sentinel`: how many replicas must follow the master (10 s behind at most) for it to take writes; 0: none. */
  readonly minReplicasToWrite?: number;
  /** With `sentinel`: seconds without an answer until a sentinel takes the master for down. */
  readonly downAfter?: number;
  /**
   * Encrypts connections of clients, replicas and sentinels at the same ports, which then take no others. Clients find the
   * authority as `ca.crt` in the Secret with the password. Switched on or off, all pods stop and start at once. Off in every
   * preset: clients must know the authority first.
   */
  readonly tls?: TlsOptions;
  /** An exporter beside each server (oliver006/redis_exporter), with the annotations by which Prometheus finds it. */
  readonly metrics?: boolean;
}

/** What the options may be and what they are where nobody says. */
export const OPTIONS = {
  checks: {
    ...commonChecks,
    ...volumeChecks,
    persistence: oneOf("both", "aof", "rdb"),
    eviction: oneOf(...EVICTION),
    memory: quantityFrom("64Mi"),
    sentinel: flag,
    replicas: pairs,
    minReplicasToWrite: wholeNumber(0, 6),
    downAfter: wholeNumber(1, 300),
    tls: tlsOptions<TlsOptions>(tlsChecks),
    metrics: flag,
  },
  always: {
    name: "redis",
    version: "8.2.3",
    persistence: "both",
    eviction: "noeviction",
    replicas: 2,
    minReplicasToWrite: 1,
    downAfter: 5,
  },
  development: { storage: "1Gi", cpu: "50m", memory: "128Mi", sentinel: false, metrics: false },
  production: { storage: "10Gi", cpu: "250m", memory: "2Gi", sentinel: true, metrics: true },
} satisfies OptionTable<RedisOptions>;
