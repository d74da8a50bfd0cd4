import { Agent, request } from "node:https";
import type { ClusterAccess } from "../src/model/access.ts";
import type { KubeObject } from "../src/model/objects.ts";

/** Requests at a time, as many as k8sctl sends unless told otherwise. */
const PARALLEL = 16;

/**
 * The least that the same work can take: bare node:https with keep-alive connections, the bodies ready, the answers
 * read and thrown away. Certificates and tokens only; a kubeconfig with an exec plugin has no floor.
 */
export class RawRequests {
  readonly #agent: Agent;
  readonly #access: ClusterAccess;

  constructor(access: ClusterAccess) {
    const { credentials } = access;
    this.#access = access;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: PARALLEL,
      rejectUnauthorized: !access.insecureSkipTlsVerify,
      ...(access.certificateAuthority === null ? {} : { ca: access.certificateAuthority }),
      ...(credentials.kind === "certificate" ? { cert: credentials.certificate, key: credentials.key.reveal() } : {}),
      ...(access.tlsServerName === null ? {} : { servername: access.tlsServerName }),
    });
  }

  /** Milliseconds to send all: namespaces first, then the others 16 at a time. */
  async apply(objects: readonly KubeObject[], dryRun: boolean): Promise<number> {
    const requests = objects.map((object) => ({
      namespace: object.kind === "Namespace",
      path: `${pathOf(object)}?fieldManager=bench&fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`,
      body: JSON.stringify(object),
    }));
    const started = performance.now();
    for (const namespaces of [true, false]) {
      const group = requests.filter((each) => each.namespace === namespaces);
      await inLanes(group, async ({ path, body }) => {
        const { status, text } = await this.#send("PATCH", path, body);
        if (status >= 300) throw new Error(`PATCH ${path}: ${status} ${text}`);
      });
    }
    return performance.now() - started;
  }

  /** Removes the namespaces and waits until they are gone, and what is in them. */
  async removeNamespaces(objects: readonly KubeObject[]): Promise<void> {
    const paths = objects.filter(({ kind }) => kind === "Namespace").map(pathOf);
    await inLanes(paths, async (path) => {
      for (;;) {
        const { status } = await this.#send("DELETE", path, '{"kind":"DeleteOptions","apiVersion":"v1"}');
        if (status === 404) return;
        await new Promise((done) => setTimeout(done, 100));
      }
    });
  }

  /** Makes that many ConfigMaps in a namespace that no project knows of. */
  async addStrangers(namespace: string, count: number): Promise<void> {
    const strangers = Array.from({ length: count }, (_, i): KubeObject => {
      const metadata = { name: `stranger-${i}`, namespace, labels: { stranger: "yes" } };
      return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { number: `${i}` } };
    });
    await this.apply(strangers, false);
  }

  async removeStrangers(namespace: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/configmaps?labelSelector=stranger%3Dyes`;
    const { status, text } = await this.#send("DELETE", path, null);
    if (status >= 300) throw new Error(`DELETE ${path}: ${status} ${text.slice(0, 500)}`);
  }

  /** `v1.34.1`. */
  async version(): Promise<string> {
    const { text } = await this.#send("GET", "/version", null);
    return String((JSON.parse(text) as { gitVersion?: string }).gitVersion);
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: string | null): Promise<{ status: number; text: string }> {
    const { server, credentials } = this.#access;
    const url = new URL(server);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ method, agent: this.#agent, host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port || 443 },
          path: `${url.pathname.replace(/\/$/, "")}${path}`,
          headers: {
            accept: "application/json",
            ...(credentials.kind === "token" ? { authorization: `Bearer ${credentials.token.reveal()}` } : {}),
            ...(body === null
              ? {}
              : {
                  "content-type": method === "PATCH" ? "application/apply-patch+yaml" : "application/json",
                  "content-length": Buffer.byteLength(body),
                }),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
          answer.on("error", reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body ?? undefined);
    });
  }
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
}

/** Of the kinds that the synthetic projects hold. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  Namespace: "/api/v1/namespaces",
  ConfigMap: "/api/v1/configmaps",
  Secret: "/api/v1/secrets",
  Service: "/api/v1/services",
  ServiceAccount: "/api/v1/serviceaccounts",
  Deployment: "/apis/apps/v1/deployments",
};

function pathOf({ kind, metadata }: KubeObject): string {
  const collection = COLLECTIONS[kind];
  if (collection === undefined) throw new Error(`no path for ${kind}`);
  const { namespace, name } = metadata;
  if (namespace === undefined) return `${collection}/${name}`;
  const slash = collection.lastIndexOf("/");
  return `${collection.slice(0, slash)}/namespaces/${namespace}${collection.slice(slash)}/${name}`;
}
