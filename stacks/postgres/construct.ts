import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import type { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import type { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import type { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { restrictNetwork } from "../network-policy.ts";
import { refuse, settle } from "../options.ts";
import { tlsOf } from "../tls.ts";
import { labelsOf, metadataOf } from "../workload.ts";
import { makeBackup } from "./backup.ts";
import { backupOf, checkMemory, preloaded } from "./combined.ts";
import { homeOf, makeCredentials, makePasswordSecret, makePasswords } from "./credentials.ts";
import { declaredBy } from "./declared.ts";
import { OPTIONS, type PostgresOptions } from "./options.ts";
import { PGDATA } from "./pods.ts";
import { scriptFiles } from "./script-files.ts";
import { METRICS_PORT, makeServers } from "./server.ts";
import { makeServices } from "./services.ts";
import { makeSettleJob } from "./settle.ts";
import { PORT, pgHba, postgresqlConf, TLS_SETTINGS } from "./tuning.ts";

/**
 * PostgreSQL as the published image documents it: a primary, replicas that stream from it, users and databases as
 * declared, and backups. Passwords are made once and kept; what a client needs stands in the Secret `NAME-credentials`.
 * The primary is one pod: while it is away nothing takes its place.
 */
export class Postgres extends Construct {
  /** `postgres.data.svc`, reachable from the whole cluster: reads and writes. */
  readonly host: string;
  /** The replicas, `postgres-ro.data.svc`: what was written a moment ago. The primary where there are none. */
  readonly readHost: string;
  readonly port = PORT;
  readonly database: string;
  readonly user: string;
  /** With the password; sensitive, and so is whatever it becomes part of. */
  readonly uri: string;
  /** With `tls`: certificate of the authority that clients are to trust, PEM. */
  readonly ca: string | undefined;
  /** Secret with the keys username, password, database, host, port and uri; with replicas read-host and read-uri, with `tls` ca.crt. */
  readonly credentials: SecretV1;
  /** The same of the other users, by user. */
  readonly userCredentials: Readonly<Record<string, SecretV1>>;
  readonly service: ServiceV1;
  /** The primary. */
  readonly statefulSet: StatefulSetV1;

  constructor(scope: Construct, id: string, options: PostgresOptions) {
    super(scope, id);
    const settings = settle("postgres", OPTIONS, options);
    const { name, namespace, replicas, restoreFrom, users = {} } = settings;
    if (settings.ha !== "none") refuse("postgres", "ha", settings.ha, "is made by the construct CloudNativePostgres");
    const declared = declaredBy(settings);
    checkMemory(settings);
    const backup = backupOf(settings);
    const labels = labelsOf("postgres", name);
    const metadata = metadataOf(name, namespace, labels);
    this.database = settings.database;
    this.user = settings.user;
    this.host = `${name}.${namespace}.svc`;
    this.readHost = replicas === 0 ? this.host : `${name}-ro.${namespace}.svc`;

    const services = [name, `${name}-ro`];
    const tls = tlsOf(this, settings.tls, { metadata, services, headless: [`${name}-headless`] });
    this.ca = tls?.ca;

    const { passwordVersion } = settings;
    const passwords = makePasswords(this, declared, passwordVersion);
    const passwordSecret = makePasswordSecret(this, metadata, passwords, passwordVersion);
    const conf = {
      "postgresql.conf": postgresqlConf(PGDATA, settings, {
        ...preloaded(declared),
        ...settings.settings,
        ...(tls === undefined ? {} : TLS_SETTINGS),
      }),
      "pg_hba.conf": pgHba(settings.hba ?? [], settings.tls),
    };
    const config = new ConfigMapV1(this, "config", { metadata: metadata("-config"), data: conf });
    const files = scriptFiles({ ...settings, host: this.host, backup, declared });
    const scripts = new ConfigMapV1(this, "scripts", { metadata: metadata("-scripts"), data: files });
    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    });

    const context = {
      settings,
      metadata,
      labels,
      account: account.metadata.name,
      scripts: scripts.metadata.name,
      passwords: passwordSecret.metadata.name,
      tls,
      config: { name: config.metadata.name, text: Object.values(conf).join("\n") },
      restoreClaim: restoreFrom?.base === undefined ? undefined : restoreFrom.claim,
    };
    this.statefulSet = makeServers(this, "primary", context, 1);
    if (replicas > 0) makeServers(this, "replica", context, replicas);
    this.service = makeServices(this, metadata, labels, { replicas });
    const workload = { metadata: metadata(), selector: { matchLabels: labels } };
    const open = { clients: [PORT], metrics: settings.metrics ? [METRICS_PORT] : [] };
    restrictNetwork(this, { ...workload, open }, settings.networkPolicy);

    const versions = Object.values(users).map((user) => user.passwordVersion);
    const job = makeSettleJob(this, context, {
      name,
      cause: JSON.stringify([files["settle.sh"], files["declared.sql"], passwordVersion, versions, restoreFrom?.dump]),
      after: this.statefulSet,
      dumpClaim: restoreFrom?.dump === undefined ? undefined : restoreFrom.claim,
    });
    const client = (username: string, database: string, suffix: string) =>
      makeCredentials(this, {
        id: suffix.slice(1),
        metadata: metadata(suffix),
        username,
        password: passwords.of.get(username)!,
        database,
        host: this.host,
        readHost: this.readHost,
        tls: tls === undefined ? undefined : { ca: tls.ca, required: settings.tls?.required === true },
        after: job,
      });
    this.credentials = client(this.user, this.database, "-credentials");
    this.uri = Fn.lookup(this.credentials.data, "uri");
    this.userCredentials = Object.fromEntries(
      Object.entries(users).map(([user, access]) => [
        user,
        client(user, homeOf(user, access, declared), `-${user.replaceAll("_", "-")}-credentials`),
      ]),
    );
    if (backup !== undefined) makeBackup(this, context, { ...backup, name });
  }
}
