import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import type { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import { Password } from "@cdktf/provider-random/lib/password/index.js";
import { RandomProvider } from "@cdktf/provider-random/lib/provider/index.js";
import { Fn, TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { quantityFrom, sqlName } from "./checks.ts";
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

export interface PostgresOptions extends CommonOptions, VolumeOptions {
  readonly database?: string;
  readonly user?: string;
  /** Memory request and limit; at least 128Mi. */
  readonly memory?: string;
}

const OPTIONS = {
  checks: { ...commonChecks, ...volumeChecks, database: sqlName, user: sqlName, memory: quantityFrom("128Mi") },
  always: { name: "postgres", version: "17.7", database: "app", user: "app" },
  development: { storage: "1Gi", cpu: "100m", memory: "256Mi" },
  production: { storage: "20Gi", cpu: "500m", memory: "2Gi" },
} satisfies OptionTable<PostgresOptions>;

const PORT = 5432;
/** The user `postgres` of the Debian image, and the group that owns the volume. */
const USER = 999;
const DATA = "/var/lib/postgresql/data";
const HBA = `# local sockets of the server's own container; everybody else by password
local all all              trust
host  all all 127.0.0.1/32 scram-sha-256
host  all all ::1/128      scram-sha-256
host  all all all          scram-sha-256
`;

/**
 * One PostgreSQL server with a volume of its own, as the published image documents it. The password is made once and
 * kept; it stands in the Secret `NAME-credentials` together with everything else that a client needs.
 */
export class Postgres extends Construct {
  /** `postgres.data.svc`, reachable from the whole cluster. */
  readonly host: string;
  readonly port = PORT;
  readonly database: string;
  readonly user: string;
  /** With the password; sensitive, and so is whatever it becomes part of. */
  readonly uri: string;
  /** Secret with the keys username, password, database, host, port and uri. */
  readonly credentials: SecretV1;
  readonly service: ServiceV1;
  readonly statefulSet: StatefulSetV1;

  constructor(scope: Construct, id: string, options: PostgresOptions) {
    super(scope, id);
    const settings = settle("postgres", OPTIONS, options);
    const { name, namespace, storage, storageClass, database, user, cpu, memory } = settings;
    const labels = labelsOf("postgres", name);
    const metadata = metadataOf(name, namespace, labels);
    this.database = database;
    this.user = user;
    this.host = `${name}.${namespace}.svc`;

    const password = new Password(this, "password", { length: 32, special: false });
    this.credentials = new SecretV1(this, "credentials", {
      metadata: metadata("-credentials"),
      data: {
        username: user,
        password: password.result,
        database,
        host: this.host,
        port: String(PORT),
        uri: `postgresql://${user}:${password.result}@${this.host}:${PORT}/${database}`,
      },
    });
    this.uri = Fn.lookup(this.credentials.data, "uri");

    const config = new ConfigMapV1(this, "config", {
      metadata: metadata("-config"),
      data: { "pg_hba.conf": HBA },
    });

    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    });
    const selector = { matchLabels: labels };
    const ready = ["pg_isready", "-U", user, "-d", database, "-h", "127.0.0.1"];

    this.statefulSet = new StatefulSetV1(this, "server", {
      metadata: metadata(),
      spec: {
        serviceName: `${name}-headless`,
        replicas: "1",
        selector,
        template: {
          metadata: { labels, annotations: configHash(HBA) },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 60,
            securityContext: restrictedPod(USER),
            container: [
              {
                name: "postgres",
                image: imageOf("postgres", settings),
                args: ["-c", "hba_file=/etc/postgresql/pg_hba.conf"],
                port: [{ name: "postgres", containerPort: PORT }],
                env: [
                  { name: "PGDATA", value: `${DATA}/pgdata` },
                  ...(["username", "password", "database"] as const).map((key) => ({
                    name: { username: "POSTGRES_USER", password: "POSTGRES_PASSWORD", database: "POSTGRES_DB" }[key],
                    valueFrom: { secretKeyRef: { name: this.credentials.metadata.name, key } },
                  })),
                ],
                securityContext: restrictedContainer({ readOnlyRoot: true }),
                resources: resourcesOf({ cpu, memory }),
                // A first start runs initdb: it is given five minutes before liveness counts.
                startupProbe: { exec: { command: ready }, periodSeconds: 5, failureThreshold: 60 },
                readinessProbe: { exec: { command: ready }, periodSeconds: 5, timeoutSeconds: 3 },
                livenessProbe: { exec: { command: ready }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
                volumeMount: [
                  { name: "data", mountPath: DATA },
                  { name: "config", mountPath: "/etc/postgresql", readOnly: true },
                  { name: "run", mountPath: "/var/run/postgresql" },
                  { name: "tmp", mountPath: "/tmp" },
                ],
              },
            ],
            volume: [
              { name: "config", configMap: { name: config.metadata.name } },
              { name: "run", emptyDir: {} },
              { name: "tmp", emptyDir: {} },
            ],
          },
        },
        volumeClaimTemplate: [dataClaim(storage, storageClass)],
      },
    });

    const surroundings = surroundSet(this, { metadata, labels, clients: [{ name: "postgres", port: PORT }] });
    this.service = surroundings.service;
    const workload = { metadata: metadata(), selector, open: { clients: [PORT] } };
    restrictNetwork(this, workload, settings.networkPolicy);
  }
}

/** One server in a namespace of its own (`postgres` unless told otherwise); vars are the options. */
export default class PostgresStack extends NamespacedStack {
  readonly postgres: Postgres;

  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    new RandomProvider(this, "random");
    const options = readOptions<PostgresOptions>(this, context, OPTIONS);
    const namespace = this.makeNamespace(options.namespace ?? "postgres");
    this.postgres = new Postgres(this, "postgres", { ...options, namespace });
    new TerraformOutput(this, "host", { value: this.postgres.host });
    new TerraformOutput(this, "uri", {
      value: `postgresql://${this.postgres.user}@${this.postgres.host}:${this.postgres.port}/${this.postgres.database}`,
      description: "Without the password, which is in the Secret",
    });
  }
}
