import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How k8sctl.yaml names the cluster that is measured. */
export interface ContextCluster {
  readonly kubeconfig: string;
  readonly context: string;
}

const OBJECTS_PER_NAMESPACE = 100;

/**
 * Writes a project of `count` objects in one stack: a namespace per 100, and in it ConfigMaps, Secrets, Deployments
 * without replicas, Services and ServiceAccounts, with references between them as people write them.
 */
export function writeSyntheticProject(folder: string, count: number, cluster: ContextCluster): void {
  mkdirSync(join(folder, "stacks"), { recursive: true });
  writeFileSync(
    join(folder, "k8sctl.yaml"),
    `project: bench-${count}
clusters:
  bench: ${JSON.stringify({ provider: "context", context: cluster.context, kubeconfig: cluster.kubeconfig })}
stacks:
  - file: stacks/synthetic.ts
    vars: ${JSON.stringify({ count, perNamespace: OBJECTS_PER_NAMESPACE })}
`,
  );
  writeFileSync(join(folder, "stacks/synthetic.ts"), STACK);
}

const STACK = `import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";

interface Options {
  readonly vars: { readonly count: number; readonly perNamespace: number };
}

export default class Synthetic extends TerraformStack {
  constructor(scope: Construct, id: string, { vars: { count, perNamespace } }: Options) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    for (let made = 0; made < count; ) {
      const number = made / perNamespace;
      const name = \`bench-\${count}-\${number}\`;
      const namespace = new NamespaceV1(this, name, { metadata: { name } });
      made += 1;
      for (let unit = 0; made < Math.min(count, (number + 1) * perNamespace); unit += 1) {
        made += this.unit(namespace, \`\${number}-\${unit}\`, Math.min(count, (number + 1) * perNamespace) - made);
      }
    }
  }

  /** At most \`room\` objects of one small service; the number made. */
  private unit(space: NamespaceV1, name: string, room: number): number {
    const labels = { "app.kubernetes.io/name": \`app-\${name}\`, "app.kubernetes.io/part-of": "bench" };
    const namespace = space.metadata.name;
    const parts = [
      () =>
        new ConfigMapV1(this, \`settings-\${name}\`, {
          metadata: { name: \`settings-\${name}\`, namespace, labels },
          data: { "app.properties": \`name=\${name}\\nlevel=info\\nworkers=4\\n\`, LEVEL: "info" },
        }),
      () =>
        new SecretV1(this, \`access-\${name}\`, {
          metadata: { name: \`access-\${name}\`, namespace, labels },
          data: { user: "app", password: \`not-a-secret-\${name}\` },
        }),
      () =>
        new DeploymentV1(this, \`app-\${name}\`, {
          metadata: { name: \`app-\${name}\`, namespace, labels },
          waitForRollout: false,
          spec: {
            replicas: "0",
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: {
                container: [
                  {
                    name: "app",
                    image: "registry.example/app:1.2.3",
                    port: [{ name: "http", containerPort: 8080 }],
                    env: [{ name: "NAME", value: name }],
                    envFrom: [{ configMapRef: { name: \`settings-\${name}\` } }, { secretRef: { name: \`access-\${name}\` } }],
                    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
                    readinessProbe: { httpGet: { path: "/", port: "http" } },
                  },
                ],
              },
            },
          },
        }),
      () =>
        new ServiceV1(this, \`service-\${name}\`, {
          metadata: { name: \`app-\${name}\`, namespace, labels },
          spec: { selector: labels, port: [{ name: "http", port: 80, targetPort: "http" }] },
        }),
      () => new ServiceAccountV1(this, \`account-\${name}\`, { metadata: { name: \`app-\${name}\`, namespace, labels } }),
    ].slice(0, room);
    for (const make of parts) make();
    return parts.length;
  }
}
`;
