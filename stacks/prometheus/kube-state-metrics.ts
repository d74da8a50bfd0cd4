import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { Construct } from "constructs";
import { restrictNetwork } from "../network-policy.ts";
import type { CommonOptions } from "../options.ts";
import { imageOf, labelsOf, metadataOf, resourcesOf, restrictedContainer, restrictedPod } from "../workload.ts";

const PORT = 8080;
const TELEMETRY = 8081;
/** `nobody`, the image's own user. */
const USER = 65534;
const VERSION = "v2.17.0";

/** What is measured, by API group. Neither Secrets nor ConfigMaps: their metrics are not worth the right to read them. */
const MEASURED = [
  { apiGroups: [""], resources: ["nodes", "persistentvolumeclaims", "pods"] },
  { apiGroups: ["apps"], resources: ["daemonsets", "deployments", "statefulsets"] },
  { apiGroups: ["batch"], resources: ["jobs"] },
];
/** By this label alerts know which system a workload is of. */
const LABEL = "app.kubernetes.io/name";

/** kube-state-metrics: what the API server knows of workloads, as metrics. */
export class KubeStateMetrics extends Construct {
  /** `host:port` */
  readonly target: string;

  constructor(
    scope: Construct,
    id: string,
    around: {
      readonly name: string;
      readonly namespace: string;
      readonly registry?: string;
      readonly networkPolicy?: CommonOptions["networkPolicy"];
    },
  ) {
    super(scope, id);
    const { name, namespace, registry, networkPolicy } = around;
    const labels = labelsOf("kube-state-metrics", name);
    const metadata = metadataOf(name, namespace, labels);
    this.target = `${name}.${namespace}.svc:${PORT}`;

    const account = new ServiceAccountV1(this, "account", { metadata: metadata() });
    const wide = { name: `${namespace}-${name}`, labels };
    const role = new ClusterRoleV1(this, "role", {
      metadata: wide,
      rule: MEASURED.map((each) => ({ ...each, verbs: ["list", "watch"] })),
    });
    const binding = new ClusterRoleBindingV1(this, "binding", {
      metadata: wide,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
      subject: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
    });
    const selector = { matchLabels: labels };
    const kinds = MEASURED.flatMap(({ resources }) => resources).sort();
    const probe = (path: string, port: string) => ({ httpGet: { path, port }, periodSeconds: 5, timeoutSeconds: 5 });
    new DeploymentV1(this, "server", {
      metadata: metadata(),
      spec: {
        replicas: "1",
        selector,
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            securityContext: restrictedPod(USER),
            container: [
              {
                name: "kube-state-metrics",
                // A mirror takes the place of the registry in its name.
                image: imageOf("kube-state-metrics/kube-state-metrics", {
                  registry: registry ?? "registry.k8s.io",
                  version: VERSION,
                }),
                args: [
                  `--resources=${kinds.join(",")}`,
                  `--metric-labels-allowlist=${["daemonsets", "deployments", "statefulsets"].map((kind) => `${kind}=[${LABEL}]`).join(",")}`,
                ],
                port: [
                  { name: "http", containerPort: PORT },
                  { name: "telemetry", containerPort: TELEMETRY },
                ],
                securityContext: restrictedContainer({ readOnlyRoot: true }),
                resources: resourcesOf({ cpu: "10m", memory: "64Mi" }),
                readinessProbe: probe("/readyz", "telemetry"),
                livenessProbe: probe("/livez", "http"),
              },
            ],
          },
        },
      },
      dependsOn: [binding],
    });
    new ServiceV1(this, "service", {
      metadata: metadata(),
      spec: { selector: labels, port: [{ name: "http", port: PORT, targetPort: "http" }] },
    });
    const open = { clients: [], metrics: [PORT] };
    restrictNetwork(this, { metadata: metadata(), selector, open, asksApi: true }, networkPolicy);
  }
}
