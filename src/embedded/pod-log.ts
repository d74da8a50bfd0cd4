import type { ServerResponse } from "node:http";
import type { KubeObject } from "../model/objects.ts";
import { at, listAt, textAt } from "../model/read-field.ts";
import { type Answer, plainText } from "./answer.ts";
import type { Call } from "./call.ts";
import type { LogEntry } from "./controllers/pod-logs.ts";
import { badRequest, type FieldError, forbiddenField, invalid, invalidValue } from "./failures.ts";
import { liveObject, parseInteger } from "./reading.ts";

/** PodLogOptions, API reference. */
interface LogOptions {
  readonly container: string;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | null;
  readonly limitBytes: number | null;
  /** Milliseconds since 1970: only lines from then on. */
  readonly since: number;
}

/** A container's log as the simulation tells it. Throws Refusal. */
export function logAnswer(call: Call): Answer {
  const pod = liveObject(call);
  const options = logOptions(call, pod);
  if (textAt(pod, "spec", "nodeName") === "") return plainText(204, "");
  return plainText(200, limited(shown(linesOf(call, pod, options), options), options.limitBytes));
}

export const followsLog = ({ method, subresource, query }: Call): boolean =>
  method === "GET" && subresource === "log" && ["true", "1"].includes(query.get("follow") ?? "");

/** Streams a container's log until the container or its pod ends, or the client goes. Throws before the first byte only. */
export function followLog(call: Call, response: ServerResponse): void {
  const pod = liveObject(call);
  const options = logOptions(call, pod);
  if (textAt(pod, "spec", "nodeName") === "") {
    response.writeHead(204).end();
    return;
  }
  const first = linesOf(call, pod, options);
  let left = options.limitBytes;
  const tell = (text: string) => {
    const cut = Buffer.from(limited(text, left));
    if (left !== null) left -= cut.length;
    if (cut.length > 0) response.write(cut);
    if (left === 0) response.end();
  };
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache, private" });
  response.flushHeaders();
  tell(shown(first, options));
  let told = first.length;
  const run = runOf(pod, options.container);
  if (run === "" || options.previous) {
    response.end();
    return;
  }
  const look = () => {
    if (response.writableEnded) return;
    const now = call.cluster.store.get(call.type, call.namespace, call.name);
    const same = now !== null && now.metadata.uid === pod.metadata.uid;
    if (same && startOf(now, options.container) === run) {
      const lines = call.cluster.podLogs(call.namespace, call.name, options.container, false) ?? [];
      tell(shown(lines.slice(told), { ...options, tailLines: null }));
      told = lines.length;
    }
    if (!same || runOf(now, options.container) !== run) response.end();
  };
  const { store, history } = call.cluster;
  // The controllers, who know the lines, hear of a change at the same time.
  const unfollow = history.follow(call.type, store.resourceVersion(), ({ object }) => {
    if (object.metadata.name === call.name && object.metadata.namespace === call.namespace) setImmediate(look);
    return true;
  });
  response.on("close", unfollow);
}

function logOptions({ query, name, cluster }: Call, pod: KubeObject): LogOptions {
  const [tailLines, limitBytes] = [parseInteger(query.get("tailLines")), parseInteger(query.get("limitBytes"))];
  const seconds = parseInteger(query.get("sinceSeconds"));
  const time = query.get("sinceTime") ?? "";
  const errors: FieldError[] = [];
  if (tailLines !== null && tailLines < 0)
    errors.push(invalidValue("tailLines", String(tailLines), "must be greater than or equal to 0"));
  if (limitBytes !== null && limitBytes < 1)
    errors.push(invalidValue("limitBytes", String(limitBytes), "must be greater than 0"));
  if (seconds !== null && time !== "")
    errors.push(forbiddenField("", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  else if (seconds !== null && seconds < 1)
    errors.push(invalidValue("sinceSeconds", String(seconds), "must be greater than 0"));
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, name, errors);
  // The server hands a time to the kubelet in whole seconds.
  const from = time === "" ? 0 : Math.floor(Date.parse(time) / 1000) * 1000;
  if (Number.isNaN(from)) throw badRequest(`parsing time "${time}" as "2006-01-02T15:04:05Z07:00": cannot parse it`);
  return {
    container: containerOf(pod, query.get("container") ?? ""),
    previous: ["true", "1"].includes(query.get("previous") ?? ""),
    timestamps: ["true", "1"].includes(query.get("timestamps") ?? ""),
    tailLines,
    limitBytes,
    since: seconds === null ? from : cluster.now() - seconds * 1000,
  };
}

function containerOf(pod: KubeObject, asked: string): string {
  const { name } = pod.metadata;
  const containers = listAt(pod, "spec", "containers").map((each) => textAt(each, "name"));
  const names = [...listAt(pod, "spec", "initContainers").map((each) => textAt(each, "name")), ...containers];
  const [only = ""] = containers;
  const container = asked === "" && containers.length === 1 ? only : asked;
  if (container === "")
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`);
  if (!names.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
  return container;
}

function linesOf(call: Call, pod: KubeObject, { container, previous }: LogOptions): readonly LogEntry[] {
  const { name } = call;
  const waiting = textAt(stateOf(pod, container), "state", "waiting", "reason");
  const lines = call.cluster.podLogs(call.namespace, name, container, previous);
  if (previous && lines === null)
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  if (lines === null && waiting !== "")
    throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${waitingText(waiting)}`);
  return lines ?? [];
}

function stateOf(pod: KubeObject, container: string): unknown {
  const states = [...listAt(pod, "status", "initContainerStatuses"), ...listAt(pod, "status", "containerStatuses")];
  return states.find((each) => textAt(each, "name") === container);
}

/** Names the run that a container is in; "" while it does not run. */
function runOf(pod: KubeObject, container: string): string {
  return at(stateOf(pod, container), "state", "running") === undefined ? "" : startOf(pod, container);
}

/** The container's last start, also of one that has ended. */
function startOf(pod: KubeObject, container: string): string {
  const state = stateOf(pod, container);
  const started = ["running", "terminated"].map((each) => textAt(state, "state", each, "startedAt")).join("");
  return started === "" ? "" : `${at(state, "restartCount")} ${started}`;
}

function waitingText(reason: string): string {
  if (reason === "ErrImagePull") return "image can't be pulled";
  return reason === "ImagePullBackOff" ? "trying and failing to pull image" : reason;
}

/** As a kubelet goes about it: the last lines first, of them those that are new enough. */
function shown(lines: readonly LogEntry[], { tailLines, since, timestamps }: LogOptions): string {
  const last = tailLines === null ? lines : lines.slice(Math.max(0, lines.length - tailLines));
  return last
    .filter(({ time }) => Date.parse(time) >= since)
    .map(({ time, text }) => `${timestamps ? `${time} ` : ""}${text}\n`)
    .join("");
}

function limited(text: string, bytes: number | null): string {
  return bytes === null ? text : Buffer.from(text).subarray(0, bytes).toString();
}
