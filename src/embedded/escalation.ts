import type { KubeObject } from "../model/objects.ts";
import { listAt, textAt } from "../model/read-field.ts";
import type { Call } from "./call.ts";
import { forbidden } from "./failures.ts";
import { allowedBecause, isAdministrator, isHeld, printRule, roleRules, rulesOf } from "./rbac.ts";

/**
 * Nobody may hand out rights that they do not have, unless they may `escalate` roles or `bind` them. Throws Refusal 403
 * (API reference, "Privilege escalation prevention and bootstrapping").
 */
export function checkEscalation(call: Call, object: KubeObject): void {
  const { type, user, cluster, namespace } = call;
  if (type.group !== "rbac.authorization.k8s.io" || isAdministrator(user)) return;
  const isBinding = type.kind.endsWith("Binding");
  const role = { resource: type.resource, name: object.metadata.name, verb: "escalate" };
  const bound = {
    resource: textAt(object, "roleRef", "kind") === "Role" ? "roles" : "clusterroles",
    name: textAt(object, "roleRef", "name"),
    verb: "bind",
  };
  const special = {
    type: "resource",
    group: type.group,
    subresource: "",
    namespace,
    ...(isBinding ? bound : role),
  } as const;
  if (allowedBecause(cluster, user, special) !== null) return;
  const rules = isBinding ? roleRules(cluster, object, namespace) : listAt(object, "rules");
  const held = rulesOf(cluster, user, namespace);
  const missing = rules.filter((rule) => !isHeld(rule, held));
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(" ");
  const why = `user "${user.name}" (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.map(printRule).join("\n")}`;
  throw forbidden(type, object.metadata.name, why);
}
