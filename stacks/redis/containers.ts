import { CA_FILE, tlsMount } from "../tls.ts";
import { imageOf, resourcesOf, restrictedContainer } from "../workload.ts";
import { CONFIG, clientProgram, PORT, USERS } from "./config.ts";
import { SENTINEL_PORT } from "./sentinel.ts";

interface ContainerOptions {
  readonly registry?: string;
  readonly image?: string;
  readonly version: string;
  readonly cpu: string;
  readonly memory: string;
  /** Name of the Secret that holds the password of the user `default`. */
  readonly credentials: string;
  /** Domain of the pods. */
  readonly members: string;
  readonly tls?: object;
}

export const EXPORTER_PORT = 9121;

const DATA = { name: "data", mountPath: "/data" };
const TMP = { name: "tmp", mountPath: "/tmp" };
const FILES = [
  { name: "config", mountPath: CONFIG, readOnly: true },
  { name: "users", mountPath: USERS, readOnly: true },
];

const exec = (...command: string[]) => ({ exec: { command } });
const passwordAs = (name: string, secret: string) => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key: "password" } },
});
const POD_NAME = { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };
/** redis-cli of probes and scripts reads it; the server does not. */
const environment = ({ credentials }: ContainerOptions) => [POD_NAME, passwordAs("REDISCLI_AUTH", credentials)];

const tlsMounts = ({ tls }: ContainerOptions) => (tls === undefined ? [] : [tlsMount]);

export function serverContainer(options: ContainerOptions, replicated: boolean) {
  // `-e` makes the LOADING answer a failure.
  const cli = clientProgram(options.tls);
  const loaded = [...cli, "-e", "-h", "127.0.0.1", "ping"];
  const inSync = `${cli.join(" ")} -e -h 127.0.0.1 info replication | grep -qE '^(role:master|master_link_status:up)'`;
  return {
    name: "redis",
    image: imageOf("redis", options),
    args: replicated ? ["sh", `${CONFIG}/start-server.sh`] : ["redis-server", `${CONFIG}/redis.conf`],
    port: [{ name: "redis", containerPort: PORT }],
    env: environment(options),
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: resourcesOf(options),
    // A start loads all data, and a replica may have to take all of it from its master: the next pod of a rolling restart
    // waits for that, up to half an hour. Later on a replica without its master goes on serving reads.
    startupProbe: replicated
      ? { ...exec("sh", "-c", inSync), periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 900 }
      : { ...exec(...loaded), periodSeconds: 5, failureThreshold: 60 },
    readinessProbe: { ...exec(...loaded), periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: {
      ...exec(...cli, "-h", "127.0.0.1", "ping"),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    lifecycle: replicated ? { preStop: [exec("sh", `${CONFIG}/hand-over.sh`)] } : undefined,
    volumeMount: [DATA, ...FILES, TMP, ...tlsMounts(options)],
  };
}

export function sentinelContainer(options: ContainerOptions) {
  const ping = [...clientProgram(options.tls), "-e", "-h", "127.0.0.1", "-p", String(SENTINEL_PORT), "ping"];
  return {
    name: "sentinel",
    image: imageOf("redis", options),
    args: ["sh", `${CONFIG}/start-sentinel.sh`],
    port: [{ name: "sentinel", containerPort: SENTINEL_PORT }],
    env: environment(options),
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: resourcesOf({ cpu: "10m", memory: "32Mi" }),
    readinessProbe: { ...exec(...ping), periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: { ...exec(...ping), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    volumeMount: [DATA, ...FILES, { name: "sentinel-tmp", mountPath: "/tmp" }, ...tlsMounts(options)],
  };
}

/** Asks the server of its own pod, at each scrape. */
export function exporterContainer(options: ContainerOptions) {
  const { registry, credentials, members, tls } = options;
  // By the pod's own name, as the certificate has no address in it.
  const address = tls === undefined ? `redis://127.0.0.1:${PORT}` : `rediss://$(POD_NAME).${members}:${PORT}`;
  return {
    name: "metrics",
    image: imageOf("oliver006/redis_exporter", { registry, version: "v1.69.0" }),
    port: [{ name: "metrics", containerPort: EXPORTER_PORT }],
    env: [
      ...(tls === undefined ? [] : [POD_NAME, { name: "REDIS_EXPORTER_TLS_CA_CERT_FILE", value: CA_FILE }]),
      { name: "REDIS_ADDR", value: address },
      passwordAs("REDIS_PASSWORD", credentials),
    ],
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: resourcesOf({ cpu: "10m", memory: "32Mi" }),
    readinessProbe: { httpGet: { path: "/health", port: "metrics" }, periodSeconds: 10 },
    volumeMount: tls === undefined ? undefined : [{ ...tlsMount, mountPath: CA_FILE, subPath: "ca.crt" }],
  };
}
