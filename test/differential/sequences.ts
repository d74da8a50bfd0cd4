import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";
import type { ClientAnswer, clientOf } from "../embedded/client.ts";
import type { RandomKind } from "./kinds.ts";

type Client = ReturnType<typeof clientOf>;

interface Common {
  readonly manager: string;
  readonly version: string;
  readonly dryRun: boolean;
}

/** One request of a sequence, before it is known which object it meets. */
export type Step =
  | (Common & { readonly type: "apply"; readonly force: boolean; readonly wants: JsonObject })
  | (Common & { readonly type: "apply-status"; readonly force: boolean; readonly status: JsonObject })
  | (Common & { readonly type: "create"; readonly wants: JsonObject })
  | (Common & { readonly type: "replace"; readonly wants: JsonObject; readonly base: "live" | "stale" | "none" })
  | (Common & { readonly type: "merge"; readonly wants: JsonObject; readonly nulls: readonly string[] })
  | (Common & { readonly type: "strategic"; readonly wants: JsonObject; readonly nulls: readonly string[] })
  | (Common & { readonly type: "json"; readonly operations: readonly JsonObject[] })
  | (Common & { readonly type: "status"; readonly status: JsonObject })
  | (Common & { readonly type: "scale"; readonly replicas: number })
  | (Common & { readonly type: "delete"; readonly precondition: "none" | "uid" | "other-uid" | "version" | "stale" });

/** Sequences of writes to one object by two managers. */
export function sequencesOf(kind: RandomKind): fc.Arbitrary<readonly Step[]> {
  const common = {
    manager: fc.constantFrom("one", "two"),
    version: fc.constantFrom(...kind.versions),
    dryRun: fc.constantFrom(false, false, false, false, false, true),
  };
  const pointer = fc.constantFrom(...kind.places).chain(([path, values]) =>
    fc.record({
      op: fc.constantFrom("add", "replace", "remove", "test"),
      path: fc.constant(path),
      value: fc.constantFrom(...values),
    }),
  );
  const nulls = fc.subarray([
    "data.a",
    "metadata.labels.a",
    "metadata.annotations",
    "spec.replicas",
    "spec.selector.a",
  ]);
  const { wants } = kind;
  const step = <T extends string>(type: T, more: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
    fc.record({ type: fc.constant(type), ...common, ...more });
  const apply = step("apply", { wants, force: fc.boolean() });
  return fc.array(
    fc.oneof(
      { weight: 8, arbitrary: apply },
      { weight: 1, arbitrary: step("create", { wants }) },
      { weight: 3, arbitrary: step("replace", { wants, base: fc.constantFrom("live", "live", "stale", "none") }) },
      { weight: 3, arbitrary: step("merge", { wants, nulls }) },
      ...(kind.strategic ? [{ weight: 3, arbitrary: step("strategic", { wants, nulls }) }] : []),
      {
        weight: 3,
        arbitrary: step("json", { operations: fc.array(pointer, { minLength: 1, maxLength: 3 }) }),
      },
      ...(kind.status === null
        ? []
        : [
            { weight: 2, arbitrary: step("status", { status: kind.status }) },
            { weight: 1, arbitrary: step("apply-status", { status: kind.status, force: fc.boolean() }) },
          ]),
      ...(kind.scale ? [{ weight: 1, arbitrary: step("scale", { replicas: fc.constantFrom(2, 4) }) }] : []),
      {
        weight: 1,
        arbitrary: step("delete", { precondition: fc.constantFrom("none", "uid", "other-uid", "version", "stale") }),
      },
    ),
    { minLength: 2, maxLength: 9 },
  ) as unknown as fc.Arbitrary<readonly Step[]>;
}

/** One object on one server, as a sequence goes on. */
export class Subject {
  readonly #client: Client;
  readonly #kind: RandomKind;
  readonly #name: string;
  readonly #namespace: string;
  #live: JsonObject | null = null;
  #stale = "1";

  constructor(client: Client, kind: RandomKind, namespace: string, name: string) {
    this.#client = client;
    this.#kind = kind;
    this.#namespace = namespace;
    this.#name = name;
  }

  /** The object as it is now, or null. */
  async look(): Promise<JsonObject | null> {
    const { status, body } = await this.#client.send({ path: this.#path(this.#kind.versions[0]!) });
    if (status !== 200 && status !== 404) throw new Error(`GET answers ${status}: ${JSON.stringify(body)}`);
    if (this.#live !== null) this.#stale = String((this.#live["metadata"] as JsonObject)["resourceVersion"]);
    this.#live = status === 200 ? (body as JsonObject) : null;
    return this.#live;
  }

  act(step: Step): Promise<ClientAnswer> {
    const query = `?fieldManager=${step.manager}${step.dryRun ? "&dryRun=All" : ""}`;
    const path = this.#path(step.version);
    const patch = (type: string, body: unknown, to = path, more = "") =>
      this.#client.send({ method: "PATCH", path: to + query + more, headers: { "content-type": type }, body });
    switch (step.type) {
      case "apply": {
        const body = this.#whole(step.version, merged(this.#kind.base, step.wants));
        return patch("application/apply-patch+yaml", body, path, `&force=${step.force}`);
      }
      case "apply-status": {
        const body = this.#whole(step.version, { status: step.status });
        return patch("application/apply-patch+yaml", body, `${path}/status`, `&force=${step.force}`);
      }
      case "create": {
        const body = this.#whole(step.version, merged(this.#kind.base, step.wants));
        const [all] = path.split(/\/[^/]*$/);
        return this.#client.send({ method: "POST", path: all! + query, headers: json, body });
      }
      case "replace": {
        const wanted = merged(this.#kind.base, step.wants);
        const body = this.#whole(step.version, step.base === "none" ? wanted : merged(this.#live ?? {}, wanted));
        const metadata = body["metadata"] as JsonObject;
        if (step.base === "stale") metadata["resourceVersion"] = this.#stale;
        return this.#client.send({ method: "PUT", path: path + query, headers: json, body });
      }
      case "merge":
        return patch("application/merge-patch+json", withNulls(step.wants, step.nulls));
      case "strategic":
        return patch("application/strategic-merge-patch+json", withNulls(step.wants, step.nulls));
      case "json":
        return patch("application/json-patch+json", step.operations);
      case "status":
        return patch("application/merge-patch+json", { status: step.status }, `${path}/status`);
      case "scale":
        return patch("application/merge-patch+json", { spec: { replicas: step.replicas } }, `${path}/scale`);
      case "delete":
        return this.#client.send({ method: "DELETE", path: path + query, headers: json, body: this.#deletion(step) });
    }
  }

  /** Takes the object away, whatever holds it. */
  async clear(): Promise<void> {
    const path = this.#path(this.#kind.versions[0]!);
    const body = { metadata: { finalizers: null } };
    await this.#client.send({
      method: "PATCH",
      path,
      headers: { "content-type": "application/merge-patch+json" },
      body,
    });
    await this.#client.send({ method: "DELETE", path });
  }

  #deletion(step: Step & { type: "delete" }): JsonObject {
    const { uid = "none", resourceVersion = "1" } = (this.#live?.["metadata"] ?? {}) as Record<string, string>;
    const choices: Record<typeof step.precondition, JsonObject> = {
      none: {},
      uid: { uid },
      "other-uid": { uid: "00000000-0000-0000-0000-000000000000" },
      version: { resourceVersion },
      stale: { resourceVersion: this.#stale },
    };
    const preconditions = choices[step.precondition];
    return { kind: "DeleteOptions", apiVersion: "v1", preconditions };
  }

  #whole(version: string, body: JsonObject): JsonObject {
    const metadata = { ...(body["metadata"] as JsonObject | undefined), name: this.#name, namespace: this.#namespace };
    return { ...body, apiVersion: version, kind: this.#kind.kind, metadata };
  }

  #path(version: string): string {
    const root = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
    return `${root}/namespaces/${this.#namespace}/${this.#kind.plural}/${this.#name}`;
  }
}

const json = { "content-type": "application/json" };

/** The second over the first; lists and values whole. */
function merged(under: JsonObject, over: JsonObject): JsonObject {
  const result: JsonObject = structuredClone(under);
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isJsonObject(value) && isJsonObject(below) ? merged(below, value) : structuredClone(value);
  }
  return result;
}

function withNulls(patch: JsonObject, nulls: readonly string[]): JsonObject {
  const result = structuredClone(patch);
  for (const path of nulls) {
    const keys = path.split(".");
    let at: Json = result;
    for (const key of keys.slice(0, -1)) {
      if (!isJsonObject(at)) break;
      at[key] ??= {};
      at = at[key];
    }
    if (isJsonObject(at)) at[keys.at(-1)!] = null;
  }
  return result;
}
