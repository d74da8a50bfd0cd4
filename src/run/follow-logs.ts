import { KubeError, UnreachableError, userError } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import { idOf, type KubeObject } from "../model/objects.ts";
import { plainText } from "../model/text.ts";
import type { Clock, Kube, LogLine } from "../ports.ts";
import { containerNames, podsOf } from "./target-pods.ts";

export interface LogsOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly tailLines: number | null;
  readonly sinceSeconds: number | null;
  /** null: all containers. */
  readonly container: string | null;
  readonly signal: AbortSignal;
}

export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Hears of each line; harmless for a terminal. */
export type OnLogLine = (source: LogSource, line: LogLine) => void;

/** How often new pods are looked for while following. */
const LOOK_AGAIN_MS = 2_000;
const RECONNECT_MS = 1_000;

/**
 * Reads the logs of all pods of some objects, one after the other; when following, all at once, with the pods that come
 * later. Ends with the logs, or with the signal, and names the containers that had none. UserErrors `no-pods`,
 * `container-unknown`.
 */
export async function readLogs(
  { kube, clock }: { readonly kube: Kube; readonly clock: Clock },
  objects: readonly KubeObject[],
  options: LogsOptions,
  onLine: OnLogLine,
): Promise<readonly LogSource[]> {
  const pods = await podsOf(kube, objects);
  const sources = sourcesOf(pods, options.container);
  if (pods.length === 0 && !options.follow) throw noPods(objects);
  if (pods.length > 0 && sources.length === 0) throw noContainer(pods, options.container ?? "");
  if (!options.follow) {
    const silent: LogSource[] = [];
    for (const source of sources) if (!(await readOnce(kube, source, options, onLine))) silent.push(source);
    return silent;
  }
  const seen = new Map<string, Promise<void>>();
  for (let now = sources; !options.signal.aborted; now = sourcesOf(await podsOf(kube, objects), options.container)) {
    for (const source of now) {
      const key = `${source.namespace}/${source.pod}/${source.container}`;
      if (!seen.has(key)) seen.set(key, followOne(kube, clock, source, options, onLine));
    }
    await clock.sleep(LOOK_AGAIN_MS, options.signal).catch(() => undefined);
  }
  await Promise.allSettled(seen.values());
  return [];
}

/** Whether there was such a log. */
async function readOnce(kube: Kube, source: LogSource, options: LogsOptions, onLine: OnLogLine): Promise<boolean> {
  try {
    for await (const line of kube.logStream({ ...options, ...source, sinceTime: null })) onLine(source, clean(line));
    return true;
  } catch (error) {
    if (!isNotThere(error)) throw error;
    return false;
  }
}

/** One container through restarts and cut connections: goes on after the last line that was told. */
async function followOne(
  kube: Kube,
  clock: Clock,
  source: LogSource,
  options: LogsOptions,
  onLine: OnLogLine,
): Promise<void> {
  const { signal } = options;
  let last = "";
  // Without times nobody knows what was told already.
  let untimed = false;
  while (!signal.aborted && !untimed) {
    const from = last === "" ? { sinceTime: null } : { sinceTime: last, tailLines: null, sinceSeconds: null };
    try {
      for await (const line of kube.logStream({ ...options, ...from, ...source })) {
        // Times have nanoseconds, but the server goes by seconds: what it sends again is passed over.
        if (line.time !== "" && line.time <= last) continue;
        last = line.time;
        untimed ||= line.time === "";
        onLine(source, clean(line));
      }
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return;
      if (!isNotThere(error) && !(error instanceof UnreachableError)) throw error;
    }
    await clock.sleep(RECONNECT_MS, signal).catch(() => undefined);
  }
}

/** 400: the container has not started, or has no previous run; 404: the pod is gone. */
function isNotThere(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 404 || error.status === 400);
}

function clean({ time, text }: LogLine): LogLine {
  return { time, text: plainText(text).replaceAll("\n", " ") };
}

function sourcesOf(pods: readonly KubeObject[], container: string | null): LogSource[] {
  return pods.flatMap((pod) =>
    containerNames(pod)
      .filter((name) => container === null || name === container)
      .map((name) => ({ namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name, container: name })),
  );
}

function noPods(objects: readonly KubeObject[]): Error {
  const [only, another] = objects;
  const what = only !== undefined && another === undefined ? describeId(idOf(only)) : "what was named";
  return userError("no-pods", `${what} has no pods`, {
    remedy: "name a workload or a Service; `k8sctl describe` says why it has none",
  });
}

function noContainer(pods: readonly KubeObject[], name: string): Error {
  const known = [...new Set(pods.flatMap(containerNames))];
  return userError("container-unknown", `no container is called ${name}`, {
    remedy: `use one of: ${known.join(", ")}`,
  });
}
