import { amountOf } from "../checks.ts";
import { CERTIFICATE_FILE, KEY_FILE } from "../tls.ts";

const MI = 1024 ** 2;
const GI = 1024 ** 3;

export const PORT = 5432;
export const RUN = "/var/run/postgresql";
export const CONFIG = "/etc/postgresql";

export interface Sizes {
  /** Memory limit of the container, as a quantity. */
  readonly memory: string;
  /** Size of the data volume, as a quantity. */
  readonly storage: string;
  readonly maxConnections?: number;
}

/**
 * Settings by memory and volume. A quarter of the memory is shared buffers and the rest page cache (PostgreSQL
 * documentation, "Resource Consumption"); every connection may sort in three steps at once without the container's
 * limit being reached. A replica that stays away may hold back a fifth of the volume, then it loses its slot, not the
 * primary its disk.
 */
export function tuned({ memory, storage, maxConnections }: Sizes): Readonly<Record<string, string | number>> {
  const bytes = amountOf(memory);
  const volume = amountOf(storage);
  const connections = maxConnections ?? between(20, Math.floor(bytes / (8 * MI)), 400);
  const shared = Math.floor(bytes / 4);
  const wal = between(64 * MI, Math.floor(volume / 10), 8 * GI);
  return {
    max_connections: connections,
    shared_buffers: mb(shared),
    effective_cache_size: mb(Math.floor(bytes * 0.6)),
    maintenance_work_mem: mb(between(16 * MI, Math.floor(bytes / 16), 2 * GI)),
    work_mem: mb(between(MI, Math.floor((bytes - shared) / (connections * 3)), 256 * MI)),
    max_wal_size: mb(wal),
    min_wal_size: mb(between(32 * MI, Math.floor(wal / 4), 2 * GI)),
    max_slot_wal_keep_size: mb(Math.floor(volume / 5)),
    // Of the machine, not of the container: a cgroup cannot promise them.
    huge_pages: "off",
    // The same whatever the number of replicas, so that another number restarts no server.
    max_wal_senders: 16,
    max_replication_slots: 16,
    max_worker_processes: 8,
    wal_level: "replica",
    checkpoint_completion_target: 0.9,
    random_page_cost: 1.1,
    password_encryption: "scram-sha-256",
    log_line_prefix: "%m [%p] %q%u@%d ",
    log_lock_waits: "on",
  };
}

/**
 * What the image's initdb wrote (locale, time zone, listening everywhere), then ours, then what the user set; a replica
 * adds a file of its own. `ALTER SYSTEM` still comes last.
 */
export function postgresqlConf(
  data: string,
  sizes: Sizes,
  settings: Readonly<Record<string, string | number | boolean>>,
): string {
  const line = ([name, value]: [string, string | number | boolean]) =>
    `${name} = '${String(typeof value === "boolean" ? (value ? "on" : "off") : value).replaceAll("'", "''")}'`;
  return [
    `include_if_exists = '${data}/postgresql.conf'`,
    "listen_addresses = '*'",
    `port = ${PORT}`,
    `unix_socket_directories = '${RUN}'`,
    `hba_file = '${CONFIG}/pg_hba.conf'`,
    ...Object.entries({ ...tuned(sizes), ...settings }).map(line),
    `include_if_exists = '${RUN}/standby.conf'`,
    "",
  ].join("\n");
}

/** Roles of the construct's own, beside the superuser `postgres`. */
export const REPLICATION = "replicator";
export const METRICS = "metrics";

/** Read again at every reload. */
export const TLS_SETTINGS = { ssl: true, ssl_cert_file: CERTIFICATE_FILE, ssl_key_file: KEY_FILE };

/** First match wins; the socket is in a volume that only the server's own pod has. */
export function pgHba(rules: readonly string[], tls: { readonly required?: boolean } | undefined): string {
  const members = tls === undefined ? "host" : "hostssl";
  return [
    "# the pod's own containers, by the socket",
    "local all all trust",
    ...(tls?.required === true ? ["# option tls.required", "hostnossl all all all reject"] : []),
    "# replicas and base backups; replicator sees no table",
    `${members} replication ${REPLICATION} all scram-sha-256`,
    `${members} postgres ${REPLICATION} all scram-sha-256`,
    `host all ${REPLICATION},${METRICS} all reject`,
    ...(rules.length === 0 ? [] : ["# option hba", ...rules]),
    "# everybody else by password",
    "host all all all scram-sha-256",
    "",
  ].join("\n");
}

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function mb(bytes: number): string {
  return `${Math.floor(bytes / MI)}MB`;
}
