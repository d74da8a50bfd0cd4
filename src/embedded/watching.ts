import type { ServerResponse } from "node:http";
import type { KubeObject } from "../model/objects.ts";
import type { Call } from "./call.ts";
import { Refusal } from "./failures.ts";
import { negotiate } from "./negotiate.ts";
import { invalidListOption, objectText, parseInteger, parseVersion, selection } from "./reading.ts";
import type { StoreEvent } from "./store.ts";
import { asVersion } from "./versions.ts";

const bookmarkEverySeconds = 60;
/** A client that reads nothing is cut off here, before it costs the others memory. */
const maximumBacklog = 64 * 1024 * 1024;

/**
 * Streams changes of a collection, one JSON event a line, until the client leaves, `timeoutSeconds` pass or the server
 * closes (API reference, "Efficient detection of changes"). Throws Refusal before the first byte only.
 */
export function watchObjects(call: Call, response: ServerResponse): void {
  const { cluster, type, query } = call;
  const representation = negotiate(call.headers.accept, "object");
  const matches = selection(call) ?? (() => true);
  const within = (object: KubeObject) =>
    (call.namespace === "" || object.metadata.namespace === call.namespace) &&
    (call.name === "" || object.metadata.name === call.name);
  const asked = query.get("resourceVersion") ?? "";
  const version = parseVersion(asked);
  const initial = query.get("sendInitialEvents") === "true";
  if (initial && query.get("resourceVersionMatch") !== "NotOlderThan")
    throw invalidListOption(
      "resourceVersionMatch",
      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
  const timeout = parseInteger(query.get("timeoutSeconds")) ?? 0;
  const bookmarks = query.get("allowWatchBookmarks") === "true" || query.get("allowWatchBookmarks") === "1";

  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  const send = (kind: string, text: string) => {
    response.write(`{"type":"${kind}","object":${text}}\n`);
    if (response.writableLength > maximumBacklog) response.destroy();
  };
  const sendObject = (kind: string, object: KubeObject) => send(kind, objectText(call, object, representation));
  const deliver = (event: StoreEvent) => {
    const before = event.previous !== null && within(event.previous) && matches(event.previous);
    const after = event.type !== "DELETED" && within(event.object) && matches(event.object);
    if (after) sendObject(before ? "MODIFIED" : "ADDED", event.object);
    else if (before) sendObject("DELETED", lastMatching(event));
  };
  const bookmark = (annotations?: Record<string, string>) => send("BOOKMARK", bookmarkText(call, annotations));

  let unfollow = () => {};
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    unfollow();
    for (const timer of timers) clearTimeout(timer);
  };
  response.on("close", end);

  if (asked === "" || asked === "0" || initial) {
    for (const object of cluster.store.list(type, call.namespace))
      if (within(object) && matches(object)) sendObject("ADDED", object);
    if (initial && bookmarks) bookmark({ "k8s.io/initial-events-end": "true" });
  }
  try {
    const from = asked === "" || asked === "0" || initial ? cluster.store.resourceVersion() : version;
    unfollow = cluster.history.follow(type, from, deliver);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    send("ERROR", JSON.stringify(error.body()));
    response.end();
    return;
  }
  if (bookmarks) timers.push(setInterval(() => bookmark(), bookmarkEverySeconds * 1000));
  // Without a wish the real server ends a watch after half an hour to an hour; an hour keeps an idle server idle.
  timers.push(setTimeout(() => response.end(), (timeout > 0 ? timeout : 3600) * 1000));
}

/** An object that stops matching arrives as it last matched, under the number of the change. */
function lastMatching(event: StoreEvent): KubeObject {
  if (event.type === "DELETED" || event.previous === null) return event.object;
  const { resourceVersion } = event.object.metadata;
  return { ...event.previous, metadata: { ...event.previous.metadata, resourceVersion } };
}

function bookmarkText(call: Call, annotations: Record<string, string> | undefined): string {
  const { type, cluster } = call;
  const metadata = {
    resourceVersion: String(cluster.store.resourceVersion()),
    creationTimestamp: null,
    ...(annotations === undefined ? {} : { annotations }),
  };
  const bookmark = { kind: type.kind, apiVersion: "", metadata: metadata as unknown as KubeObject["metadata"] };
  const { kind, apiVersion, metadata: meta } = asVersion(bookmark, type);
  return JSON.stringify({ kind, apiVersion, metadata: meta });
}
