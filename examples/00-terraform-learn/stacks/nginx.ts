import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";

interface Options {
  readonly vars: { readonly replicas: number; readonly nodePort: number };
}

/** NGINX with some replicas behind a NodePort, the walk that Terraform's own Kubernetes tutorial begins with. */
export default class Nginx extends TerraformStack {
  constructor(scope: Construct, id: string, { vars }: Options) {
    super(scope, id);
    // Empty: who reaches which cluster is the engine's business, never the JSON's.
    new KubernetesProvider(this, "kubernetes");

    const namespace = new NamespaceV1(this, "namespace", { metadata: { name: "learn" } });
    const labels = { app: "nginx" };
    const metadata = { name: "nginx", namespace: namespace.metadata.name, labels };

    const nginx = new DeploymentV1(this, "nginx", {
      metadata,
      spec: {
        replicas: String(vars.replicas),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            container: [
              {
                name: "nginx",
                image: "nginx:1.29.3-alpine",
                port: [{ name: "http", containerPort: 80 }],
                resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                readinessProbe: { httpGet: { path: "/", port: "http" } },
              },
            ],
          },
        },
      },
    });

    new ServiceV1(this, "service", {
      metadata,
      spec: {
        type: "NodePort",
        selector: nginx.spec.selector.matchLabels,
        port: [{ name: "http", port: 80, targetPort: "http", nodePort: vars.nodePort }],
      },
    });

    new TerraformOutput(this, "url", { value: `http://localhost:${vars.nodePort}` });
  }
}
