import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import type { Construct } from "constructs";
import { amountOf } from "../checks.ts";
import { duringRestart, onVersionChange } from "../consequence.ts";
import { tlsMount } from "../tls.ts";
import {
  configHash,
  dataClaim,
  imageOf,
  type MetadataOf,
  resourcesOf,
  restrictedContainer,
  scrapedAt,
} from "../workload.ts";
import { RESTORE } from "./backup-scripts.ts";
import { PASSWORDS } from "./declared.ts";
import {
  commonPod,
  commonVolumes,
  configMount,
  DATA,
  PGDATA,
  type PodContext,
  scriptContainer,
  serverMounts,
} from "./pods.ts";
import { CONFIG, METRICS, PORT, RUN } from "./tuning.ts";

export const METRICS_PORT = 9187;

export interface ServerContext extends PodContext {
  readonly settings: PodContext["settings"] & {
    readonly cpu: string;
    readonly memory: string;
    readonly storage: string;
    readonly storageClass?: string;
    readonly metrics?: boolean;
    readonly exporterVersion: string;
    readonly restoreFrom?: object;
  };
  readonly metadata: MetadataOf;
  /** Of all servers of the instance, whatever their part. */
  readonly labels: Record<string, string>;
  readonly config: { readonly name: string; readonly text: string };
  /** Claim that the primary restores from, mounted read-only. */
  readonly restoreClaim: string | undefined;
}

export function partLabels(labels: Record<string, string>, part: "primary" | "replica"): Record<string, string> {
  return { ...labels, "app.kubernetes.io/component": part };
}

/** The set of the primary (one pod), or of its replicas; the two differ in what prepares their volume. */
export function makeServers(
  scope: Construct,
  part: "primary" | "replica",
  context: ServerContext,
  replicas: number,
): StatefulSetV1 {
  const { settings, metadata, labels, config } = context;
  const primary = part === "primary";
  const own = partLabels(labels, part);
  const claim = primary ? context.restoreClaim : undefined;
  const restore = claim === undefined ? [] : [{ name: "restore", mountPath: RESTORE, readOnly: true }];
  const prepare = scriptContainer(context, "prepare", primary ? "prepare.sh" : "clone.sh", {
    mounts: [...serverMounts, configMount, ...restore],
    memory: "128Mi",
  });
  const passwords = scriptContainer(context, "passwords", "passwords.sh", { mounts: serverMounts });
  const annotations = { ...configHash(config.text), ...(settings.metrics ? scrapedAt(METRICS_PORT) : {}) };

  const set = new StatefulSetV1(scope, primary ? "server" : "replicas", {
    metadata: { ...metadata(primary ? "" : "-replica"), labels: own },
    spec: {
      serviceName: metadata("-headless").name,
      replicas: String(replicas),
      // Each replica clones the primary and none of them waits for another. A primary that a wrong setting broke gives way to
      // the right one by itself; in order, it would be waited for.
      podManagementPolicy: "Parallel",
      selector: { matchLabels: own },
      template: {
        metadata: { labels: own, annotations },
        spec: {
          ...commonPod(context),
          // A fast shutdown writes out what is in the buffers.
          terminationGracePeriodSeconds: 60,
          topologySpreadConstraint: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
            maxSkew: 1,
            topologyKey,
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: [{ matchLabels: labels }],
          })),
          initContainer: [prepare],
          container: [
            serverContainer(context, primary, restore),
            { ...passwords, readinessProbe: { exec: { command: ["test", "-e", "/tmp/in-step"] }, periodSeconds: 5 } },
            ...(settings.metrics ? [exporter(settings)] : []),
          ],
          volume: [
            ...commonVolumes(context, ["superuser", "replication"], "server"),
            { name: "config", configMap: { name: config.name } },
            { name: "run", emptyDir: {} },
            // Parallel queries pass their rows through it; the container's own would end at 64Mi.
            {
              name: "shm",
              emptyDir: { medium: "Memory", sizeLimit: `${Math.floor(amountOf(settings.memory) / 4 / 1024 ** 2)}Mi` },
            },
            ...(claim === undefined ? [] : [{ name: "restore", persistentVolumeClaim: { claimName: claim } }]),
          ],
        },
      },
      volumeClaimTemplate: [dataClaim(settings.storage, settings.storageClass)],
    },
  });
  const readers = replicas === 1 ? "reads at the replica stop until it is back" : "one after the other";
  duringRestart(set, primary ? "nobody can write until the primary is back" : readers);
  onVersionChange(set, {
    container: "postgres",
    to: "major",
    says: "PostgreSQL cannot read the data of another major version: make an instance of it under another name, with restoreFrom a dump of this one",
    // In place, over a claim that is deleted, it takes the dump.
    refuse: settings.restoreFrom === undefined,
  });
  return set;
}

function serverContainer(
  { settings, tls }: ServerContext,
  primary: boolean,
  restore: { name: string; mountPath: string }[],
) {
  const ready = ["pg_isready", "-q", "-U", "postgres", "-d", "postgres", "-h", "127.0.0.1"];
  return {
    name: "postgres",
    image: imageOf("postgres", settings),
    args: ["-c", `config_file=${CONFIG}/postgresql.conf`],
    port: [{ name: "postgres", containerPort: PORT }],
    env: [
      { name: "PGDATA", value: PGDATA },
      ...(primary
        ? [
            { name: "POSTGRES_PASSWORD_FILE", value: `${PASSWORDS}/superuser` },
            { name: "POSTGRES_INITDB_ARGS", value: "--data-checksums" },
          ]
        : []),
    ],
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: resourcesOf(settings),
    // A first start runs initdb, and one after a crash or a restore replays the log: it has half an hour.
    startupProbe: { exec: { command: ready }, periodSeconds: 2, failureThreshold: 900 },
    readinessProbe: { exec: { command: ready }, periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: { exec: { command: ready }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    volumeMount: [
      { name: "data", mountPath: DATA },
      { name: "run", mountPath: RUN },
      configMount,
      { name: "passwords", mountPath: PASSWORDS, readOnly: true },
      { name: "shm", mountPath: "/dev/shm" },
      { name: "tmp", mountPath: "/tmp" },
      ...(tls === undefined ? [] : [tlsMount]),
      ...restore,
    ],
  };
}

/** Asks by the socket, as a role that has no password and may not come in by the network. */
function exporter(settings: ServerContext["settings"]) {
  return {
    name: "exporter",
    image: imageOf("prometheuscommunity/postgres-exporter", {
      registry: settings.registry,
      version: settings.exporterVersion,
    }),
    env: [
      { name: "DATA_SOURCE_NAME", value: `host=${RUN} port=${PORT} user=${METRICS} dbname=postgres sslmode=disable` },
    ],
    port: [{ name: "metrics", containerPort: METRICS_PORT }],
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: resourcesOf({ cpu: "10m", memory: "64Mi" }),
    readinessProbe: { httpGet: { path: "/", port: "metrics" }, periodSeconds: 10 },
    volumeMount: [{ name: "run", mountPath: RUN }],
  };
}
