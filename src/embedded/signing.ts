import type { JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { listAt, numberAt, objectAt, textAt } from "../model/read-field.ts";
import type { Cluster } from "./call.ts";
import { type KeyPair, signRequest } from "./credentials.ts";
import { timestamp } from "./memory-store.ts";
import type { StoreEvent } from "./store.ts";

const signers = new Set(["kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet"]);
const year = 365 * 24 * 3600;

/** Signs approved CertificateSigningRequests for clients (API reference); those for other signers wait for theirs. */
export class RequestSigner {
  readonly #cluster: Cluster;
  readonly #authority: KeyPair;
  readonly #failed: (error: unknown) => void;
  /** uids of requests that are being signed. */
  readonly #busy = new Set<string>();

  constructor(cluster: Cluster, authority: KeyPair, failed: (error: unknown) => void) {
    this.#cluster = cluster;
    this.#authority = authority;
    this.#failed = failed;
  }

  /** Follows a commit. */
  follow({ type, object, resource }: StoreEvent): void {
    if (resource.kind !== "CertificateSigningRequest" || type === "DELETED" || !isDue(object)) return;
    const { uid = "" } = object.metadata;
    if (this.#busy.has(uid)) return;
    this.#busy.add(uid);
    this.#sign(object)
      .catch(this.#failed)
      .finally(() => this.#busy.delete(uid));
  }

  async #sign(request: KubeObject): Promise<void> {
    const now = this.#cluster.now();
    const text = Buffer.from(textAt(request, "spec", "request"), "base64").toString();
    const seconds = Math.min(numberAt(request, "spec", "expirationSeconds") || year, year);
    let outcome: JsonObject;
    try {
      const certificate = await signRequest(this.#authority, text, now, seconds);
      outcome = { certificate: Buffer.from(certificate).toString("base64") };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const time = timestamp(now);
      const failed = { type: "Failed", status: "True", reason: "SignerValidationFailure", message };
      const condition = { ...failed, lastUpdateTime: time, lastTransitionTime: time };
      outcome = { conditions: [...listAt(request, "status", "conditions"), condition] };
    }
    const { store, catalog } = this.#cluster;
    const type = catalog.find("certificates.k8s.io", "v1", "certificatesigningrequests")!;
    const live = store.get(type, "", request.metadata.name);
    if (live === null || live.metadata.uid !== request.metadata.uid) return;
    store.update(type, { ...live, status: { ...objectAt(live, "status"), ...outcome } });
  }
}

function isDue(request: KubeObject): boolean {
  const has = (wanted: string) =>
    listAt(request, "status", "conditions").some(
      (condition) => textAt(condition, "type") === wanted && textAt(condition, "status") === "True",
    );
  const open = has("Approved") && !has("Denied") && !has("Failed");
  return open && textAt(request, "status", "certificate") === "" && signers.has(textAt(request, "spec", "signerName"));
}
