import type { IncomingHttpHeaders } from "node:http";
import type { WebhookAnswers } from "./admission/webhook-answers.ts";
import type { Catalog, ServedType } from "./catalog.ts";
import type { LogEntry } from "./controllers/pod-logs.ts";
import type { History } from "./history.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { Tokens } from "./tokens.ts";
import type { User } from "./user.ts";

/** The running cluster, as request handlers see it. */
export interface Cluster {
  readonly store: MemoryStore;
  readonly catalog: Catalog;
  readonly history: History;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly gitVersion: string;
  /** Lines of a container's log; null where the simulation has none. */
  readonly podLogs: (
    namespace: string,
    name: string,
    container: string,
    previous: boolean,
  ) => readonly LogEntry[] | null;
  readonly tokens: Tokens;
  /** `127.0.0.1:40123` */
  readonly address: () => string;
}

/** One request to a resource, with what its path named already looked up. */
export interface Call {
  readonly cluster: Cluster;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly user: User;
  readonly type: ServedType;
  readonly namespace: string;
  /** "" for a collection. */
  readonly name: string;
  readonly subresource: string;
  readonly body: Buffer;
  readonly answers: WebhookAnswers;
}
