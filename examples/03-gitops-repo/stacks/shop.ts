import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";

/** What differs from one environment to the next; everything else is the same by construction. */
interface Options {
  readonly vars: {
    readonly environment: string;
    readonly host: string;
    readonly version: string;
    readonly replicas: number;
  };
}

/** The shop's front: a web server behind an Ingress. */
export default class Shop extends TerraformStack {
  constructor(scope: Construct, id: string, { vars }: Options) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");

    const namespace = new NamespaceV1(this, "namespace", {
      metadata: {
        name: "shop",
        labels: { environment: vars.environment, "pod-security.kubernetes.io/enforce": "restricted" },
      },
    });
    const labels = { "app.kubernetes.io/name": "shop" };
    const metadata = { name: "shop", namespace: namespace.metadata.name, labels };

    const page = new ConfigMapV1(this, "page", {
      metadata: { ...metadata, name: "page" },
      data: { "index.html": `<h1>Shop, ${vars.environment}</h1>\n` },
    });
    new DeploymentV1(this, "shop", {
      metadata,
      spec: {
        replicas: String(vars.replicas),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: "101", seccompProfile: { type: "RuntimeDefault" } },
            container: [
              {
                name: "web",
                image: `nginxinc/nginx-unprivileged:${vars.version}`,
                port: [{ name: "http", containerPort: 8080 }],
                securityContext: {
                  runAsNonRoot: true,
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ["ALL"] },
                },
                resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "64Mi" } },
                readinessProbe: { httpGet: { path: "/", port: "http" } },
                volumeMount: [{ name: "page", mountPath: "/usr/share/nginx/html", readOnly: true }],
              },
            ],
            volume: [{ name: "page", configMap: { name: page.metadata.name } }],
          },
        },
      },
    });
    const service = new ServiceV1(this, "service", {
      metadata,
      spec: { selector: labels, port: [{ name: "http", port: 80, targetPort: "http" }] },
    });
    const backend = { service: { name: service.metadata.name, port: { name: "http" } } };
    new IngressV1(this, "ingress", {
      metadata,
      spec: {
        ingressClassName: "nginx",
        rule: [{ host: vars.host, http: { path: [{ path: "/", pathType: "Prefix", backend }] } }],
      },
    });
    new PodDisruptionBudgetV1(this, "budget", {
      metadata,
      spec: { maxUnavailable: "1", selector: { matchLabels: labels } },
    });

    new TerraformOutput(this, "url", { value: `http://${vars.host}` });
  }
}
