import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { asJson, type KubeObject } from "../../model/objects.ts";
import { listAt, objectAt, textAt } from "../../model/read-field.ts";
import type { Cluster } from "../call.ts";
import type { ServedType } from "../catalog.ts";
import { celValue, evaluate } from "../cel/expression.ts";
import { selects } from "../controllers/selectors.ts";
import { Refusal } from "../failures.ts";
import type { User } from "../user.ts";

/** A write as admission sees it; `object` null for a deletion, `old` null for a creation. */
export interface Admission {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly type: ServedType;
  readonly subresource: string;
  readonly object: KubeObject | null;
  readonly old: KubeObject | null;
  readonly user: User;
  readonly dryRun: boolean;
}

const group = "admissionregistration.k8s.io";

/**
 * Asks every ValidatingAdmissionPolicy that is bound (kubernetes.io, "Validating Admission Policy"). Throws Refusal where
 * one denies; returns warnings. Parameters are read by name; `authorizer` is not there.
 */
export function askPolicies(cluster: Cluster, admission: Admission): string[] {
  if (admission.type.group === group) return [];
  const warnings: string[] = [];
  for (const binding of storedPolicies(cluster, "validatingadmissionpolicybindings")) {
    const name = textAt(binding, "spec", "policyName");
    const policy = storedPolicies(cluster, "validatingadmissionpolicies").find(
      ({ metadata }) => metadata.name === name,
    );
    if (policy === undefined || !concerns(cluster, binding, policy, admission)) continue;
    const failure = failureOf(cluster, policy, binding, admission);
    if (failure === null) continue;
    const actions = listAt(binding, "spec", "validationActions");
    const by = `ValidatingAdmissionPolicy '${name}' with binding '${binding.metadata.name}'`;
    if (actions.includes("Deny")) throw denial(admission, `${by} denied request: ${failure.message}`, failure.reason);
    if (actions.includes("Warn")) warnings.push(`Validation failed for ${by}: ${failure.message}`);
  }
  return warnings;
}

export const storedPolicies = (cluster: Cluster, resource: string): readonly KubeObject[] => {
  const type = cluster.catalog.find(group, "v1", resource);
  return type === null ? [] : cluster.store.list(type);
};

function concerns(cluster: Cluster, binding: KubeObject, policy: KubeObject, admission: Admission): boolean {
  const constraints = objectAt(policy, "spec", "matchConstraints");
  const narrowed = objectAt(binding, "spec", "matchResources");
  return (
    matches(cluster, constraints, admission, false) &&
    (Object.keys(narrowed).length === 0 || matches(cluster, narrowed, admission, true))
  );
}

/** A binding may leave the rules out; a policy may not. */
export function matches(
  cluster: Cluster,
  constraints: JsonObject,
  admission: Admission,
  rulesOptional: boolean,
): boolean {
  const rules = listAt(constraints, "resourceRules");
  const included = (rulesOptional && rules.length === 0) || rules.some((rule) => covers(rule, admission));
  if (!included || listAt(constraints, "excludeResourceRules").some((rule) => covers(rule, admission))) return false;
  const subject = admission.object ?? admission.old;
  const namespace = namespaceOf(cluster, admission);
  const ofNamespace = admission.type.kind === "Namespace" ? subject : namespace;
  return (
    (ofNamespace === null || selected(constraints["namespaceSelector"], ofNamespace)) &&
    [admission.object, admission.old].some((each) => each !== null && selected(constraints["objectSelector"], each))
  );
}

const selected = (selector: Json | undefined, object: KubeObject): boolean =>
  !isJsonObject(selector) || selects(selector, object.metadata.labels ?? {});

function covers(rule: Json, { type, operation, subresource, object, old }: Admission): boolean {
  const has = (field: string, value: string) => {
    const values = listAt(rule, field);
    return values.includes("*") || values.includes(value);
  };
  const full = subresource === "" ? type.resource : `${type.resource}/${subresource}`;
  const resources = listAt(rule, "resources").map(String);
  const onResource = resources.some((wanted) =>
    wanted === "*"
      ? subresource === ""
      : wanted === "*/*" || wanted === full || wanted === `${type.resource}/*` || wanted === `*/${subresource}`,
  );
  const names = listAt(rule, "resourceNames");
  const scope = textAt(rule, "scope") || "*";
  return (
    has("apiGroups", type.group) &&
    has("apiVersions", type.version) &&
    has("operations", operation) &&
    onResource &&
    (scope === "*" || (scope === "Namespaced") === type.namespaced) &&
    (names.length === 0 || names.includes((object ?? old)?.metadata.name ?? ""))
  );
}

function namespaceOf(cluster: Cluster, { type, object, old }: Admission): KubeObject | null {
  if (!type.namespaced) return null;
  const namespaces = cluster.catalog.find("", "v1", "namespaces")!;
  return cluster.store.get(namespaces, "", (object ?? old)?.metadata.namespace ?? "");
}

interface Failure {
  readonly message: string;
  readonly reason: string;
}

function failureOf(cluster: Cluster, policy: KubeObject, binding: KubeObject, admission: Admission): Failure | null {
  const ignores = textAt(policy, "spec", "failurePolicy") === "Ignore";
  const broken = (message: string): Failure | null => (ignores ? null : { message, reason: "Invalid" });
  const params = paramsOf(cluster, policy, binding, admission);
  if (params === "missing") {
    if (textAt(binding, "spec", "paramRef", "parameterNotFoundAction") === "Allow") return null;
    return broken(
      "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
    );
  }
  const context = contextOf(cluster, admission, params);
  for (const condition of listAt(policy, "spec", "matchConditions")) {
    const outcome = evaluate(textAt(condition, "expression"), context);
    if (outcome.type === "error") return broken(outcome.message);
    if (outcome.value !== true) return null;
  }
  const withVariables = { ...context, variables: variablesOf(policy, context) };
  for (const validation of listAt(policy, "spec", "validations")) {
    const expression = textAt(validation, "expression");
    const outcome = evaluate(expression, withVariables);
    if (outcome.type === "error") {
      const failure = broken(`expression '${expression}' resulted in error: ${outcome.message}`);
      if (failure !== null) return failure;
    } else if (outcome.value !== true) {
      const told = textAt(validation, "messageExpression");
      const words = told === "" ? null : evaluate(told, withVariables);
      const own = words?.type === "value" && typeof words.value === "string" ? words.value : "";
      const message = own || textAt(validation, "message") || `failed expression: ${expression}`;
      return { message, reason: textAt(validation, "reason") || "Invalid" };
    }
  }
  return null;
}

/** Null where the policy takes none. */
function paramsOf(
  cluster: Cluster,
  policy: KubeObject,
  binding: KubeObject,
  { object, old }: Admission,
): KubeObject | null | "missing" {
  const kind = objectAt(policy, "spec", "paramKind");
  const name = textAt(binding, "spec", "paramRef", "name");
  if (Object.keys(kind).length === 0) return null;
  const [version = "", ownGroup = ""] = textAt(kind, "apiVersion").split("/").reverse();
  const type = cluster.catalog.findKind(ownGroup, version, textAt(kind, "kind"));
  const own = textAt(binding, "spec", "paramRef", "namespace") || (object ?? old)?.metadata.namespace || "";
  return type === null ? "missing" : (cluster.store.get(type, type.namespaced ? own : "", name) ?? "missing");
}

function contextOf(cluster: Cluster, admission: Admission, params: KubeObject | null): Record<string, unknown> {
  const { object, old } = admission;
  const shown = (each: KubeObject | null) => (each === null ? null : celValue(asJson(each)));
  return {
    object: shown(object),
    oldObject: shown(old),
    request: celValue(requestOf(admission)),
    params: shown(params),
    namespaceObject: shown(namespaceOf(cluster, admission)),
  };
}

/** AdmissionRequest, API reference, without the objects. */
export function requestOf({ type, object, old, operation, subresource, user, dryRun }: Admission): JsonObject {
  const { name = "", namespace = "" } = (object ?? old)?.metadata ?? {};
  const kind = { group: type.group, version: type.version, kind: type.kind };
  const resource = { group: type.group, version: type.version, resource: type.resource };
  return {
    ...{ kind, resource, requestKind: kind, requestResource: resource, subResource: subresource },
    ...{ name, namespace, operation, dryRun, userInfo: { username: user.name, groups: [...user.groups] } },
  };
}

/** Whether all match conditions hold; one that cannot be evaluated does not. */
export function meets(cluster: Cluster, conditions: readonly Json[], admission: Admission): boolean {
  if (conditions.length === 0) return true;
  const context = contextOf(cluster, admission, null);
  return conditions.every((condition) => {
    const outcome = evaluate(textAt(condition, "expression"), context);
    return outcome.type === "value" && outcome.value === true;
  });
}

/** Each is evaluated when it is first asked for; one may use those before it. */
function variablesOf(policy: KubeObject, context: Record<string, unknown>): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  for (const variable of listAt(policy, "spec", "variables")) {
    Object.defineProperty(variables, textAt(variable, "name"), {
      enumerable: true,
      get: () => {
        const outcome = evaluate(textAt(variable, "expression"), { ...context, variables });
        if (outcome.type === "error") throw new Error(outcome.message);
        return outcome.value;
      },
    });
  }
  return variables;
}

const codes: Readonly<Record<string, number>> = {
  Invalid: 422,
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};

function denial({ type, object, old }: Admission, why: string, reason: string): Refusal {
  const name = (object ?? old)?.metadata.name ?? "";
  const qualified = type.group === "" ? type.resource : `${type.resource}.${type.group}`;
  const details = { name, ...(type.group === "" ? {} : { group: type.group }), kind: type.resource };
  const message = `${qualified} "${name}" is forbidden: ${why}`;
  return new Refusal(codes[reason] ?? 422, reason, message, details, [{ message: why }]);
}
