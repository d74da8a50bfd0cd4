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

const groupBinding = (name: string, groups: string[]): KubeObject => ({
  kind: "ClusterRoleBinding",
  apiVersion,
  metadata: { name, labels },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
  subjects: groups.map((group) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group })),
});
const paths = (nonResourceURLs: string[]): Json => ({ nonResourceURLs, verbs: ["get"] });
const selfReviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"];

/** The roles that people bind to, in a shorter form (API reference, "User-facing roles"), and those that all have. */
export const defaultRoles: readonly KubeObject[] = [
  role("cluster-admin", everything),
  role("admin", adminRules),
  role("edit", editRules),
  role("view", viewRules),
  groupBinding("cluster-admin", ["system:masters"]),
  // What everybody may do (kubernetes.io, "API discovery roles").
  role("system:basic-user", [
    rule(["authorization.k8s.io"], selfReviews, ["create"]),
    rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
  ]),
  role("system:discovery", [
    paths("/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/".split(" ")),
  ]),
  role("system:public-info-viewer", [paths("/healthz /livez /readyz /version /version/".split(" "))]),
  groupBinding("system:basic-user", ["system:authenticated"]),
  groupBinding("system:discovery", ["system:authenticated"]),
  groupBinding("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
];
