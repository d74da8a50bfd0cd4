import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";

interface Options {
  readonly vars: { readonly greeting: string; readonly replicas: number };
}

/** A web server that greets: the smallest stack with parts that refer to each other. */
export default class Hello extends TerraformStack {
  constructor(scope: Construct, id: string, { vars }: Options) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");

    const namespace = new NamespaceV1(this, "namespace", { metadata: { name: "hello" } });
    const labels = { "app.kubernetes.io/name": "hello" };

    const page = new ConfigMapV1(this, "page", {
      metadata: { name: "page", namespace: namespace.metadata.name, labels },
      data: { "index.html": `<h1>${vars.greeting}</h1>\n` },
    });

    const web = new DeploymentV1(this, "web", {
      metadata: { name: "web", namespace: namespace.metadata.name, labels },
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
                resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
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
      metadata: { name: "web", namespace: namespace.metadata.name, labels },
      spec: { selector: labels, port: [{ name: "http", port: 80, targetPort: "http" }] },
      dependsOn: [web],
    });

    new TerraformOutput(this, "address", {
      value: `http://${service.metadata.name}.${namespace.metadata.name}.svc`,
      description: "Where the cluster's own pods reach it",
    });
  }
}
