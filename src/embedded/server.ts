import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { ClusterAccess } from "../model/access.ts";
import { accessOf } from "./access.ts";
import { QuotaStatus } from "./admission/quota.ts";
import { ApiServices } from "./api-services.ts";
import { bootstrap, furnishNamespace } from "./bootstrap.ts";
import type { Cluster } from "./call.ts";
import { Catalog, isStored } from "./catalog.ts";
import { type ConnectionLimits, closing, usualLimits } from "./connection-limits.ts";
import { controllerStore } from "./controller-store.ts";
import { type Controllers, startControllers } from "./controllers/index.ts";
import { type ClusterCredentials, type KeyPair, makeCredentials } from "./credentials.ts";
import { CustomResources } from "./custom-resources.ts";
import { GarbageCollector } from "./garbage.ts";
import { History } from "./history.ts";
import { createApiServer } from "./http.ts";
import { Journal } from "./journal.ts";
import { LaterQueue } from "./later.ts";
import { MemoryStore } from "./memory-store.ts";
import { NamespaceEmptier } from "./namespaces.ts";
import { RequestSigner } from "./signing.ts";
import { keepPort, keptCredentials, keptPort, makePrivateFolder } from "./state-folder.ts";
import type { Store } from "./store.ts";
import { TokenSecrets } from "./token-secrets.ts";
import { Tokens } from "./tokens.ts";

export interface EmbeddedOptions {
  /** Cluster's name; `embedded` where absent. The node is called `NAME-control-plane`. */
  readonly name?: string;
  /** 0 or absent: any free port of the loopback interface. */
  readonly port?: number;
  readonly credentials?: ClusterCredentials;
  /** Folder for state, certificates and port, made if missing; absent: everything is in memory. */
  readonly dir?: string;
  /** false: nothing is simulated, objects stay as they are written. Absent: true. */
  readonly simulate?: boolean;
  /**
   * false: an API server alone. No garbage is collected, no namespace furnished or emptied, no quota counted. For comparing
   * with a real API server whose controller manager is not running. Absent: true.
   */
  readonly keepHouse?: boolean;
  /** Factor on every delay of the simulation: 1 is about as fast as kind; tests take 0.01. Absent: 1. */
  readonly timeScale?: number;
  /** Absent: the system's. With one that is turned by hand, hours of simulated life pass in no time. */
  readonly clock?: Clock;
  readonly log?: (line: string) => void;
  /** Absent: `usualLimits`. Tests take shorter times and smaller sizes. */
  readonly limits?: Partial<ConnectionLimits>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back after `ms`; returns the cancel. */
  setTimer(ms: number, callback: () => void): () => void;
}

export interface EmbeddedServer {
  /** Administrator's access by client certificate. */
  readonly access: ClusterAccess;
  readonly store: Store;
  readonly port: number;
  close(): Promise<void>;
}

const version = "v1.34.2";

/**
 * Starts an embedded cluster inside this process: a Kubernetes API server over mutual TLS on 127.0.0.1.
 * For tests: `const cluster = await startEmbedded(); ... connect(cluster.access) ... await cluster.close()`.
 * Ready when the promise resolves. Without `dir` nothing is written to disk.
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const name = options.name ?? "embedded";
  const log = options.log ?? (() => {});
  const { dir } = options;
  const clock = options.clock ?? { now: Date.now, setTimer: (ms, callback) => safeTimer(ms, callback, log) };
  if (dir !== undefined) makePrivateFolder(dir);
  const credentials =
    options.credentials ??
    (dir === undefined ? await makeCredentials(name, Date.now()) : await keptCredentials(dir, name));
  const catalog = new Catalog();
  let journal: Journal | null = null;
  const store: MemoryStore = new MemoryStore({
    types: catalog.all().filter(isStored).reverse(),
    journal: (event, version) => journal?.append(event, version),
    now: clock.now,
  });
  if (dir !== undefined) journal = new Journal(dir, store);
  let controllers: Controllers | null = null;
  let port = options.port ?? (dir === undefined ? 0 : keptPort(dir));
  const cluster: Cluster = {
    store,
    catalog,
    history: new History(store),
    now: clock.now,
    gitVersion: `${version}+k8sctl-embedded`,
    podLogs: (...of) => controllers?.podLogs(...of) ?? null,
    tokens: new Tokens(credentials.authority),
    address: () => `127.0.0.1:${port}`,
  };
  const stopHousekeeping = keepHouse(cluster, credentials.authority, log, options.keepHouse ?? true);
  bootstrap(cluster, { nodeName: `${name}-control-plane`, kubelet: `${version}-embedded` });

  if (options.simulate !== false)
    controllers = startControllers(controllerStore(cluster), {
      ...clock,
      timeScale: options.timeScale ?? 1,
      nodeName: `${name}-control-plane`,
    });

  const settled = async () => {
    await journal?.settled();
    journal?.compactIfLong(store);
  };
  const limits = { ...usualLimits, ...options.limits };
  const server = createApiServer(cluster, credentials, { log, settled, limits });
  const closeServer = closing(server);
  try {
    await listen(server, port);
  } catch (error) {
    // Somebody took the kept port meanwhile: another one is better than no cluster.
    if (options.port !== undefined || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    await listen(server, 0);
  }
  port = (server.address() as AddressInfo).port;
  if (dir !== undefined) keepPort(dir, port);
  return {
    access: accessOf(name, port, credentials),
    store,
    port,
    close: async () => {
      controllers?.stop();
      stopHousekeeping();
      cluster.history.close();
      await closeServer();
      journal?.close();
      journal = null;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** A controller that fails (a full disk, a namespace that is going) must not take the server with it. */
function safeTimer(ms: number, callback: () => void, log: (line: string) => void): () => void {
  const timer = setTimeout(() => {
    try {
      callback();
    } catch (error) {
      log(`controller: ${error instanceof Error ? error.stack : error}`);
    }
  }, ms);
  return () => clearTimeout(timer);
}

/** What the server does by itself: furnish and empty namespaces, collect garbage, serve custom kinds. */
function keepHouse(cluster: Cluster, authority: KeyPair, log: (line: string) => void, whole: boolean): () => void {
  const failed = (error: unknown) => log(`housekeeping: ${error instanceof Error ? error.stack : error}`);
  const queue = new LaterQueue(failed);
  const definitions = new CustomResources(cluster, queue);
  const ofServer = [definitions, new ApiServices(cluster, queue)];
  const ofControllers = () => [
    new GarbageCollector(cluster, queue),
    new NamespaceEmptier(cluster, queue),
    new QuotaStatus(cluster, queue),
    new TokenSecrets(cluster, queue, authority.certificate),
    new RequestSigner(cluster, authority, failed),
  ];
  const parts = whole ? [...ofServer, ...ofControllers()] : ofServer;
  const unsubscribe = cluster.store.subscribe((event) => {
    if (whole && event.type === "ADDED" && event.object.kind === "Namespace" && event.resource.group === "")
      furnishNamespace(cluster, event.object.metadata.name, authority.certificate);
    for (const part of parts) part.follow(event);
  });
  // What was restored from disk is known to nobody yet: tell it as if it had just been made.
  const restored = [...cluster.store.everything()];
  for (const { kind, object } of restored)
    if (kind === "CustomResourceDefinition") definitions.establish(object.metadata.name);
  for (const { group, kind, object } of restored) {
    const resource = cluster.store.type(group, kind);
    if (resource !== null) for (const part of parts) part.follow({ type: "ADDED", resource, object, previous: null });
  }
  return () => {
    unsubscribe();
    queue.stop();
  };
}
