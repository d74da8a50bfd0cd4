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
 * those behind a Service would be pods. Throws Refusal where one denies, WebhookQuestion where one is to be asked first.
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
      if (textAt(webhook, "clientConfig", "url") === "" || !concerned(cluster, webhook, asked)) continue;
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

/** What the client is to know of a configuration whose webhooks are never called. */
export function uncalledWebhooks(object: KubeObject): string[] {
  if (!/^(Mutating|Validating)WebhookConfiguration$/.test(object.kind)) return [];
  return listAt(object, "webhooks")
    .filter((webhook) => textAt(webhook, "clientConfig", "url") === "")
    .map((webhook) => {
      const name = textAt(webhook, "name");
      return `the embedded cluster runs no pods: webhook "${name}" behind a Service is not called, only a clientConfig.url is`;
    });
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

/** Null where the webhook failed and that is to be passed over. */
function ask(
  configuration: string,
  webhook: unknown,
  admission: Admission & { readonly answers: WebhookAnswers },
): JsonObject | null {
  const { operation, type, subresource, object, old, dryRun, answers } = admission;
  const name = textAt(webhook, "name");
  if (dryRun && !/^None/.test(textAt(webhook, "sideEffects")))
    throw badRequest(`admission webhook "${name}" does not support dry run`);
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
  const why = `failed calling webhook "${name}": failed to call webhook: ${answer.why}`;
  throw new Refusal(500, "InternalError", `Internal error occurred: ${why}`, {}, [{ message: why }]);
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
