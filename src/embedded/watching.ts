import type { ServerResponse } from "node:http";
import type { KubeObject } from "../model/objects.ts";
import type { Call } from "./call.ts";
import { type ConnectionLimits, endUnread } from "./connection-limits.ts";
import { Refusal } from "./failures.ts";
import { negotiate } from "./negotiate.ts";
import { invalidListOption, objectText, parseInteger, parseVersion, selection } from "./reading.ts";
import type { StoreEvent } from "./store.ts";
import { asVersion } from "./versions.ts";

const bookmarkEverySeconds = 60;
/** Without a wish the real server ends a watch after half an hour to an hour; an hour keeps an idle server idle. */
const usualSeconds = 3600;

interface Watching {
  readonly limits: ConnectionLimits;
  readonly log: (line: string) => void;
}

/**
 * Streams changes of a collection, one JSON event a line, until the client leaves, `timeoutSeconds` pass or the server
 * closes (API reference, "Efficient detection of changes"). A client that does not read costs no more than `limits` say:
 * what it misses waits in the history, and where that forgot it, it is told 410. Throws Refusal before the first byte only.
 */
export function watchObjects(call: Call, response: ServerResponse, { limits, log }: Watching): void {
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
  };
  const sendObject = (kind: string, object: KubeObject) => send(kind, objectText(call, object, representation));
  const isFull = () => response.writableLength > limits.watchBytes;

  const fromNow = asked === "" || asked === "0" || initial;
  const there = fromNow ? cluster.store.list(type, call.namespace) : [];
  let told = 0;
  /** Everything up to here was sent, or is nothing that this client wants. */
  let seen = fromNow ? cluster.store.resourceVersion() : version;
  let endsInitial = initial && bookmarks;
  let waits = false;
  let unfollow = () => {};

  const deliver = (event: StoreEvent): boolean => {
    const before = event.previous !== null && within(event.previous) && matches(event.previous);
    const after = event.type !== "DELETED" && within(event.object) && matches(event.object);
    if (after) sendObject(before ? "MODIFIED" : "ADDED", event.object);
    else if (before) sendObject("DELETED", lastMatching(event));
    seen = Number(event.object.metadata.resourceVersion);
    waits = isFull();
    return !waits;
  };
  const goOn = () => {
    waits = false;
    while (told < there.length) {
      const object = there[told++]!;
      if (!within(object) || !matches(object)) continue;
      sendObject("ADDED", object);
      waits = isFull();
      if (waits) return;
    }
    if (endsInitial) send("BOOKMARK", bookmarkText(call, seen, { "k8s.io/initial-events-end": "true" }));
    endsInitial = false;
    try {
      unfollow = cluster.history.follow(type, seen, deliver);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send("ERROR", JSON.stringify(error.body()));
      response.end();
    }
  };
  response.on("drain", () => {
    if (waits && !response.writableEnded) goOn();
  });

  const timers: NodeJS.Timeout[] = [];
  response.on("close", () => {
    unfollow();
    for (const timer of timers) clearTimeout(timer);
  });
  goOn();
  if (response.writableEnded) return;
  // While events wait to be read, the present is not yet this client's.
  const bookmark = () => !waits && send("BOOKMARK", bookmarkText(call, cluster.store.resourceVersion()));
  if (bookmarks) timers.push(setInterval(bookmark, bookmarkEverySeconds * 1000));
  const end = () => {
    unfollow();
    waits = false;
    endUnread(response, limits.unreadMs, log);
    response.end();
  };
  timers.push(setTimeout(end, (timeout > 0 ? timeout : usualSeconds) * 1000));
}

/** An object that stops matching arrives as it last matched, under the number of the change. */
function lastMatching(event: StoreEvent): KubeObject {
  if (event.type === "DELETED" || event.previous === null) return event.object;
  const { resourceVersion } = event.object.metadata;
  return { ...event.previous, metadata: { ...event.previous.metadata, resourceVersion } };
}

function bookmarkText({ type }: Call, version: number, annotations?: Record<string, string>): string {
  const metadata = {
    resourceVersion: String(version),
    creationTimestamp: null,
    ...(annotations === undefined ? {} : { annotations }),
  };
  const bookmark = { kind: type.kind, apiVersion: "", metadata: metadata as unknown as KubeObject["metadata"] };
  const { kind, apiVersion, metadata: meta } = asVersion(bookmark, type);
  return JSON.stringify({ kind, apiVersion, metadata: meta });
}
