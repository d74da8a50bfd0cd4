import type { Template } from "../model/desired.ts";
import { type ObjectKey, objectKey } from "../model/ids.ts";
import { type BodyContext, evaluateBody } from "./body.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Instance } from "./instances.ts";
import type { Touched } from "./kept-values.ts";
import { metaArguments } from "./meta-arguments.ts";
import type { Fail } from "./problems.ts";
import { providerHabits } from "./provider-defaults.ts";
import { mapStruct } from "./to-object.ts";
import { isPlainTree, type Tree } from "./tree.ts";

const API_VERSION = "authentication.k8s.io/v1";
const KIND = "TokenRequest";

/** Seconds; the API refuses less. */
const SHORTEST = 600;

/** What a token may be bound to (API reference, BoundObjectReference). */
const BOUND_KINDS = ["Pod", "Secret", "Node"];

/** What of an Evaluation is needed here. */
interface Evaluator {
  collecting<T>(body: () => T): { readonly value: T; readonly touched: Touched };
  context(stack: string, instance?: Instance): BodyContext;
}

/**
 * The TokenRequest of an instance of kubernetes_token_request_v1 as the provider posts it, and what its expressions
 * touched. `fail` hears what does not fit; with null the first is thrown.
 */
export function tokenRequest(
  evaluation: Evaluator,
  instance: Instance,
  fail: Fail | null,
): { readonly request: { readonly [name: string]: Template }; readonly touched: Touched } {
  const { resource } = instance;
  const own = Object.fromEntries(Object.entries(resource.body).filter(([name]) => !metaArguments.has(name)));
  const tell: Fail =
    fail ??
    ((error) => {
      throw error;
    });
  const { value, touched } = evaluation.collecting(() =>
    evaluateBody(own, { ...evaluation.context(resource.stack, instance), fail }, []),
  );
  const { object } = mapStruct("authentication.v1.TokenRequest", value, providerHabits(API_VERSION, KIND), tell);
  const metadata = isPlainTree(object["metadata"]) ? object["metadata"] : {};
  metadata["namespace"] ??= "default";
  check({ ...object, metadata }, tell);
  return { request: { apiVersion: API_VERSION, kind: KIND, ...object, metadata }, touched };
}

function check(request: Tree, fail: Fail): void {
  const metadata = treeAt(request, "metadata");
  if (metadata["name"] === undefined) {
    const remedy = "name the service account that the token is for";
    fail(new ExpressionError("missing-field", "it names no service account", remedy), ["metadata", "name"]);
  }
  const spec = treeAt(request, "spec");
  const seconds = spec["expirationSeconds"];
  if (typeof seconds === "number" && seconds < SHORTEST) {
    const message = `a token lives at least ${SHORTEST} s (ten minutes), and this asks for ${seconds}`;
    fail(new ExpressionError("wrong-type", message, `give ${SHORTEST} or more`), ["spec", "expiration_seconds"]);
  }
  const bound = treeAt(spec, "boundObjectRef")["kind"];
  if (typeof bound === "string" && !BOUND_KINDS.includes(bound)) {
    const message = `a token is bound to a Pod, a Secret or a Node, and to no ${bound}`;
    fail(new ExpressionError("wrong-type", message), ["spec", "bound_object_ref", "kind"]);
  }
}

/** What decides whether a token is asked for anew: the provider makes no call when only labels or annotations change. */
export function tokenArguments(request: { readonly [name: string]: Template }): { [name: string]: Template } {
  const { name = null, namespace = "default" } = treeAt(request, "metadata");
  return { metadata: { name, namespace }, spec: request["spec"] ?? {} };
}

/** Without these the API gives no token: the account, and what the token is to be bound to. */
export function tokenNeeds(request: { readonly [name: string]: Template }): ObjectKey[] {
  const { name, namespace } = treeAt(request, "metadata");
  if (typeof namespace !== "string") return [];
  const { kind, name: bound } = treeAt(treeAt(request, "spec"), "boundObjectRef");
  return [
    ...(typeof name === "string" ? [accountKey(namespace, name)] : []),
    ...(typeof kind === "string" && typeof bound === "string"
      ? [objectKey({ group: "", kind, namespace: kind === "Node" ? "" : namespace, name: bound })]
      : []),
  ];
}

export function accountKey(namespace: string, name: string): ObjectKey {
  return objectKey({ group: "", kind: "ServiceAccount", namespace, name });
}

function treeAt(tree: { readonly [name: string]: Template }, name: string): Tree {
  const value = tree[name];
  return isPlainTree(value) ? value : {};
}
