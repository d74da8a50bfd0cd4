import type { KubeObject } from "../model/objects.ts";
import { objectAt, textAt } from "../model/read-field.ts";
import type { Cluster } from "./call.ts";
import type { LaterQueue } from "./later.ts";
import type { StoreEvent } from "./store.ts";

const note = "kubernetes.io/service-account";

/** Fills Secrets of type kubernetes.io/service-account-token, and removes those whose account has gone. */
export class TokenSecrets {
  readonly #cluster: Cluster;
  readonly #queue: LaterQueue;
  /** PEM of the cluster's authority. */
  readonly #authority: string;

  constructor(cluster: Cluster, queue: LaterQueue, authority: string) {
    this.#cluster = cluster;
    this.#queue = queue;
    this.#authority = authority;
  }

  /** Follows a commit. */
  follow({ type, object, resource }: StoreEvent): void {
    if (resource.group !== "") return;
    const { namespace = "", name } = object.metadata;
    if (resource.kind === "ServiceAccount" && type !== "MODIFIED") {
      for (const secret of this.#secretsOf(namespace, name)) this.#later(secret);
    } else if (resource.kind === "Secret" && type !== "DELETED" && isTokenSecret(object)) this.#later(object);
  }

  #later({ metadata: { namespace = "", name } }: KubeObject): void {
    this.#queue.add(`token ${namespace}/${name}`, () => this.#fill(namespace, name));
  }

  #secretsOf(namespace: string, account: string): KubeObject[] {
    const { store, catalog } = this.#cluster;
    return store
      .list(catalog.find("", "v1", "secrets")!, namespace)
      .filter((secret) => isTokenSecret(secret) && accountOf(secret) === account);
  }

  #fill(namespace: string, name: string): void {
    const { store, catalog, tokens, now } = this.#cluster;
    const secrets = catalog.find("", "v1", "secrets")!;
    const secret = store.get(secrets, namespace, name);
    if (secret === null || !isTokenSecret(secret)) return;
    const account = store.get(catalog.find("", "v1", "serviceaccounts")!, namespace, accountOf(secret));
    const uid = secret.metadata.annotations?.[`${note}.uid`];
    if (account === null || (uid !== undefined && uid !== account.metadata.uid)) {
      store.remove(secrets, namespace, name);
      return;
    }
    if (textAt(secret, "data", "token") !== "") return;
    const encoded = (text: string) => Buffer.from(text).toString("base64");
    const token = tokens.issue(account, { audiences: [], seconds: null, now: now() });
    const data = { "ca.crt": encoded(this.#authority), namespace: encoded(namespace), token: encoded(token) };
    const annotations = { ...secret.metadata.annotations, [`${note}.uid`]: account.metadata.uid ?? "" };
    store.update(secrets, {
      ...secret,
      metadata: { ...secret.metadata, annotations },
      data: { ...objectAt(secret, "data"), ...data },
    });
  }
}

const isTokenSecret = (secret: KubeObject) => secret["type"] === "kubernetes.io/service-account-token";
const accountOf = (secret: KubeObject) => secret.metadata.annotations?.[`${note}.name`] ?? "";
