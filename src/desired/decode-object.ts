import { type Desired, type FieldPath, type Template, Unknown } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import type { ObjectId } from "../model/ids.ts";
import { typeOf } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import { evaluateBody } from "./body.ts";
import { canaryAskedFor } from "./canary-comment.ts";
import { consequencesSaid } from "./consequence-comment.ts";
import type { Evaluation } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { isObject, type Value } from "./expression/value.ts";
import { madeName, partOf } from "./identity.ts";
import type { Instance } from "./instances.ts";
import type { Touched } from "./kept-values.ts";
import { structOfKind } from "./kind-structs.ts";
import { withTypes } from "./manifest-types.ts";
import { ignoredPath, isWaitAttribute, lifecycleOf, metaArguments } from "./meta-arguments.ts";
import { nameFault } from "./names.ts";
import { withNamespace } from "./namespaced.ts";
import { ownershipAskedFor } from "./ownership-comment.ts";
import { isPartial, mapPartial } from "./partial.ts";
import { type Fail, problemOf } from "./problems.ts";
import { providerHabits } from "./provider-defaults.ts";
import { kindOf, type ResourceKind } from "./resource-types.ts";
import { singleBlock } from "./source.ts";
import { type MappedObject, mapStruct } from "./to-object.ts";
import { isPlainTree, type Tree } from "./tree.ts";
import { untyped } from "./untyped.ts";
import { waitPolicyOf } from "./wait-policy.ts";

/** One decoded object and what its expressions touched; its edges come later, when all objects are known. */
export interface DecodedObject {
  readonly desired: Desired;
  readonly touched: Touched;
}

/** Attributes beside the object's own that the provider reads itself. */
const providerOnly: ReadonlySet<string> = new Set(["auto_approve", "id"]);

/** Decodes one instance; null when its problems leave no object to speak of. */
export function decodeObject(
  evaluation: Evaluation,
  instance: Instance,
  report: (problem: Problem) => void,
): DecodedObject | null {
  const { resource } = instance;
  const fail: Fail = (error, path) => report(problemOf(error, resource.origin, path));
  const { value: body, touched } = evaluation.collecting(() =>
    evaluateBody(ownArguments(resource.body), { ...evaluation.context(resource.stack, instance), fail }, []),
  );
  const kind = kindOf(resource.type, body);
  const mapped = mapBody(resource.type, kind, body, fail);
  if (mapped === null) return null;
  if (hasSecretIdentity(mapped.sensitive)) {
    const message = "its name, namespace, kind or apiVersion comes from a sensitive value, and is shown everywhere";
    fail(new ExpressionError("sensitive-identity", message, "use a value that may be seen, or nonsensitive()"), []);
    return null;
  }
  giveName(mapped.object, instance);
  const whole = idOfObject(mapped.object, resource.type === "kubernetes_manifest", fail);
  if (whole === null) return null;
  const part = isPartial(resource.type) ? partOf(instance) : null;
  const id = part === null ? whole : { ...whole, part };
  const metadata = mapped.object["metadata"] as { [key: string]: Template };
  if (id.namespace !== "") metadata["namespace"] = id.namespace;
  else delete metadata["namespace"];
  const fault = nameFault(id);
  if (fault !== null) {
    // Goes on: what else is wrong with the object is told too.
    fail(new ExpressionError("invalid-name", fault.message, fault.remedy), ["metadata", fault.field]);
  }
  const refuseWait = (message: string, path: string) => fail(new ExpressionError("wrong-type", message), [path]);
  const canary = canaryAskedFor(resource.body, id.kind, refuseWait);
  const ownership = ownershipAskedFor(resource.body, refuseWait);
  const desired: Desired = {
    id,
    origin: { ...resource.origin, address: instance.address },
    object: mapped.object,
    sensitive: [...mapped.sensitive, ...secretPaths(id, mapped.object)],
    dependsOn: [],
    lifecycle: lifecycleOf(resource.body, kind === undefined ? null : structOfKind(kind)),
    // Fields of an object are not ready or unready: the object is, and whoever made it waits for that.
    wait: part === null ? waitPolicyOf(resource.body, refuseWait) : { skip: true, timeoutSeconds: null },
    ...(canary === undefined ? {} : { canary }),
    ...consequencesSaid(resource.body),
    ...(ownership.length === 0 ? {} : { ownership }),
    ...(isForced(resource.body, part !== null) ? { force: true } : {}),
  };
  return { desired, touched };
}

/** `force` of a part, `field_manager { force_conflicts }` of a manifest. */
function isForced(body: JsonObject, isPart: boolean): boolean {
  if (isPart) return String(body["force"]) === "true";
  return String(singleBlock(body["field_manager"])["force_conflicts"]) === "true";
}

function mapBody(type: string, kind: ResourceKind | undefined, body: Value, fail: Fail): MappedObject | null {
  if (isPartial(type)) return mapPartial(type, body, fail);
  return kind === undefined ? manifestOf(body, fail) : mapResource(kind, body, fail);
}

function ownArguments(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name]) => !metaArguments.has(name) && !isWaitAttribute(name) && !providerOnly.has(name),
    ),
  );
}

function mapResource(kind: ResourceKind, body: Value, fail: Fail): MappedObject {
  const mapped = mapStruct(structOfKind(kind), body, providerHabits(kind.apiVersion, kind.kind), fail);
  const { object } = mapped;
  return { object: { apiVersion: kind.apiVersion, kind: kind.kind, ...object }, sensitive: mapped.sensitive };
}

function manifestOf(body: Value, fail: Fail): MappedObject | null {
  const manifest = isObject(body) ? (body["manifest"] ?? null) : null;
  const sensitive: FieldPath[] = [];
  const object = untyped(manifest, [], sensitive);
  if (isPlainTree(object)) return { object: withTypes(object), sensitive };
  // null where its expression failed, which was told.
  if (manifest !== null || !isObject(body) || !("manifest" in body)) {
    fail(new ExpressionError("wrong-type", "it must be an object that is known before apply"), ["manifest"]);
  }
  return null;
}

/** A path at, above or below what identifies an object. */
function hasSecretIdentity(sensitive: readonly FieldPath[]): boolean {
  const own = [["apiVersion"], ["kind"], ["metadata", "name"], ["metadata", "namespace"], ["metadata", "generateName"]];
  return sensitive.some((path) => own.some((of) => of.every((step, i) => i >= path.length || path[i] === step)));
}

/** A `generate_name` becomes a name of ours: what the API chooses could not be planned or found again. */
function giveName(object: Tree, instance: Instance): void {
  const metadata = object["metadata"];
  if (!isPlainTree(metadata) || typeof metadata["generateName"] !== "string") return;
  const name = madeName(instance, metadata["generateName"]);
  if (name !== null) metadata["name"] ??= name;
  delete metadata["generateName"];
}

/** Identity must be known while planning: it decides what is created, changed and removed. */
function idOfObject(object: { [key: string]: Template }, isManifest: boolean, fail: Fail): ObjectId | null {
  const metadata = object["metadata"];
  const head = typeof metadata === "object" && metadata !== null ? (metadata as { [key: string]: Template }) : {};
  const parts = {
    apiVersion: object["apiVersion"],
    kind: object["kind"],
    name: head["name"],
    namespace: head["namespace"] ?? "",
  };
  for (const [name, value] of Object.entries(parts)) {
    if (typeof value === "string") continue;
    const own = isManifest ? ["manifest", name] : [name === "apiVersion" ? "api_version" : name];
    const path = name === "name" || name === "namespace" ? ["metadata", name] : own;
    if (isManifest && /List$/.test(String(parts.kind)) && Array.isArray(object["items"])) {
      const message = `a ${String(parts.kind)} is no object of its own`;
      fail(new ExpressionError("wrong-type", message, "make one kubernetes_manifest of each item"), ["manifest"]);
      return null;
    }
    const message =
      value instanceof Unknown
        ? `${name} is known only after apply (${value.expression}), but identity must be known while planning`
        : `${name} is missing`;
    fail(new ExpressionError(value instanceof Unknown ? "unknown-identity" : "missing-field", message), path);
    return null;
  }
  const { group } = typeOf(parts.apiVersion as string, parts.kind as string);
  return withNamespace({
    group,
    kind: parts.kind as string,
    name: parts.name as string,
    namespace: parts.namespace as string,
  });
}

/** A Secret's values are secret wherever they came from. */
function secretPaths(id: ObjectId, object: { [key: string]: Template }): FieldPath[] {
  if (id.group !== "" || id.kind !== "Secret") return [];
  return ["data", "stringData"].filter((field) => object[field] !== undefined).map((field) => [field]);
}

/** An attribute of a resource as a path into its object; empty where it is none of the object's. */
export function fieldPathOf(type: string, attribute: string): FieldPath {
  if (attribute === "") return [];
  const kind = kindOf(type, null);
  return ignoredPath(attribute, kind === undefined ? null : structOfKind(kind)) ?? [];
}
