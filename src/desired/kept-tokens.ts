import type { GeneratedValue, Results } from "../model/desired.ts";
import type { ObjectKey } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";
import { currentValue } from "./generated-reference.ts";
import type { Instance } from "./instances.ts";
import { resourceKinds } from "./resource-types.ts";
import type { ResourceSource, StackSource } from "./source.ts";
import { accountKey, tokenArguments, tokenRequest } from "./token-request.ts";

type Evaluator = Parameters<typeof tokenRequest>[0] & {
  instancesOf(resource: ResourceSource): readonly Instance[];
};

/** Which of the recorded service account tokens still serve, under one set of results. */
export class KeptTokens {
  readonly #sources: ReadonlyMap<string, StackSource>;
  readonly #results: Results;
  readonly #evaluation: Evaluator;
  readonly #keyOf: (instance: Instance) => ObjectKey | null;
  #accounts: ReadonlySet<ObjectKey> | null = null;

  constructor(
    sources: ReadonlyMap<string, StackSource>,
    results: Results,
    evaluation: Evaluator,
    keyOf: (instance: Instance) => ObjectKey | null,
  ) {
    this.#sources = sources;
    this.#results = results;
    this.#evaluation = evaluation;
    this.#keyOf = keyOf;
  }

  /** The kept token of an instance; null where a new one is to be asked for. */
  current(instance: Instance): GeneratedValue | null {
    const { resource, address } = instance;
    const args = () => tokenArguments(tokenRequest(this.#evaluation, instance, null).request) as Value;
    const kept = currentValue(resource.type, `${resource.stack}/${address}`, args, this.#results);
    return kept === null || this.isOutlived(kept) ? null : kept;
  }

  /** Whether the service account of a token is gone, or another by now: what is outside the project cannot be told. */
  isOutlived({ arguments: { metadata }, attributes }: GeneratedValue): boolean {
    if (!isJsonObject(metadata)) return false;
    const key = accountKey(String(metadata["namespace"]), String(metadata["name"]));
    const live = this.#results.live.get(key)?.["metadata"];
    if (!isJsonObject(live)) return this.#ownAccounts().has(key);
    return typeof attributes["account_uid"] === "string" && live["uid"] !== attributes["account_uid"];
  }

  /** Keys of the service accounts that the project makes. */
  #ownAccounts(): ReadonlySet<ObjectKey> {
    this.#accounts ??= new Set(
      [...this.#sources.values()]
        .flatMap((source) => [...source.resources.values()])
        .filter(({ type }) => resourceKinds.get(type)?.kind === "ServiceAccount")
        .flatMap((resource) => this.#evaluation.collecting(() => this.#instancesOrNone(resource)).value)
        .map((instance) => this.#keyOf(instance))
        .filter((key) => key !== null),
    );
    return this.#accounts;
  }

  /** What is wrong with it is told where it is decoded. */
  #instancesOrNone(resource: ResourceSource): readonly Instance[] {
    try {
      return this.#evaluation.instancesOf(resource);
    } catch (error) {
      if (error instanceof ExpressionError) return [];
      throw error;
    }
  }
}
