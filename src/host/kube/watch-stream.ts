import type { IncomingMessage } from "node:http";
import { KubeError, UnreachableError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { KubeObject, ResourceType } from "../../model/objects.ts";
import type { ListOptions, WatchEvent } from "../../ports.ts";
import { failureOfStatus } from "./answers.ts";
import { LineSplitter } from "./lines.ts";
import { collectionPath, query } from "./paths.ts";
import type { Transport } from "./transport.ts";
import { unreachable } from "./unreachable.ts";

export type WatchOptions = ListOptions & { readonly signal: AbortSignal };

/** One line of a watch: how far it is now, and what happened (null for a bookmark). */
interface WatchStep {
  readonly version: string;
  readonly event: Exclude<WatchEvent, { type: "SYNCED" }> | null;
}

/** The server ends the watch by itself after this. */
const LIFE_SECONDS = 270;
/** Bookmarks come about once a minute; a longer silence than the watch's own life is a dead connection. */
const SILENCE_MS = 330_000;

/** One watch request, to its end. Ends normally when the server ends it; throws on a cut, a refusal and an ERROR event. */
export async function* watchOnce(
  transport: Transport,
  type: ResourceType,
  options: WatchOptions & { readonly version: string },
): AsyncGenerator<WatchStep, void, undefined> {
  const { labelSelector, fieldSelector, signal } = options;
  const collection = collectionPath(type, options.namespace ?? "");
  const asked = query({
    watch: 1,
    allowWatchBookmarks: true,
    timeoutSeconds: LIFE_SECONDS,
    resourceVersion: options.version,
    labelSelector,
    fieldSelector,
  });
  const answer = await transport.stream({ method: "GET", path: `${collection}${asked}`, signal }, SILENCE_MS);
  const lines = new LineSplitter();
  try {
    for await (const chunk of chunksOf(answer)) {
      for (const line of lines.push(chunk)) yield stepOf(line, `GET ${collection}`);
    }
  } catch (error) {
    throw error instanceof KubeError || signal.aborted ? error : unreachable(collection, error);
  } finally {
    answer.destroy();
  }
}

/** The chunks of an answer; the clock of the silence runs only while we wait for one, not while the reader works. */
async function* chunksOf(answer: IncomingMessage): AsyncGenerator<Buffer> {
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    const timer = setTimeout(() => answer.destroy(silent()), SILENCE_MS);
    const next = await chunks.next().finally(() => clearTimeout(timer));
    if (next.done === true) return;
    yield next.value;
  }
}

function silent(): Error {
  return Object.assign(new Error(`silent for ${SILENCE_MS / 1000} s`), { code: "ETIMEDOUT" });
}

function stepOf(line: string, request: string): WatchStep {
  let parsed: { type: string; object: KubeObject };
  try {
    parsed = JSON.parse(line) as { type: string; object: KubeObject };
  } catch {
    throw new UnreachableError(request, "EPROTOCOL", `a line of the watch ${request} is not JSON`);
  }
  const { type, object } = parsed;
  if (type === "ERROR") throw failureOfStatus(object as unknown as JsonObject, request);
  const version = object.metadata.resourceVersion ?? "";
  return { version, event: type === "BOOKMARK" ? null : { type: type as "ADDED" | "MODIFIED" | "DELETED", object } };
}
