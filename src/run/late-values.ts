import { isDeepStrictEqual } from "node:util";
import { durationSeconds } from "../desired/meta-arguments.ts";
import { TIME_SLEEP } from "../desired/random.ts";
import { accountKey } from "../desired/token-request.ts";
import type { GeneratedResource, GeneratedValue, Results, Template } from "../model/desired.ts";
import { type Problem, UserError } from "../model/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { GeneratedItem, PlanItem } from "../model/plan.ts";
import type { Clock, Kube } from "../ports.ts";
import type { Fill } from "./apply-object.ts";
import { filledResource, type Generate, hideValue, neverKnown, withInput } from "./generated.ts";
import type { Locks } from "./renewal.ts";
import type { Scrubber } from "./scrub.ts";
import type { ValueTelling } from "./value-telling.ts";

export interface LateOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly locks: Pick<Locks, "ensureHeld">;
  readonly fill: Fill;
  readonly generate: Generate;
  readonly scrubber: Scrubber;
  readonly telling: ValueTelling;
  /** Everything that is known by now; `generated` grows with what is made here. */
  readonly results: Results;
  readonly generated: Map<string, GeneratedValue>;
  /** Pre- and postconditions that do not hold. */
  readonly check: (value: Pick<PlanItem, "stack" | "origin">, when: "before" | "after") => readonly Problem[];
  readonly readData: () => Promise<NonNullable<Results["data"]>>;
  /** Writes what was made into the stack's inventory. */
  readonly record: (stack: string) => Promise<void>;
  /** Ends waiting: the first Ctrl-C, a lost lock, a server that does not answer. */
  readonly cut: AbortSignal;
}

/** Makes the values that depend on objects, each when its turn in the graph has come, and records it before anyone uses it. */
export class LateValues {
  readonly #options: LateOptions;

  constructor(options: LateOptions) {
    this.#options = options;
  }

  /** Rejects when what waits for the value must not run. */
  async make(stack: string, item: GeneratedItem): Promise<void> {
    const { action, resource } = item;
    if (action !== "create" && action !== "replace" && action !== "update") return;
    const { generated, scrubber, telling, locks, record } = this.#options;
    const key = `${stack}/${resource.address}`;
    telling.start(stack, item);
    this.#check(stack, resource, "before");
    const filled = await this.#filled(stack, resource);
    const kept = generated.get(key);
    await locks.ensureHeld();
    const keeps = kept !== undefined && (action === "update" || this.#stillServes(item, kept, filled));
    const value = keeps ? withInput(kept, filled) : await this.#value(stack, item, filled);
    generated.set(key, value);
    hideValue(value, scrubber);
    await record(stack);
    this.#check(stack, resource, "after");
    telling.made(stack, item);
  }

  #check(stack: string, { origin }: GeneratedResource, when: "before" | "after"): void {
    const problems = this.#options.check({ stack, origin }, when);
    if (problems.length > 0) throw new UserError(problems);
  }

  async #filled(stack: string, resource: GeneratedResource): Promise<GeneratedResource> {
    const { fill, results, readData } = this.#options;
    const first = filledResource(resource, (template) => fill(stack, template, results));
    if (first !== null) return first;
    const data = await readData();
    const second = filledResource(resource, (template: Template) => fill(stack, template, { ...results, data }));
    if (second === null) throw neverKnown(resource);
    return second;
  }

  /** Planned anew only because nobody knew its arguments: they turned out to be the same, and so is its account. */
  #stillServes({ because, resource }: GeneratedItem, kept: GeneratedValue, filled: GeneratedResource): boolean {
    if (because !== "pending" || resource.outlived === true) return false;
    if (kept.type !== filled.type || !isDeepStrictEqual(kept.arguments, filled.arguments)) return false;
    return (
      filled.request === undefined || kept.attributes["account_uid"] === this.#accountUid(filled.request as JsonObject)
    );
  }

  #accountUid(request: JsonObject): Json {
    const { namespace, name } = objectAt(request, "metadata");
    const live = this.#options.results.live.get(accountKey(String(namespace), String(name)))?.["metadata"];
    return (isJsonObject(live) ? live["uid"] : null) ?? null;
  }

  async #value(stack: string, item: GeneratedItem, resource: GeneratedResource): Promise<GeneratedValue> {
    if (resource.request !== undefined) return this.#token(resource, resource.request as JsonObject);
    if (resource.type === TIME_SLEEP) await this.#pause(stack, item, resource);
    return this.#options.generate(resource);
  }

  async #token(resource: GeneratedResource, request: JsonObject): Promise<GeneratedValue> {
    const { kube } = this.#options;
    const metadata = objectAt(request, "metadata");
    const account = { namespace: String(metadata["namespace"]), name: String(metadata["name"]) };
    const answer = await kube.requestToken(account, request);
    const [spec, status] = [objectAt(answer, "spec"), objectAt(answer, "status")];
    return {
      type: resource.type,
      // What was asked for: what the server makes of it is an attribute.
      arguments: { metadata: account, spec: request["spec"] ?? {} },
      attributes: {
        id: `${account.namespace}/${account.name}`,
        token: status["token"] ?? null,
        spec,
        expiration_timestamp: status["expirationTimestamp"] ?? null,
        expiration_seconds: spec["expirationSeconds"] ?? null,
        account_uid: this.#accountUid(request),
      },
    };
  }

  async #pause(stack: string, item: GeneratedItem, { input }: GeneratedResource): Promise<void> {
    const { clock, telling, cut } = this.#options;
    const text = isJsonObject(input as Json) ? (input as JsonObject)["create_duration"] : undefined;
    const seconds = typeof text === "string" ? (durationSeconds(text) ?? 0) : 0;
    if (seconds === 0) return;
    telling.waits(stack, item, `waits ${String(text)}`);
    try {
      await clock.sleep(seconds * 1000, cut);
    } catch (error) {
      if (cut.aborted) throw telling.stopped();
      throw error;
    }
  }
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}
