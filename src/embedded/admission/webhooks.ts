import { request } from "node:https";
import type { JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { asJson, type KubeObject } from "../../model/objects.ts";
import { at, listAt, numberAt, objectAt, textAt } from "../../model/read-field.ts";
import type { Cluster } from "../call.ts";
import { badRequest, Refusal } from "../failures.ts";
import { jsonPatch } from "../patches.ts";
import { type Admission, matches, meets, requestOf, storedPolicies } from "./policies.ts";
import type { WebhookAnswer, WebhookAnswers } from "./webhook-answers.ts";

/** Thrown out of a write, which waits for nothing: whoever catches it asks the webhook and lets the write begin anew. */
export class WebhookQuestion extends Error {
  readonly key: string;
  readonly url: string;
  readonly authority: string;
  readonly seconds: number;
  readonly review: JsonObject;

  constructor(key: string, webhook: unknown, review: JsonObject) {
    super(`the webhook ${textAt(webhook, "name")} has not been asked`);
    this.key = key;
    this.url = textAt(webhook, "clientConfig", "url");
    this.authority = Buffer.from(textAt(webhook, "clientConfig", "caBundle"), "base64").toString();
    this.seconds = numberAt(webhook, "timeoutSeconds") || 10;
    this.review = review;
  }
}

const resources = {
  mutating: "mutatingwebhookconfigurations",
  validating: "validatingwebhookconfigurations",
} as const;

/**
 * The object as the webhooks leave it (kubernetes.io, "Dynamic Admission Control"). Only webhooks with a URL are called:
 * those behind a Service would be pods, which are simulated. Throws Refusal where one denies, WebhookQuestion where one is to be asked first.
 */
export function askWebhooks(
  cluster: Cluster,
  phase: keyof typeof resources,
  admission: Admission & { readonly answers: WebhookAnswers },
  warnings: string[],
): KubeObject | null {
  let { object } = admission;
  if (admission.type.group === "admissionregistration.k8s.io") return object;
  const configurations = [...storedPolicies(cluster, resources[phase])].sort((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  );
  for (const configuration of configurations) {
    for (const webhook of listAt(configuration, "webhooks")) {
      const asked = { ...admission, object };
      if (!concerned(cluster, webhook, asked)) continue;
      if (textAt(webhook, "clientConfig", "url") === "") {
        warnings.push(...simulatedAnswer(cluster, webhook, asked.dryRun));
        continue;
      }
      const response = ask(`${phase} ${configuration.metadata.name}`, webhook, asked);
      if (response === null) continue;
      warnings.push(...listAt(response, "warnings").map(String));
      if (response["allowed"] !== true) throw denial(textAt(webhook, "name"), response);
      const patch = textAt(response, "patch");
      if (phase === "mutating" && patch !== "" && object !== null)
        object = patched(object, Buffer.from(patch, "base64").toString(), textAt(webhook, "name"));
    }
  }
  return object;
}

function concerned(cluster: Cluster, webhook: unknown, admission: Admission): boolean {
  const constraints: JsonObject = {
    resourceRules: [...listAt(webhook, "rules")],
    namespaceSelector: objectAt(webhook, "namespaceSelector"),
    objectSelector: objectAt(webhook, "objectSelector"),
  };
  return (
    matches(cluster, constraints, admission, false) && meets(cluster, listAt(webhook, "matchConditions"), admission)
  );
}

/**
 * A webhook behind a Service is as available as the Service's simulated pods: without any the call fails as it would on a
 * real server; with some it counts as allowed, and a warning says that nobody was asked.
 */
function simulatedAnswer(cluster: Cluster, webhook: unknown, dryRun: boolean): string[] {
  const name = textAt(webhook, "name");
  refuseDryRun(webhook, dryRun);
  const { namespace, name: service, path = "", port = 443 } = objectAt(webhook, "clientConfig", "service");
  const why = unavailable(cluster, String(namespace), String(service));
  if (why === null)
    return [
      `the embedded cluster runs no pods: webhook "${name}" behind Service ${namespace}/${service} was not asked and counts as allowing`,
    ];
  if (textAt(webhook, "failurePolicy") === "Ignore") return [];
  const seconds = numberAt(webhook, "timeoutSeconds") || 10;
  const to = `https://${service}.${namespace}.svc:${port}${path}?timeout=${seconds}s`;
  throw failedCall(name, `Post "${to}": ${why}`);
}

/** Null where a ready pod stands behind the Service. */
function unavailable({ store, catalog }: Cluster, namespace: string, service: string): string | null {
  if (store.get(catalog.find("", "v1", "services")!, namespace, service) === null)
    return `service "${service}" not found`;
  const ready = store
    .list(catalog.find("discovery.k8s.io", "v1", "endpointslices")!, namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service)
    .some((slice) => listAt(slice, "endpoints").some((endpoint) => at(endpoint, "conditions", "ready") !== false));
  return ready ? null : `no endpoints available for service "${service}"`;
}

function refuseDryRun(webhook: unknown, dryRun: boolean): void {
  if (!dryRun || /^None/.test(textAt(webhook, "sideEffects"))) return;
  throw badRequest(`admission webhook "${textAt(webhook, "name")}" does not support dry run`);
}

function failedCall(name: string, why: string): Refusal {
  const text = `failed calling webhook "${name}": failed to call webhook: ${why}`;
  return new Refusal(500, "InternalError", `Internal error occurred: ${text}`, {}, [{ message: text }]);
}

/** Null where the webhook failed and that is to be passed over. */
function ask(
  configuration: string,
  webhook: unknown,
  admission: Admission & { readonly answers: WebhookAnswers },
): JsonObject | null {
  const { operation, type, subresource, object, old, dryRun, answers } = admission;
  const name = textAt(webhook, "name");
  refuseDryRun(webhook, dryRun);
  const { uid = "", resourceVersion = "" } = old?.metadata ?? {};
  const { namespace = "", generateName, name: named } = (object ?? old)!.metadata;
  // Names and numbers that the server makes differ when the write begins anew.
  const subject = [namespace, old === null && generateName !== undefined ? "" : named, uid, resourceVersion];
  const key = [configuration, name, operation, type.resource, subresource, ...subject].join(" ");
  const answer = answers.get(key);
  if (answer === undefined) {
    const review: JsonObject = {
      kind: "AdmissionReview",
      apiVersion: "admission.k8s.io/v1",
      request: {
        uid: crypto.randomUUID(),
        ...requestOf(admission),
        object: object === null ? null : asJson(object),
        oldObject: old === null ? null : asJson(old),
      },
    };
    throw new WebhookQuestion(key, webhook, review);
  }
  if (answer.type === "answered") return answer.response;
  if (textAt(webhook, "failurePolicy") === "Ignore") return null;
  throw failedCall(name, answer.why);
}

function denial(name: string, response: JsonObject): Refusal {
  const why = textAt(response, "status", "message") || textAt(response, "status", "reason");
  const message = `admission webhook "${name}" denied the request${why === "" ? " without explanation" : `: ${why}`}`;
  const code = numberAt(response, "status", "code");
  return new Refusal(code < 400 ? 403 : code, textAt(response, "status", "reason") || "Forbidden", message, {});
}

function patched(object: KubeObject, patch: string, name: string): KubeObject {
  try {
    const { uid, creationTimestamp } = object.metadata;
    const next = jsonPatch(asJson(object), JSON.parse(patch)) as unknown as KubeObject;
    return { ...next, metadata: { ...next.metadata, uid, creationTimestamp } } as KubeObject;
  } catch (error) {
    const why = `webhook "${name}" sent a patch that cannot be applied: ${(error as Error).message}`;
    throw new Refusal(500, "InternalError", `Internal error occurred: ${why}`, {}, [{ message: why }]);
  }
}

/** POSTs the review; never rejects. */
export async function callWebhook({ url, authority, seconds, review }: WebhookQuestion): Promise<WebhookAnswer> {
  const address = `${url}${url.includes("?") ? "&" : "?"}timeout=${seconds}s`;
  const failed = (why: string): WebhookAnswer => ({ type: "failed", why: `Post "${address}": ${why}` });
  try {
    const text = await post(address, authority, seconds, JSON.stringify(review));
    const answer: unknown = JSON.parse(text);
    const response = objectAt(answer, "response");
    const same = textAt(response, "uid") === textAt(review, "request", "uid");
    if (!isJsonObject(at(answer, "response")) || !same) return failed("the answer is no response to this review");
    return { type: "answered", response };
  } catch (error) {
    return failed((error as Error).message);
  }
}

/** Longer answers are no reviews. */
const longestAnswer = 3 * 1024 * 1024;

function post(address: string, authority: string, seconds: number, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const signal = AbortSignal.timeout(seconds * 1000);
    const ca = authority === "" ? {} : { ca: authority };
    const asked = request(address, { method: "POST", headers, signal, ...ca }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > longestAnswer) asked.destroy(new Error("the answer is too long"));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`the server answered ${response.statusCode}`));
      });
    });
    asked.on("error", (error) => reject(signal.aborted ? new Error("context deadline exceeded") : error));
    asked.end(body);
  });
}
