import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import type { Password } from "@cdktf/provider-random/lib/password/index.js";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { restrictNetwork } from "../network-policy.ts";
import { refuse, settle } from "../options.ts";
import { condition, field, readyWhen, waitFor } from "../ready.ts";
import { imageOf, labelsOf, metadataOf, resourcesOf, scrapedAt } from "../workload.ts";
import { checkMemory, preloaded } from "./combined.ts";
import { homeOf, makePasswords } from "./credentials.ts";
import { declaredBy } from "./declared.ts";
import { OPTIONS, type PostgresOptions } from "./options.ts";
import { METRICS_PORT } from "./server.ts";
import { PORT, tuned } from "./tuning.ts";

const API = "postgresql.cnpg.io/v1";
/** Where the operator asks an instance how it is (its documentation, "Networking"). */
const STATUS_PORT = 8000;

/**
 * The same options as resources of the CloudNativePG operator, which promotes a replica when the primary dies. The
 * operator and its CRDs are the cluster's: `postgresql.cnpg.io/v1` with Cluster, Database and ScheduledBackup.
 */
export class CloudNativePostgres extends Construct {
  /** `postgres-rw.data.svc`: whichever instance is the primary. */
  readonly host: string;
  /** `postgres-ro.data.svc`: the replicas. */
  readonly readHost: string;
  readonly port = PORT;
  readonly database: string;
  readonly user: string;
  /** With the password; sensitive, and so is whatever it becomes part of. */
  readonly uri: string;
  /** Secret with the keys username, password, database, host, port, uri, read-host and read-uri. */
  readonly credentials: SecretV1;
  /** The same of the other users, by user. */
  readonly userCredentials: Readonly<Record<string, SecretV1>>;
  readonly cluster: Manifest;

  constructor(scope: Construct, id: string, options: PostgresOptions) {
    super(scope, id);
    checkFitting(options);
    const settings = settle("postgres", OPTIONS, { ...options, replicas: options.replicas ?? 2 });
    const { name, namespace, replicas, storage, storageClass, users = {} } = settings;
    if (replicas === 0) refuse("postgres", "replicas", 0, "0 leaves the operator nothing to promote");
    const declared = declaredBy(settings);
    checkMemory(settings);
    const metadata = metadataOf(name, namespace, labelsOf("postgres", name));
    this.database = settings.database;
    this.user = settings.user;
    this.host = `${name}-rw.${namespace}.svc`;
    this.readHost = `${name}-ro.${namespace}.svc`;

    const passwords = makePasswords(this, declared, settings.passwordVersion);
    const secret = (suffix: string, username: string, database: string, password: Password) =>
      this.makeSecret(metadata(suffix), username, database, password);
    this.credentials = secret("-credentials", this.user, this.database, passwords.of.get(this.user)!);
    this.uri = Fn.lookup(this.credentials.data, "uri");
    const superuser = secret("-superuser", "postgres", "postgres", passwords.superuser);
    this.userCredentials = Object.fromEntries(
      Object.entries(users).map(([user, access]) => {
        const suffix = `-${user.replaceAll("_", "-")}-credentials`;
        return [user, secret(suffix, user, homeOf(user, access, declared), passwords.of.get(user)!)];
      }),
    );

    const libraries = preloaded(declared).shared_preload_libraries;
    const manifest = (kind: string, suffix: string, spec: object) => ({
      manifest: { apiVersion: API, kind, metadata: metadata(suffix), spec },
    });
    this.cluster = new Manifest(
      this,
      "cluster",
      manifest("Cluster", "", {
        instances: replicas + 1,
        imageName: operandOf(settings),
        storage: { size: storage, ...(storageClass === undefined ? {} : { storageClass }) },
        resources: resourcesOf(settings),
        affinity: { enablePodAntiAffinity: true, topologyKey: "kubernetes.io/hostname" },
        bootstrap: {
          initdb: {
            database: this.database,
            owner: this.user,
            secret: { name: this.credentials.metadata.name },
            dataChecksums: true,
          },
        },
        enableSuperuserAccess: true,
        superuserSecret: { name: superuser.metadata.name },
        postgresql: {
          parameters: parametersOf(settings),
          ...(settings.hba === undefined ? {} : { pg_hba: [...settings.hba] }),
          ...(libraries === undefined ? {} : { shared_preload_libraries: [libraries] }),
        },
        ...(Object.keys(users).length === 0
          ? {}
          : {
              managed: {
                roles: Object.entries(users).map(([user, { connectionLimit = -1 }]) => ({
                  name: user,
                  ensure: "present",
                  login: true,
                  connectionLimit,
                  passwordSecret: { name: this.userCredentials[user]!.metadata.name },
                })),
              },
            }),
        ...(settings.metrics ? { inheritedMetadata: { annotations: scrapedAt(METRICS_PORT) } } : {}),
        ...(settings.backup ? { backup: { volumeSnapshot: snapshotsOf(settings.backup) } } : {}),
      }),
    );
    // Without the operator nobody would set it, and nothing would be ready.
    readyWhen(this.cluster, condition("Ready"));
    waitFor(this.cluster, { timeout: "15m" });
    for (const [database, { owner, extensions }] of declared.databases) {
      if (database === this.database && extensions.length === 0) continue;
      const made = new Manifest(this, `database-${database}`, {
        ...manifest("Database", `-${database.replaceAll("_", "-")}-database`, {
          cluster: { name },
          name: database,
          owner,
          ...(extensions.length === 0
            ? {}
            : { extensions: extensions.map((each) => ({ name: each, ensure: "present" })) }),
        }),
        dependsOn: [this.cluster],
      });
      readyWhen(made, field("status.applied").equals(true));
    }
    if (settings.backup) {
      const { schedule = "15 2 * * *" } = settings.backup === true ? {} : settings.backup;
      const scheduled = new Manifest(this, "backup", {
        // The operator's schedules begin with seconds.
        ...manifest("ScheduledBackup", "-backup", {
          cluster: { name },
          schedule: schedule.startsWith("@") ? schedule : `0 ${schedule}`,
          method: "volumeSnapshot",
          backupOwnerReference: "cluster",
        }),
        dependsOn: [this.cluster],
      });
      readyWhen(scheduled, field("status.lastCheckTime").exists());
    }
    const selector = { matchLabels: { "cnpg.io/cluster": name } };
    const open = {
      clients: [PORT],
      metrics: settings.metrics ? [METRICS_PORT] : [],
      operator: { name: "cloudnative-pg", ports: [PORT] },
      everybody: [STATUS_PORT],
    };
    // Each instance runs the operator's manager, which lives by the API server.
    restrictNetwork(this, { metadata: metadata(), selector, open, asksApi: true }, settings.networkPolicy);
  }

  private makeSecret(
    metadata: ReturnType<ReturnType<typeof metadataOf>>,
    username: string,
    database: string,
    password: Password,
  ) {
    const uri = (host: string) => `postgresql://${username}:${password.result}@${host}:${PORT}/${database}`;
    return new SecretV1(this, `secret-${metadata.name}`, {
      // With this label the operator takes a changed password at once.
      metadata: { ...metadata, labels: { ...metadata.labels, "cnpg.io/reload": "true" } },
      type: "kubernetes.io/basic-auth",
      data: {
        username,
        password: password.result,
        database,
        host: this.host,
        port: String(PORT),
        uri: uri(this.host),
        "read-host": this.readHost,
        "read-uri": uri(this.readHost),
      },
    });
  }
}

/** The project's tags name the kind and the Debian beside the version ("Image Tags" of postgres-containers). */
function operandOf(settings: Pick<PostgresOptions, "registry" | "image"> & { readonly version: string }): string {
  const { registry = "ghcr.io", image, version } = settings;
  const tag = image === undefined && !version.includes("-") ? `${version}-standard-trixie` : version;
  return imageOf("cloudnative-pg/postgresql", { registry, image, version: tag });
}

/** Parameters are texts; what the operator sets itself is left to it. */
function parametersOf(settings: Parameters<typeof tuned>[0] & Pick<PostgresOptions, "settings">) {
  const { max_wal_senders, max_replication_slots, wal_level, ...sizes } = tuned(settings);
  const all = { ...sizes, ...settings.settings };
  const text = (value: string | number | boolean) =>
    typeof value === "boolean" ? (value ? "on" : "off") : String(value);
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, text(value)]));
}

function snapshotsOf(backup: NonNullable<PostgresOptions["backup"]>) {
  const { storageClass } = backup === true || backup === false ? {} : backup;
  return storageClass === undefined ? {} : { className: storageClass };
}

/** Options that the operator has no room for, or another way to. */
function checkFitting({ restoreFrom, backup, tls, users = {} }: PostgresOptions): void {
  if (tls !== undefined) {
    refuse("postgres", "tls", tls, "CloudNativePG encrypts always, with an authority of its own in the Secret NAME-ca");
  }
  if (restoreFrom !== undefined) {
    refuse("postgres", "restoreFrom", restoreFrom, "CloudNativePG restores by its own Cluster's bootstrap.recovery");
  }
  for (const key of ["method", "keep", "storage"] as const) {
    if (typeof backup === "object" && backup[key] !== undefined) {
      refuse("postgres", `backup.${key}`, backup[key], "CloudNativePG takes volume snapshots, and keeps them all");
    }
  }
  for (const [name, { read, write }] of Object.entries(users)) {
    if (read !== undefined || write !== undefined) {
      refuse(
        "postgres",
        `users.${name}`,
        name,
        "CloudNativePG grants nothing on tables: read and write are not for it",
      );
    }
  }
}
