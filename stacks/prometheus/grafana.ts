import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { Password } from "@cdktf/provider-random/lib/password/index.js";
import { Construct } from "constructs";
import { restrictNetwork } from "../network-policy.ts";
import type { CommonOptions } from "../options.ts";
import {
  configHash,
  imageOf,
  labelsOf,
  metadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
} from "../workload.ts";
import { dashboards } from "./dashboards.ts";
import type { WebIngress } from "./options.ts";
import { ingressTo } from "./web-ingress.ts";

const PORT = 3000;
/** `grafana` of the image. */
const USER = 472;
const PROVISIONED = "/etc/grafana/provisioning";

export interface GrafanaSurroundings {
  readonly name: string;
  readonly namespace: string;
  readonly registry?: string;
  readonly networkPolicy?: CommonOptions["networkPolicy"];
  /** Of Prometheus. */
  readonly source: string;
  readonly ingress?: WebIngress;
  readonly version?: string;
}

/**
 * Grafana with Prometheus as its source and a dashboard for each stack, all provisioned: it keeps nothing, so that it has no
 * volume. The password of `admin` is made once and stands in the Secret `NAME-credentials`.
 */
export class Grafana extends Construct {
  constructor(scope: Construct, id: string, around: GrafanaSurroundings) {
    super(scope, id);
    const { name, namespace, registry, networkPolicy, source, ingress, version = "12.2.1" } = around;
    const labels = labelsOf("grafana", name);
    const metadata = metadataOf(name, namespace, labels);
    const password = new Password(this, "password", { length: 32, special: false });
    const credentials = new SecretV1(this, "credentials", {
      metadata: metadata("-credentials"),
      data: { username: "admin", password: password.result },
    });
    const sources = JSON.stringify({
      apiVersion: 1,
      datasources: [
        { name: "Prometheus", uid: "prometheus", type: "prometheus", access: "proxy", url: source, isDefault: true },
      ],
    });
    const providers = JSON.stringify({
      apiVersion: 1,
      providers: [{ name: "k8sctl", type: "file", options: { path: "/var/lib/dashboards" } }],
    });
    const files = Object.fromEntries(dashboards.map((each) => [`${each.uid}.json`, JSON.stringify(each)]));
    const provisioning = new ConfigMapV1(this, "provisioning", {
      metadata: metadata("-provisioning"),
      data: { "sources.yaml": sources, "providers.yaml": providers },
    });
    const shown = new ConfigMapV1(this, "dashboards", { metadata: metadata("-dashboards"), data: files });
    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    });
    const selector = { matchLabels: labels };
    const probe = { httpGet: { path: "/api/health", port: "http" }, periodSeconds: 5, timeoutSeconds: 3 };
    const fromSecret = (key: string) => ({ secretKeyRef: { name: credentials.metadata.name, key } });
    new DeploymentV1(this, "server", {
      metadata: metadata(),
      spec: {
        replicas: "1",
        selector,
        template: {
          metadata: { labels, annotations: configHash(`${sources}${providers}${JSON.stringify(files)}`) },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: restrictedPod(USER),
            container: [
              {
                name: "grafana",
                image: imageOf("grafana/grafana", { registry, version }),
                port: [{ name: "http", containerPort: PORT }],
                env: [
                  { name: "GF_SECURITY_ADMIN_USER", valueFrom: fromSecret("username") },
                  { name: "GF_SECURITY_ADMIN_PASSWORD", valueFrom: fromSecret("password") },
                  { name: "GF_ANALYTICS_REPORTING_ENABLED", value: "false" },
                  { name: "GF_ANALYTICS_CHECK_FOR_UPDATES", value: "false" },
                ],
                securityContext: restrictedContainer({ readOnlyRoot: true }),
                resources: resourcesOf({ cpu: "50m", memory: "256Mi" }),
                // Its first start makes its database.
                startupProbe: { ...probe, failureThreshold: 60 },
                readinessProbe: probe,
                livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
                volumeMount: [
                  { name: "data", mountPath: "/var/lib/grafana" },
                  { name: "tmp", mountPath: "/tmp" },
                  {
                    name: "provisioning",
                    mountPath: `${PROVISIONED}/datasources/sources.yaml`,
                    subPath: "sources.yaml",
                    readOnly: true,
                  },
                  {
                    name: "provisioning",
                    mountPath: `${PROVISIONED}/dashboards/providers.yaml`,
                    subPath: "providers.yaml",
                    readOnly: true,
                  },
                  { name: "dashboards", mountPath: "/var/lib/dashboards", readOnly: true },
                ],
              },
            ],
            volume: [
              { name: "data", emptyDir: {} },
              { name: "tmp", emptyDir: {} },
              { name: "provisioning", configMap: { name: provisioning.metadata.name } },
              { name: "dashboards", configMap: { name: shown.metadata.name } },
            ],
          },
        },
      },
    });
    const service = new ServiceV1(this, "service", {
      metadata: metadata(),
      spec: { selector: labels, port: [{ name: "http", port: PORT, targetPort: "http" }] },
    });
    if (ingress !== undefined) {
      ingressTo(this, ingress, { metadata: metadata(), service: service.metadata.name, port: PORT });
    }
    const open = { clients: [PORT], ingress: ingress === undefined ? [] : [PORT] };
    restrictNetwork(this, { metadata: metadata(), selector, open }, networkPolicy);
  }
}
