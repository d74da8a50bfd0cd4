import type { Json } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { at, listAt, objectAt, textAt } from "../model/read-field.ts";
import type { Cluster } from "./call.ts";
import type { User } from "./user.ts";

/** What somebody wants to do (API reference, SubjectAccessReview). */
export type Attributes =
  | {
      readonly type: "resource";
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly type: "path"; readonly verb: string; readonly path: string };

const rbacGroup = "rbac.authorization.k8s.io";

const stored = (cluster: Cluster, resource: string, namespace = "") =>
  cluster.store.list(cluster.catalog.find(rbacGroup, "v1", resource)!, namespace);

interface Grant {
  readonly rules: readonly Json[];
  /** `RoleBinding "b/ns" of Role "r" to User "alice"` */
  readonly because: string;
}

/** Groups that may do everything: kubeadm's two ways to make an administrator. */
const administrators = new Set(["system:masters", "kubeadm:cluster-admins"]);

export function isAdministrator(user: User): boolean {
  return user.groups.some((group) => administrators.has(group));
}

/** Why the user may do that, as the API server words it; null where nothing allows it. */
export function allowedBecause(cluster: Cluster, user: User, wanted: Attributes): string | null {
  if (isAdministrator(user)) return "";
  const namespace = wanted.type === "resource" ? wanted.namespace : "";
  for (const { rules, because } of grants(cluster, user, namespace))
    if (rules.some((rule) => allows(rule, wanted))) return `RBAC: allowed by ${because}`;
  return null;
}

/** Every rule that the user has in a namespace, those of the whole cluster included. */
export function rulesOf(cluster: Cluster, user: User, namespace: string): Json[] {
  return [...grants(cluster, user, namespace)].flatMap(({ rules }) => [...rules]);
}

function* grants(cluster: Cluster, user: User, namespace: string): Generator<Grant> {
  for (const binding of stored(cluster, "clusterrolebindings")) {
    const subject = matchingSubject(binding, user, "");
    if (subject === null) continue;
    const because = `ClusterRoleBinding "${binding.metadata.name}" of ${describeRole(binding)} to ${subject}`;
    yield { rules: roleRules(cluster, binding, ""), because };
  }
  if (namespace === "") return;
  for (const binding of stored(cluster, "rolebindings", namespace)) {
    const subject = matchingSubject(binding, user, namespace);
    if (subject === null) continue;
    const because = `RoleBinding "${binding.metadata.name}/${namespace}" of ${describeRole(binding)} to ${subject}`;
    yield { rules: roleRules(cluster, binding, namespace), because };
  }
}

const describeRole = (binding: KubeObject) =>
  `${textAt(binding, "roleRef", "kind")} "${textAt(binding, "roleRef", "name")}"`;

function matchingSubject(binding: KubeObject, user: User, namespace: string): string | null {
  for (const subject of listAt(binding, "subjects")) {
    const [kind, name] = [textAt(subject, "kind"), textAt(subject, "name")];
    const home = textAt(subject, "namespace") || namespace;
    if (kind === "User" && name === user.name) return `User "${name}"`;
    if (kind === "Group" && user.groups.includes(name)) return `Group "${name}"`;
    if (kind === "ServiceAccount" && user.name === `system:serviceaccount:${home}:${name}`)
      return `ServiceAccount "${name}/${home}"`;
  }
  return null;
}

/** The rules that a binding refers to; none where its role is missing. */
export function roleRules(cluster: Cluster, binding: KubeObject, namespace: string): readonly Json[] {
  const isRole = textAt(binding, "roleRef", "kind") === "Role";
  const roles = stored(cluster, isRole ? "roles" : "clusterroles", isRole ? namespace : "");
  const role = roles.find(({ metadata }) => metadata.name === textAt(binding, "roleRef", "name"));
  if (role === undefined) return [];
  const selectors = listAt(role, "aggregationRule", "clusterRoleSelectors");
  if (selectors.length === 0) return listAt(role, "rules");
  const gathered = roles.filter(({ metadata }) =>
    selectors.some((selector) =>
      Object.entries(objectAt(selector, "matchLabels")).every(([key, value]) => metadata.labels?.[key] === value),
    ),
  );
  return [role, ...gathered].flatMap((part) => [...listAt(part, "rules")]);
}

function allows(rule: Json, wanted: Attributes): boolean {
  const has = (field: string, value: string) => {
    const values = listAt(rule, field);
    return values.includes("*") || values.includes(value);
  };
  if (!has("verbs", wanted.verb)) return false;
  if (wanted.type === "path") {
    const covers = (url: string) =>
      url === wanted.path || (url.endsWith("*") && wanted.path.startsWith(url.slice(0, -1)));
    return listAt(rule, "nonResourceURLs").some((url) => covers(String(url)));
  }
  const { group, resource, subresource, name } = wanted;
  if (!has("apiGroups", group)) return false;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  if (!has("resources", full) && !(subresource !== "" && listAt(rule, "resources").includes(`*/${subresource}`)))
    return false;
  const names = listAt(rule, "resourceNames");
  return names.length === 0 || names.includes(name);
}

/** Whether one who has `held` may hand out `rule`: each of its parts must be held (API reference, "Privilege escalation"). */
export function isHeld(rule: Json, held: readonly Json[]): boolean {
  const each = (field: string) => listAt(rule, field).map(String);
  const names = each("resourceNames").length === 0 ? [null] : each("resourceNames");
  const resources = each("verbs").flatMap((verb) =>
    each("apiGroups").flatMap((group) =>
      each("resources").flatMap((resource) => names.map((name) => ({ verb, group, resource, name }))),
    ),
  );
  const paths = each("verbs").flatMap((verb) => each("nonResourceURLs").map((path) => ({ verb, path })));
  const inAny = (field: string, value: string) => (other: Json) =>
    listAt(other, field).includes("*") || listAt(other, field).includes(value);
  return (
    resources.every(({ verb, group, resource, name }) =>
      held.some((other) => {
        const named = listAt(other, "resourceNames");
        const onName = named.length === 0 || (name !== null && named.includes(name));
        const holds = [inAny("verbs", verb), inAny("apiGroups", group), inAny("resources", resource)];
        return onName && holds.every((test) => test(other));
      }),
    ) && paths.every(({ verb, path }) => held.some((other) => inAny("verbs", verb)(other) && coversUrl(other, path)))
  );
}

function coversUrl(rule: Json, path: string): boolean {
  return listAt(rule, "nonResourceURLs").some(
    (url) => url === path || (String(url).endsWith("*") && path.startsWith(String(url).slice(0, -1))),
  );
}

/** The object's rules as Go prints them: `{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`. */
export function printRule(rule: Json): string {
  const fields: [string, string][] = [
    ["apiGroups", "APIGroups"],
    ["resources", "Resources"],
    ["resourceNames", "ResourceNames"],
    ["nonResourceURLs", "NonResourceURLs"],
    ["verbs", "Verbs"],
  ];
  const parts = fields.flatMap(([field, name]) => {
    const values = at(rule, field);
    return Array.isArray(values) && values.length > 0
      ? [`${name}:[${values.map((value) => JSON.stringify(value)).join(" ")}]`]
      : [];
  });
  return `{${parts.join(", ")}}`;
}
