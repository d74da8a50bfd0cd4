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
import { quantity, quantityFrom, readOptions, sqlName, text } from "./options.ts";
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

export interface PostgresOptions {
  /** Namespace that exists; not made by the construct. */
  readonly namespace: string;
  /** Name of all its objects. */
  readonly name?: string;
  /** Registry in front of the image `postgres`. */
  readonly registry?: string;
  /** Tag of the image. */
  readonly version?: string;
  /** Size of the data volume. */
  readonly storage?: string;
  /** Storage class; the cluster's default where absent. */
  readonly storageClass?: string;
  readonly database?: string;
  readonly user?: string;
  /** CPU request. */
  readonly cpu?: string;
  /** Memory request and limit; at least 128Mi. */
  readonly memory?: string;
}

const DEFAULTS = {
  name: "postgres",
  version: "17.7",
  storage: "5Gi",
  database: "app",
  user: "app",
  cpu: "100m",
  memory: "512Mi",
} as const;

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
    const { name, version, storage, database, user, cpu, memory } = { ...DEFAULTS, ...options };
    const { namespace } = options;
    const labels = labelsOf("postgres", name);
    const metadata = (suffix = "") => ({ name: `${name}${suffix}`, namespace, labels });
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
                image: imageOf("postgres", { registry: options.registry, version }),
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
        volumeClaimTemplate: [dataClaim(storage, options.storageClass)],
      },
    });

    const port = [{ name: "postgres", port: PORT, targetPort: "postgres" }];
    this.service = new ServiceV1(this, "service", { metadata: metadata(), spec: { selector: labels, port } });
    new ServiceV1(this, "headless", {
      metadata: metadata("-headless"),
      spec: { selector: labels, port, clusterIp: "None", publishNotReadyAddresses: true },
    });
    new PodDisruptionBudgetV1(this, "budget", { metadata: metadata(), spec: { maxUnavailable: "1", selector } });
  }
}

type PostgresVars = Partial<PostgresOptions>;

/** One server in a namespace of its own (`postgres` unless told otherwise); vars are the options. */
export default class PostgresStack extends TerraformStack {
  readonly postgres: Postgres;

  constructor(scope: Construct, id: string, { vars }: StackContext) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    new RandomProvider(this, "random");
    const { namespace: place = "postgres", ...options } = readOptions<PostgresVars>(id, vars, {
      namespace: text,
      name: text,
      registry: text,
      version: text,
      storage: quantity,
      storageClass: text,
      database: sqlName,
      user: sqlName,
      cpu: quantity,
      memory: quantityFrom("128Mi"),
    });
    const namespace = new NamespaceV1(this, "namespace", {
      metadata: { name: place, labels: podSecurity("restricted") },
    });
    this.postgres = new Postgres(this, "postgres", { ...options, namespace: namespace.metadata.name });
    new TerraformOutput(this, "host", { value: this.postgres.host });
    new TerraformOutput(this, "uri", {
      value: `postgresql://${this.postgres.user}@${this.postgres.host}:${this.postgres.port}/${this.postgres.database}`,
      description: "Without the password, which is in the Secret",
    });
  }
}
