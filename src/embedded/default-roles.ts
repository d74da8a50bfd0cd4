import type { Json } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const read = ["get", "list", "watch"];
const write = ["create", "delete", "deletecollection", "patch", "update"];
const rule = (apiGroups: string[], resources: string[], verbs: string[]): Json => ({ apiGroups, resources, verbs });

/** What users of a namespace work with; secrets are for those only who may write. */
const workloadGroups = ["apps", "batch", "autoscaling", "networking.k8s.io", "policy"];
const coreKinds = [
  ..."bindings configmaps endpoints events limitranges persistentvolumeclaims pods pods/log pods/status".split(" "),
  ..."replicationcontrollers replicationcontrollers/scale resourcequotas serviceaccounts services".split(" "),
];
const viewRules = [rule([""], coreKinds, read), rule([...workloadGroups, "discovery.k8s.io"], ["*"], read)];
const editRules = [
  ...viewRules,
  rule([""], [...coreKinds, "secrets", "pods/eviction", "serviceaccounts/token"], [...read, ...write]),
  rule(workloadGroups, ["*"], write),
];
const adminRules = [
  ...editRules,
  rule(["rbac.authorization.k8s.io"], ["roles", "rolebindings"], [...read, ...write]),
  rule(["authorization.k8s.io"], ["localsubjectaccessreviews"], ["create"]),
];
const everything: Json[] = [rule(["*"], ["*"], ["*"]), { nonResourceURLs: ["*"], verbs: ["*"] }];

const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
const role = (name: string, rules: Json[]): KubeObject => ({
  kind: "ClusterRole",
  apiVersion,
  metadata: { name, labels },
  rules,
});

/** The roles that people bind to, in a shorter form (API reference, "User-facing roles"). */
export const defaultRoles: readonly KubeObject[] = [
  role("cluster-admin", everything),
  role("admin", adminRules),
  role("edit", editRules),
  role("view", viewRules),
  {
    kind: "ClusterRoleBinding",
    apiVersion,
    metadata: { name: "cluster-admin", labels },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:masters" }],
  },
];
