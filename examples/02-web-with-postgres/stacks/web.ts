import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type PostgresStack from "k8sctl/stacks/postgres";

interface Options {
  readonly vars: { readonly replicas: number };
  readonly stacks: { readonly postgres: PostgresStack };
}

/** PostgREST: the tables of the database as a web service. */
export default class Web extends TerraformStack {
  constructor(scope: Construct, id: string, { vars, stacks }: Options) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    const { postgres } = stacks.postgres;

    const namespace = new NamespaceV1(this, "namespace", {
      metadata: { name: "web", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    const labels = { "app.kubernetes.io/name": "web" };
    const metadata = { name: "web", namespace: namespace.metadata.name, labels };

    // Pods read Secrets of their own namespace only. The password is a reference to the other stack: it is in no file
    // here, and whatever it becomes part of is shown as (sensitive).
    const database = new SecretV1(this, "database", {
      metadata: { ...metadata, name: "database" },
      data: { uri: postgres.uri },
    });

    const web = new DeploymentV1(this, "web", {
      metadata,
      spec: {
        replicas: String(vars.replicas),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: "1000",
              runAsGroup: "1000",
              seccompProfile: { type: "RuntimeDefault" },
            },
            container: [
              {
                name: "postgrest",
                image: "postgrest/postgrest:v13.0.7",
                port: [
                  { name: "http", containerPort: 3000 },
                  { name: "admin", containerPort: 3001 },
                ],
                env: [
                  {
                    name: "PGRST_DB_URI",
                    valueFrom: { secretKeyRef: { name: database.metadata.name, key: "uri" } },
                  },
                  { name: "PGRST_DB_SCHEMAS", value: "public" },
                  { name: "PGRST_DB_ANON_ROLE", value: postgres.user },
                  { name: "PGRST_ADMIN_SERVER_PORT", value: "3001" },
                ],
                // Said again: the provider's own default for a container that says anything is false.
                securityContext: {
                  runAsNonRoot: true,
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "128Mi" } },
                readinessProbe: { httpGet: { path: "/ready", port: "admin" } },
                livenessProbe: { httpGet: { path: "/live", port: "admin" } },
              },
            ],
          },
        },
      },
    });

    new ServiceV1(this, "service", {
      metadata,
      spec: { selector: labels, port: [{ name: "http", port: 80, targetPort: "http" }] },
      dependsOn: [web],
    });
    new PodDisruptionBudgetV1(this, "budget", {
      metadata,
      spec: { maxUnavailable: "1", selector: { matchLabels: labels } },
    });

    new TerraformOutput(this, "address", { value: `http://${metadata.name}.${metadata.namespace}.svc` });
    new TerraformOutput(this, "database-uri", { value: postgres.uri, sensitive: true });
  }
}
