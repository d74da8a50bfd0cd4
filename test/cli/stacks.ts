/** Projects that the tests of the command line run. */

/** k8sctl.yaml of a project on the embedded cluster `dev`, with these stack files. */
export function projectYaml(name: string, files: readonly string[], more = ""): string {
  const stacks = files.map((file) => `  - { file: ${file} }`).join("\n");
  return `project: ${name}\nclusters:\n  dev: { provider: embedded, name: dev }\n${more}stacks:\n${stacks}\n`;
}

type Resources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Terraform JSON, as CDKTF would write it; such a stack needs no TypeScript and no child process. */
export function terraformJson(resource: Resources, more: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({ resource, ...more }, null, 2)}\n`;
}

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace = "default") {
  return { metadata: { name, namespace }, data };
}

/** A Deployment of one container; `annotations` are the pod's. */
export function deployment(
  name: string,
  options: {
    readonly namespace?: string;
    readonly replicas?: number;
    readonly image?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly env?: readonly Readonly<Record<string, unknown>>[];
  } = {},
) {
  const labels = { app: name };
  return {
    metadata: { name, namespace: options.namespace ?? "default" },
    spec: {
      replicas: String(options.replicas ?? 1),
      selector: { match_labels: labels },
      template: {
        metadata: { labels, annotations: options.annotations ?? {} },
        spec: { container: [{ name: "main", image: options.image ?? "web:1", env: options.env ?? [] }] },
      },
    },
  };
}

/** A TypeScript stack whose constructor holds the lines given; the first of them stands at line 9. */
export function typescriptStack(...lines: readonly string[]): string {
  return `import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
export default class Web extends TerraformStack {
  constructor(scope: any, id: string, { vars }: any) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
${lines.map((line) => `    ${line}`).join("\n")}
  }
}
`;
}
