import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";

const READ = ["get", "list", "watch"];

/** What the server may read: what it discovers targets by and, by option, the kubelets' own metrics. */
export class PrometheusAccess extends Construct {
  readonly account: ServiceAccountV1;
  readonly binding: ClusterRoleBindingV1;

  constructor(
    scope: Construct,
    id: string,
    options: {
      readonly name: string;
      readonly namespace: string;
      readonly labels: Record<string, string>;
      readonly kubelets: boolean;
    },
  ) {
    super(scope, id);
    const { name, namespace, labels, kubelets } = options;
    this.account = new ServiceAccountV1(this, "account", { metadata: { name, namespace, labels } });
    // Cluster-wide names carry the namespace: two servers of one name may stand in two namespaces.
    const metadata = { name: `${namespace}-${name}`, labels };
    const role = new ClusterRoleV1(this, "role", {
      metadata,
      rule: [
        { apiGroups: [""], resources: ["pods", "services"], verbs: READ },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
        { nonResourceUrls: ["/metrics"], verbs: ["get"] },
        ...(kubelets
          ? [
              { apiGroups: [""], resources: ["nodes"], verbs: READ },
              { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
            ]
          : []),
      ],
    });
    this.binding = new ClusterRoleBindingV1(this, "binding", {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
      subject: [{ kind: "ServiceAccount", name: this.account.metadata.name, namespace }],
    });
  }
}
