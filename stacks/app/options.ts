import { type CanaryOptions, canaryOptions } from "../canary.ts";
import {
  type Check,
  either,
  fieldsOf,
  flag,
  listOf,
  mapOf,
  objectName,
  oneOf,
  quantity,
  quantityFrom,
  text,
  wholeNumber,
} from "../checks.ts";
import { type CommonOptions, commonChecks, type OptionTable } from "../options.ts";

/** How many pods, by the CPU that they use of what they ask for; needs metrics-server in the cluster. */
export interface AutoscaleOptions {
  /** Fewest pods; 1 where absent. */
  readonly min?: number;
  /** Most pods. */
  readonly max: number;
  /** Per cent of the CPU request that are aimed at; 80 where absent. */
  readonly cpu?: number;
}

/** Where the world outside finds the service. */
export interface AppIngressOptions {
  /** Host name. The library's controller passes over rules without one. */
  readonly host: string;
  /** Prefix of the path, in whole elements: `/orders` is not `/orders-old`. `/` where absent. */
  readonly path?: string;
  /** IngressClass; `nginx` where absent. */
  readonly className?: string;
  /** Secret of type kubernetes.io/tls with the certificate, in the same namespace, or `default` for the controller's own. gRPC needs one. */
  readonly tls?: string;
  /** Annotations of the Ingress, for what its controller takes by them. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Job that must have succeeded before the new pods start. */
export interface MigrateOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** The app's own image where absent. */
  readonly image?: string;
}

/** A container beside the app's own, in the same pod. It sees the same writable folders. */
export interface SidecarOptions {
  /** Name of the container, and of its port. */
  readonly name: string;
  /** Image with its tag or digest. */
  readonly image: string;
  /** In place of the image's entry point. */
  readonly command?: readonly string[];
  /** In place of the image's arguments. */
  readonly args?: readonly string[];
  /** Environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Port it listens on; it is ready once it does. */
  readonly port?: number;
  /** CPU request; 10m where absent. */
  readonly cpu?: string;
  /** Memory request and limit; 32Mi where absent. */
  readonly memory?: string;
}

/** Where the library's Prometheus finds the app's metrics. */
export interface AppMetricsOptions {
  /** The app's own port where absent. */
  readonly port?: number;
  /** `/metrics` where absent. */
  readonly path?: string;
}

export interface AppOptions extends Pick<CommonOptions, "namespace" | "preset" | "cpu" | "networkPolicy"> {
  /** Name of all its objects; the construct's id where absent. */
  readonly name?: string;
  /** Image with its tag or digest: `registry.example/shop/orders:1.4.2`. */
  readonly image: string;
  /** In place of the image's entry point. */
  readonly command?: readonly string[];
  /** In place of the image's arguments. */
  readonly args?: readonly string[];
  /** User id that it runs as; it owns its writable folders. Root is not allowed. */
  readonly user?: number;
  /** What it speaks on its port: decides how it is asked whether it is ready. `none`: it listens on no port. */
  readonly protocol?: "http" | "grpc" | "tcp" | "none";
  /** Port that it listens on, also given to it as the variable PORT. */
  readonly port?: number;
  /** Port of its Service; 80 for http, else the port itself. */
  readonly servicePort?: number;
  /** Path that answers 200 once it can serve (http), or a command that succeeds. Where absent `/`, the gRPC health check, or a connection. */
  readonly readiness?: string | readonly string[];
  /** Path or command whose lasting failure restarts the container. Where absent a connection to its port. */
  readonly liveness?: string | readonly string[];
  /** Number of pods, where nothing scales them. */
  readonly replicas?: number;
  /** Lets the cluster choose the number of pods. */
  readonly autoscale?: AutoscaleOptions;
  /** Memory request and limit. */
  readonly memory?: string;
  /** Environment variables in the open. */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment variables by way of a Secret: passwords, and what other stacks give (`postgres.uri`). */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Files by their absolute path; their change restarts the pods. */
  readonly files?: Readonly<Record<string, string>>;
  /** Folders that it may write to; they go with the pod. */
  readonly writable?: readonly string[];
  /** Makes it known to the world outside. */
  readonly ingress?: AppIngressOptions;
  /** A Job before each rollout of another image or configuration. */
  readonly migrate?: MigrateOptions;
  /** Containers beside it. */
  readonly sidecars?: readonly SidecarOptions[];
  /** Tries a change on a few pods first. */
  readonly canary?: CanaryOptions;
  /** Lets Prometheus scrape it; `true` on its own port at /metrics. */
  readonly metrics?: boolean | AppMetricsOptions;
  /** Seconds to finish what is in flight before it is killed. */
  readonly graceSeconds?: number;
}

const port = wholeNumber(1, 65535);

const probe = either(listOf(text), (value) => {
  if (typeof value === "string" && value.startsWith("/")) return value;
  throw new Error(`${JSON.stringify(value)} is neither a path that begins with / nor a list of a command's words`);
});

const host: Check<string> = (value) => {
  if (typeof value === "string" && /^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is no name of a host in lower case, without port and path`);
};

const path: Check<string> = (value) => {
  if (typeof value === "string" && /^\/[\w./-]*[\w-]$/.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is not an absolute path`);
};

const variables: Check<Readonly<Record<string, string>>> = (value) => {
  const read = mapOf((each) => (typeof each === "boolean" ? String(each) : each === "" ? "" : text(each)))(value);
  const wrong = Object.keys(read).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (wrong !== undefined) throw new Error(`${JSON.stringify(wrong)} is no name of an environment variable`);
  return read;
};

const files: Check<Readonly<Record<string, string>>> = (value) => {
  const read = mapOf(text)(value);
  for (const each of Object.keys(read)) path(each);
  return read;
};

export const APP_OPTIONS = {
  checks: {
    namespace: commonChecks.namespace,
    name: commonChecks.name,
    preset: commonChecks.preset,
    cpu: commonChecks.cpu,
    networkPolicy: commonChecks.networkPolicy,
    image: text,
    command: listOf(text),
    args: listOf(text),
    user: wholeNumber(1, 2 ** 31 - 1),
    protocol: oneOf("http", "grpc", "tcp", "none"),
    port,
    servicePort: port,
    readiness: probe,
    liveness: probe,
    replicas: wholeNumber(0, 1000),
    autoscale: fieldsOf<AutoscaleOptions>(
      { min: wholeNumber(1, 1000), max: wholeNumber(1, 1000), cpu: wholeNumber(1, 1000) },
      "max",
    ),
    memory: quantityFrom("8Mi"),
    env: variables,
    secrets: variables,
    files,
    writable: listOf(path),
    ingress: fieldsOf<AppIngressOptions>(
      { host, path: either(oneOf("/"), path), className: objectName, tls: objectName, annotations: mapOf(text) },
      "host",
    ),
    migrate: fieldsOf<MigrateOptions>({ command: listOf(text), image: text }, "command"),
    sidecars: listOf(
      fieldsOf<SidecarOptions>(
        {
          name: objectName,
          image: text,
          command: listOf(text),
          args: listOf(text),
          env: variables,
          port,
          cpu: quantity,
          memory: quantity,
        },
        "name",
        "image",
      ),
    ),
    canary: canaryOptions,
    metrics: (value) =>
      typeof value === "boolean" ? flag(value) : fieldsOf<AppMetricsOptions>({ port, path: text })(value),
    graceSeconds: wholeNumber(0, 3600),
  },
  always: { user: 10001, protocol: "http", port: 8080, writable: ["/tmp"], graceSeconds: 30 },
  development: { replicas: 1, cpu: "20m", memory: "96Mi" },
  production: { replicas: 3, cpu: "100m", memory: "256Mi" },
} satisfies OptionTable<AppOptions>;
