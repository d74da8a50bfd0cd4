import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1/index.js";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";
import { KIND_GROUP, kindPlurals, kindsWithStatus } from "./kinds.ts";

interface AccessOptions {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly customResources: "off" | "made" | "installed";
}

const GROUP = "rbac.authorization.k8s.io";
const READ = ["get", "list", "watch"];

/**
 * What the controller may do: read what it serves in all namespaces, write its lease and events. Read off the program of
 * version 5.2.1 without NGINX Plus and telemetry, and run with no more.
 */
export class ControllerAccess extends Construct {
  readonly account: ServiceAccountV1;
  /** Name of the Lease by which one pod of several reports the status of Ingresses. */
  readonly lock: string;
  /** What the rights hang on: pods that start before are refused until they are there. */
  readonly bindings: readonly (ClusterRoleBindingV1 | RoleBindingV1)[];

  constructor(scope: Construct, id: string, { name, namespace, labels, customResources }: AccessOptions) {
    super(scope, id);
    this.lock = `${name}-leader`;
    const metadata = { name, namespace, labels };
    // Cluster-wide names carry the namespace: two controllers of one name may stand in two namespaces.
    const wide = { name: `${namespace}-${name}`, labels };
    this.account = new ServiceAccountV1(this, "account", { metadata });
    const subject = [{ kind: "ServiceAccount", name: this.account.metadata.name, namespace }];

    const reads = new ClusterRoleV1(this, "cluster-role", {
      metadata: wide,
      rule: [
        { apiGroups: [""], resources: ["services", "secrets", "pods"], verbs: READ },
        { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
        { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: READ },
        { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update"] },
        { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: ["get"] },
        ...(customResources === "off"
          ? []
          : [
              { apiGroups: [KIND_GROUP], resources: [...kindPlurals], verbs: READ },
              // A new leader takes the status of F5's kinds from the events that the last one wrote.
              { apiGroups: [""], resources: ["events"], verbs: ["list"] },
              { apiGroups: [KIND_GROUP], resources: [...kindsWithStatus], verbs: ["update"] },
            ]),
      ],
    });
    const reading = new ClusterRoleBindingV1(this, "cluster-binding", {
      metadata: wide,
      roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: reads.metadata.name },
      subject,
    });

    const leads = new RoleV1(this, "role", {
      metadata,
      rule: [
        { apiGroups: [""], resources: ["configmaps"], verbs: READ },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
        {
          apiGroups: ["coordination.k8s.io"],
          resources: ["leases"],
          resourceNames: [this.lock],
          verbs: ["get", "update"],
        },
        // Each pod labels itself with the versions that it runs.
        { apiGroups: [""], resources: ["pods"], verbs: ["update"] },
      ],
    });
    const leading = new RoleBindingV1(this, "binding", {
      metadata,
      roleRef: { apiGroup: GROUP, kind: "Role", name: leads.metadata.name },
      subject,
    });
    this.bindings = [reading, leading];
  }
}
