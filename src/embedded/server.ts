import type { AddressInfo } from "node:net";
import type { ClusterAccess } from "../model/access.ts";
import { Secret } from "../model/secrets.ts";
import { bootstrap, furnishNamespace } from "./bootstrap.ts";
import type { Cluster } from "./call.ts";
import { Catalog, isStored } from "./catalog.ts";
import { type ClusterCredentials, makeCredentials } from "./credentials.ts";
import { CustomResources } from "./custom-resources.ts";
import { GarbageCollector } from "./garbage.ts";
import { History } from "./history.ts";
import { createApiServer } from "./http.ts";
import { LaterQueue } from "./later.ts";
import { MemoryStore } from "./memory-store.ts";
import { NamespaceEmptier } from "./namespaces.ts";
import type { Store } from "./store.ts";

export interface EmbeddedOptions {
  /** Cluster's name; `embedded` where absent. The node is called `NAME-control-plane`. */
  readonly name?: string;
  /** 0 or absent: any free port of the loopback interface. */
  readonly port?: number;
  readonly credentials?: ClusterCredentials;
  readonly log?: (line: string) => void;
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
 * Starts an embedded cluster inside this process: a Kubernetes API server over mutual TLS on 127.0.0.1, in memory.
 * For tests: `const cluster = await startEmbedded(); ... connect(cluster.access) ... await cluster.close()`.
 * Ready when the promise resolves. Nothing is written to disk.
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const name = options.name ?? "embedded";
  const log = options.log ?? (() => {});
  const credentials = options.credentials ?? (await makeCredentials(name, Date.now()));
  const catalog = new Catalog();
  const store = new MemoryStore({ types: catalog.all().filter(isStored).reverse() });
  let port = options.port ?? 0;
  const cluster: Cluster = {
    store,
    catalog,
    history: new History(store),
    now: Date.now,
    gitVersion: `${version}+k8sctl-embedded`,
    podLogs: () => null,
    address: () => `127.0.0.1:${port}`,
  };
  const stopHousekeeping = keepHouse(cluster, credentials.authority.certificate, log);
  bootstrap(cluster, { nodeName: `${name}-control-plane`, kubelet: `${version}-embedded` });

  const server = createApiServer(cluster, credentials, log, () => Promise.resolve());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  port = (server.address() as AddressInfo).port;
  return {
    access: accessOf(name, port, credentials),
    store,
    port,
    close: async () => {
      stopHousekeeping();
      cluster.history.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What the server does by itself: furnish and empty namespaces, collect garbage, serve custom kinds. */
function keepHouse(cluster: Cluster, authority: string, log: (line: string) => void): () => void {
  const queue = new LaterQueue((error) => log(`housekeeping: ${error instanceof Error ? error.stack : error}`));
  const parts = [
    new GarbageCollector(cluster, queue),
    new NamespaceEmptier(cluster, queue),
    new CustomResources(cluster, queue),
  ];
  const unsubscribe = cluster.store.subscribe((event) => {
    if (event.type === "ADDED" && event.object.kind === "Namespace" && event.resource.group === "")
      furnishNamespace(cluster, event.object.metadata.name, authority);
    for (const part of parts) part.follow(event);
  });
  return () => {
    unsubscribe();
    queue.stop();
  };
}

/** What a client needs to come in as the administrator. */
export function accessOf(name: string, port: number, credentials: ClusterCredentials): ClusterAccess {
  return {
    name: `embedded/${name}`,
    server: `https://127.0.0.1:${port}`,
    certificateAuthority: credentials.authority.certificate,
    insecureSkipTlsVerify: false,
    tlsServerName: null,
    proxyUrl: null,
    credentials: {
      kind: "certificate",
      certificate: credentials.admin.certificate,
      key: new Secret(credentials.admin.key),
    },
    namespace: "default",
  };
}
