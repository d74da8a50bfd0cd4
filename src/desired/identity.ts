import { createHash } from "node:crypto";
import type { ObjectId } from "../model/ids.ts";
import { objectKey, typeOf } from "../model/ids.ts";
import type { Json } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { evaluateBody } from "./body.ts";
import type { Evaluation } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { layBare } from "./expression/value.ts";
import type { Instance } from "./instances.ts";
import { firstAddress } from "./moves.ts";
import { withNamespace } from "./namespaced.ts";
import { isPartial, wholeKind, wholeName } from "./partial.ts";
import { resourceKinds } from "./resource-types.ts";
import { singleBlock } from "./source.ts";

/** The key of the object that an instance stands for, from its metadata alone; null while that cannot be said. */
export function keyOfInstance(evaluation: Evaluation, instance: Instance): string | null {
  const { resource } = instance;
  const read = (json: Json | undefined): string | null => {
    if (typeof json !== "string") return null;
    try {
      const bare = layBare(evaluateBody(json, evaluation.context(resource.stack, instance), []));
      return bare.needs === null && typeof bare.plain === "string" ? bare.plain : null;
    } catch (error) {
      if (error instanceof ExpressionError) return null;
      throw error;
    }
  };
  const manifest = resource.type === "kubernetes_manifest" ? resource.body["manifest"] : undefined;
  const partial = isPartial(resource.type) ? wholeKind(resource.type, resource.body) : null;
  const kind = isJsonObject(manifest)
    ? { apiVersion: read(manifest["apiVersion"]), kind: read(manifest["kind"]) }
    : partial !== null
      ? { apiVersion: read(partial.apiVersion as Json), kind: read(partial.kind as Json) }
      : resourceKinds.get(resource.type);
  const metadata = singleBlock(isJsonObject(manifest) ? manifest["metadata"] : resource.body["metadata"]);
  const name =
    wholeName(resource.type) ?? read(metadata["name"]) ?? madeName(instance, read(metadata["generate_name"]));
  if (kind === undefined || kind.apiVersion === null || kind.kind === null || name === null) return null;
  const { group } = typeOf(kind.apiVersion, kind.kind);
  const given = metadata["namespace"];
  const namespace = given === undefined || given === null || given === "" ? null : read(given);
  const id: ObjectId = { group, kind: kind.kind, name, namespace: namespace ?? "" };
  if (given !== undefined && given !== null && given !== "" && namespace === null) return null;
  const whole = withNamespace(id);
  return objectKey(partial === null ? whole : { ...whole, part: partOf(instance) });
}

/** Who applies the fields of a partial resource (model/ids.ts, `part`). */
export function partOf(instance: Instance): string {
  const { resource, address } = instance;
  const chosen = resource.body["field_manager"];
  return typeof chosen === "string" && chosen !== "" ? `manager:${chosen}` : `${resource.stack}/${address}`;
}

const suffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/**
 * The name for a `generate_name`. The API would choose a random one at creation, but a plan must name what it will
 * create and find it again: the suffix follows from the stack and the address. Five characters of the alphabet that
 * Kubernetes itself uses.
 */
export function madeName(instance: Instance, prefix: string | null): string | null {
  if (prefix === null || prefix === "") return null;
  const { stack, moves } = instance.resource;
  const digest = createHash("sha256")
    .update(`${stack}/${firstAddress(moves, instance.address)}`)
    .digest();
  return prefix + Array.from(digest.subarray(0, 5), (byte) => suffixAlphabet[byte % suffixAlphabet.length]).join("");
}
