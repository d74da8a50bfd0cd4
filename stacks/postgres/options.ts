import {
  type Check,
  either,
  fieldsOf,
  flag,
  listOf,
  oneOf,
  quantity,
  quantityFrom,
  text,
  wholeNumber,
} from "../checks.ts";
import { type CommonOptions, commonChecks, type OptionTable, type VolumeOptions, volumeChecks } from "../options.ts";
import { type TlsOptions, tlsChecks, tlsOptions } from "../tls.ts";
import {
  backupName,
  databaseName,
  extensionName,
  hbaRule,
  moment,
  named,
  passwordVersion,
  schedule,
  settings,
  userName,
} from "./option-checks.ts";

/** A database beside the first one. */
export interface DatabaseOptions {
  /** User that owns it; one of the declared users. The first user where absent. */
  readonly owner?: string;
  /** Extensions made in it; they come with the image. */
  readonly extensions?: readonly string[];
}

/** A user beside the first one, with a password of its own. */
export interface UserOptions {
  /** Databases in which it may read all tables of the schema public, those made later included. */
  readonly read?: readonly string[];
  /** Databases in which it may read and write them. */
  readonly write?: readonly string[];
  /** How many connections it may have at once. */
  readonly connectionLimit?: number;
  /** As the option of the same name, for this user alone. */
  readonly passwordVersion?: number;
}

/** Backups to a volume `NAME-backup` of their own. */
export interface BackupOptions {
  /** `dump`: pg_dump of each database. `wal`: base backups and all that is written between them, for any point in time. */
  readonly method?: "dump" | "wal";
  /** When, as cron writes it, in UTC. */
  readonly schedule?: string;
  /** How many are kept; an old one goes only after a new one is complete. */
  readonly keep?: number;
  /** Size of the volume. */
  readonly storage?: string;
  /** Storage class of the volume; that of the data where absent. */
  readonly storageClass?: string;
}

/** Where an empty instance takes its first data from. An instance that has data passes over it. */
export interface RestoreOptions {
  /** Claim with backups, in the same namespace: `postgres-backup`. */
  readonly claim?: string;
  /** Name of a dump in it (`20261121T080000Z`), or `latest`. */
  readonly dump?: string;
  /** Name of a base backup in it, or `latest`; what was written after it is replayed. */
  readonly base?: string;
  /** With `base`: the moment to stop at, such as `2026-11-21 08:00:00+00`; the end where absent. */
  readonly until?: string;
  /** Takes the data of the instance's own first replica: for a primary that lost its volume. */
  readonly replica?: boolean;
}

/** Encrypted connections. */
export interface PostgresTls extends TlsOptions {
  /** Refuses connections that are not encrypted; else clients may have both. */
  readonly required?: boolean;
}

export interface PostgresOptions extends CommonOptions, VolumeOptions {
  /** The first database. */
  readonly database?: string;
  /** Its owner, whose name and password stand in the Secret `NAME-credentials`. No superuser. */
  readonly user?: string;
  /** Extensions of the first database. */
  readonly extensions?: readonly string[];
  /** More databases, by name. One that leaves the options stays where it is. */
  readonly databases?: Readonly<Record<string, DatabaseOptions>>;
  /** More users, by name; each has a Secret `NAME-USER-credentials`. One that leaves the options may no longer log in. */
  readonly users?: Readonly<Record<string, UserOptions>>;
  /** Streaming replicas, which serve reads at the Service `NAME-ro`. They do not take the primary's place. */
  readonly replicas?: number;
  /**
   * What happens when the primary dies. `none`: its pod is made again and takes up its volume; nobody writes meanwhile.
   * `cloudnative-pg`: the instance is that operator's, which promotes a replica; the cluster must have the operator.
   */
  readonly ha?: "none" | "cloudnative-pg";
  /** Memory request and limit of each server; at least 128Mi. Buffers, work memory and connections follow it. */
  readonly memory?: string;
  /** Connections at once; by memory where absent (one for 8Mi, from 20 to 400). */
  readonly maxConnections?: number;
  /** Settings of postgresql.conf, which win over those made by memory. A change restarts the servers. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Lines of pg_hba.conf before the last one, which lets everybody in by password. */
  readonly hba?: readonly string[];
  /** Another number makes all passwords anew; the servers take them without a restart. */
  readonly passwordVersion?: number;
  /**
   * Encrypts connections, those of replicas and backups always and with verification. Clients find the authority as `ca.crt`
   * in the Secret with their password. Off in every preset: clients must know the authority first.
   */
  readonly tls?: PostgresTls;
  /** Serves metrics of each server to Prometheus, by an exporter beside it. */
  readonly metrics?: boolean;
  /** Tag of the exporter's image, `prometheuscommunity/postgres-exporter`. */
  readonly exporterVersion?: string;
  /** Scheduled backups; `true` with all defaults. */
  readonly backup?: boolean | BackupOptions;
  /** Where an empty instance takes its first data from. */
  readonly restoreFrom?: RestoreOptions;
}

const restoreFrom: Check<RestoreOptions> = (value) => {
  const read = fieldsOf<RestoreOptions>({
    claim: text,
    dump: backupName,
    base: backupName,
    until: moment,
    replica: flag,
  })(value);
  const ways = [read.dump, read.base, read.replica || undefined].filter((each) => each !== undefined);
  if (ways.length !== 1) throw new Error("says not exactly one of dump, base and replica");
  if (read.claim === undefined && read.replica !== true) throw new Error('"claim" is missing');
  if (read.until !== undefined && read.base === undefined) throw new Error('"until" goes with "base" only');
  return read;
};

export const OPTIONS = {
  checks: {
    ...commonChecks,
    ...volumeChecks,
    database: databaseName,
    user: userName,
    extensions: listOf(extensionName),
    databases: named(databaseName, fieldsOf<DatabaseOptions>({ owner: userName, extensions: listOf(extensionName) })),
    users: named(
      userName,
      fieldsOf<UserOptions>({
        read: listOf(databaseName),
        write: listOf(databaseName),
        connectionLimit: wholeNumber(1, 10_000),
        passwordVersion,
      }),
    ),
    replicas: wholeNumber(0, 8),
    ha: oneOf("none", "cloudnative-pg"),
    memory: quantityFrom("128Mi"),
    maxConnections: wholeNumber(10, 5000),
    settings,
    hba: listOf(hbaRule),
    passwordVersion,
    tls: tlsOptions<PostgresTls>({ ...tlsChecks, required: flag }),
    metrics: flag,
    exporterVersion: text,
    backup: either(
      flag,
      fieldsOf<BackupOptions>({
        method: oneOf("dump", "wal"),
        schedule,
        keep: wholeNumber(1, 1000),
        storage: quantity,
        storageClass: text,
      }),
    ),
    restoreFrom,
  },
  always: {
    name: "postgres",
    version: "17.7",
    exporterVersion: "v0.17.1",
    ha: "none",
    database: "app",
    user: "app",
  },
  development: { storage: "1Gi", cpu: "100m", memory: "256Mi", replicas: 0 },
  production: {
    storage: "20Gi",
    cpu: "500m",
    memory: "2Gi",
    replicas: 1,
    metrics: true,
    backup: { method: "wal" },
  },
} satisfies OptionTable<PostgresOptions>;
