import type { ResourceType } from "../model/objects.ts";

const kinds = new Set([
  "/Service",
  "/Endpoints",
  "/Event",
  "/LimitRange",
  "coordination.k8s.io/Lease",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/RoleBinding",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
]);

/** Whether an update of what is missing creates it (API reference: such a PUT may answer 201). */
export function createsOnUpdate({ group, kind }: Pick<ResourceType, "group" | "kind">): boolean {
  return kinds.has(`${group}/${kind}`);
}
