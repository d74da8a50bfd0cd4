import { refuse } from "../options.ts";
import { resourcesOf, restrictedContainer, restrictedPod } from "../workload.ts";
import type { AppOptions, SidecarOptions } from "./options.ts";

/** What of an App's options makes up its pods. */
type AppPodOptions = Pick<
  AppOptions,
  "image" | "command" | "args" | "readiness" | "liveness" | "env" | "files" | "sidecars"
> &
  Required<Pick<AppOptions, "user" | "protocol" | "port" | "cpu" | "memory" | "writable" | "graceSeconds">>;

interface PodSources {
  readonly name: string;
  readonly account: string;
  /** Secret whose keys become environment variables. */
  readonly secret: string | undefined;
  /** ConfigMap with the files, by the keys that `fileKeys` gives. */
  readonly config: string | undefined;
}

/** Keys of a ConfigMap hold no slash: `/etc/shop/app.yaml` -> `etc_shop_app.yaml`. */
export function fileKey(path: string): string {
  return path.slice(1).replaceAll("/", "_");
}

/** The pod of an App: restricted, with its files, folders and sidecars. */
export function appPod(options: AppPodOptions, sources: PodSources) {
  const { name } = sources;
  return {
    ...podBase(options, sources),
    terminationGracePeriodSeconds: options.graceSeconds,
    container: [
      {
        ...containerBase(options, sources),
        name,
        image: options.image,
        command: options.command === undefined ? undefined : [...options.command],
        args: options.args === undefined ? undefined : [...options.args],
        port: options.protocol === "none" ? undefined : [{ name: options.protocol, containerPort: options.port }],
        ...probes(name, options),
      },
      ...(options.sidecars ?? []).map((sidecar) => sidecarContainer(sidecar, options)),
    ],
  };
}

/** The pod of an App's migration: the same environment and files, run once. */
export function migrationPod(
  options: AppPodOptions,
  sources: PodSources,
  migrate: { readonly command: readonly string[]; readonly image?: string },
) {
  return {
    ...podBase(options, sources),
    restartPolicy: "Never",
    container: [
      {
        ...containerBase(options, sources),
        name: "migrate",
        image: migrate.image ?? options.image,
        command: [...migrate.command],
      },
    ],
  };
}

function podBase(options: AppPodOptions, { account, config }: PodSources) {
  return {
    serviceAccountName: account,
    automountServiceAccountToken: false,
    // A Service named like the app would fill the environment with its addresses.
    enableServiceLinks: false,
    securityContext: restrictedPod(options.user),
    volume: [
      ...options.writable.map((_, i) => ({ name: `writable-${i}`, emptyDir: {} })),
      ...(config === undefined ? [] : [{ name: "files", configMap: { name: config } }]),
    ],
  };
}

function containerBase(options: AppPodOptions, { secret }: PodSources) {
  const port: Record<string, string> = options.protocol === "none" ? {} : { PORT: String(options.port) };
  return {
    env: variables({ ...port, ...options.env }),
    envFrom: secret === undefined ? undefined : [{ secretRef: { name: secret } }],
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: resourcesOf(options),
    volumeMount: [
      ...folders(options),
      ...Object.keys(options.files ?? {}).map((path) => {
        return { name: "files", mountPath: path, subPath: fileKey(path), readOnly: true };
      }),
    ],
  };
}

function sidecarContainer(sidecar: SidecarOptions, app: AppPodOptions) {
  const { name, image, command, args, env = {}, port, cpu = "10m", memory = "32Mi" } = sidecar;
  return {
    name,
    image,
    command: command === undefined ? undefined : [...command],
    args: args === undefined ? undefined : [...args],
    env: variables(env),
    port: port === undefined ? undefined : [{ name, containerPort: port }],
    readinessProbe: port === undefined ? undefined : { tcpSocket: [{ port: String(port) }], periodSeconds: 5 },
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: resourcesOf({ cpu, memory }),
    volumeMount: folders(app),
  };
}

function folders({ writable }: AppPodOptions) {
  return writable.map((mountPath, i) => ({ name: `writable-${i}`, mountPath }));
}

function variables(env: Readonly<Record<string, string>>) {
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

/** A start has two minutes before liveness counts; readiness is asked often, so that a rollout does not wait for it. */
function probes(who: string, { protocol, port, readiness, liveness }: AppPodOptions) {
  const ready = probeOf("readiness", readiness) ?? byProtocol(true);
  const alive = probeOf("liveness", liveness) ?? byProtocol(false);
  return {
    startupProbe: ready === undefined ? undefined : { ...ready, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: ready === undefined ? undefined : { ...ready, periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe:
      alive === undefined ? undefined : { ...alive, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  };

  function probeOf(option: string, given: string | readonly string[] | undefined) {
    if (given === undefined) return undefined;
    if (typeof given !== "string") return { exec: { command: [...given] } };
    if (protocol !== "http") refuse(who, option, given, `a path needs protocol http, not ${protocol}`);
    return { httpGet: { path: given, port: protocol } };
  }

  function byProtocol(serving: boolean) {
    if (protocol === "none") return undefined;
    if (serving && protocol === "http") return { httpGet: { path: "/", port: protocol } };
    if (serving && protocol === "grpc") return { grpc: [{ port }] };
    return { tcpSocket: [{ port: protocol }] };
  }
}
