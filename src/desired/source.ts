import type { Origin, SynthStack } from "../model/desired.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { type Moves, movesOf } from "./moves.ts";

/** A `resource` or `data` block as it stands in the JSON. */
export interface ResourceSource {
  readonly stack: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  /** `kubernetes_deployment_v1.web`, `data.kubernetes_secret.x`. */
  readonly address: string;
  readonly body: JsonObject;
  readonly origin: Origin;
  readonly moves: Moves;
}

/** The Terraform JSON of one stack, indexed by address. */
export interface StackSource {
  readonly stack: SynthStack;
  readonly resources: ReadonlyMap<string, ResourceSource>;
  /** type -> name -> resource, of managed resources. */
  readonly byType: ReadonlyMap<string, ReadonlyMap<string, ResourceSource>>;
  readonly data: ReadonlyMap<string, ReadonlyMap<string, ResourceSource>>;
  readonly variables: ReadonlyMap<string, JsonObject>;
  readonly locals: ReadonlyMap<string, Json>;
  readonly outputs: ReadonlyMap<string, JsonObject>;
  /** provider name -> its blocks. */
  readonly providers: ReadonlyMap<string, readonly JsonObject[]>;
  readonly modules: readonly string[];
}

export function readSource(stack: SynthStack): StackSource {
  const byType = resourcesOf(stack, "managed");
  const data = resourcesOf(stack, "data");
  const all = [...byType.values(), ...data.values()].flatMap((named) => [...named.values()]);
  return {
    stack,
    resources: new Map(all.map((r) => [r.address, r])),
    byType,
    data,
    variables: named(stack.json["variable"]),
    locals: new Map(blocks(stack.json["locals"]).flatMap((block) => Object.entries(block))),
    outputs: named(stack.json["output"]),
    providers: new Map(
      blocks(stack.json["provider"]).flatMap((b) => Object.entries(b).map(([k, v]) => [k, blocks(v)])),
    ),
    modules: [...named(stack.json["module"]).keys()],
  };
}

/** Terraform JSON allows one object or a list of objects for any block. */
function blocks(value: Json | undefined): JsonObject[] {
  if (isJsonObject(value)) return [value];
  return Array.isArray(value) ? value.filter((v) => isJsonObject(v)) : [];
}

/** A block of which there is at most one: an object in CDKTF's JSON, a list of one elsewhere; empty where there is none. */
export function singleBlock(value: Json | undefined): JsonObject {
  const single = Array.isArray(value) ? value[0] : value;
  return isJsonObject(single) ? single : {};
}

function named(value: Json | undefined): Map<string, JsonObject> {
  const entries = blocks(value).flatMap((block) => Object.entries(block));
  return new Map(entries.map(([name, body]) => [name, blocks(body)[0] ?? {}]));
}

function resourcesOf(stack: SynthStack, mode: "managed" | "data"): Map<string, Map<string, ResourceSource>> {
  const out = new Map<string, Map<string, ResourceSource>>();
  const moves = movesOf(stack);
  for (const block of blocks(stack.json[mode === "data" ? "data" : "resource"])) {
    for (const [type, byName] of Object.entries(block)) {
      const target = out.get(type) ?? new Map<string, ResourceSource>();
      out.set(type, target);
      for (const [name, body] of named(byName)) {
        const address = mode === "data" ? `data.${type}.${name}` : `${type}.${name}`;
        target.set(name, {
          stack: stack.name,
          mode,
          type,
          name,
          address,
          body,
          origin: originOf(stack, address, body),
          moves,
        });
      }
    }
  }
  return out;
}

function originOf(stack: SynthStack, address: string, body: JsonObject): Origin {
  const comment = body["//"];
  const metadata = isJsonObject(comment) ? comment["metadata"] : undefined;
  const path = isJsonObject(metadata) ? metadata["path"] : undefined;
  const constructPath = typeof path === "string" ? path : "";
  // A stack in JSON has places by address.
  const position = stack.positions[constructPath] ?? stack.positions[address];
  return { stack: stack.name, address, constructPath, ...(position === undefined ? {} : { position }) };
}
