import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { DaemonSetV1 } from "@cdktf/provider-kubernetes/lib/daemon-set-v1/index.js";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { IngressClassV1 } from "@cdktf/provider-kubernetes/lib/ingress-class-v1/index.js";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { flag, oneOf, quantityFrom, text, wholeNumber } from "./checks.ts";
import type { StackContext } from "./contract.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { restrictNetwork } from "./network-policy.ts";
import { ControllerAccess } from "./nginx-ingress-access.ts";
import { type CommonOptions, commonChecks, type OptionTable, readOptions, settle } from "./options.ts";
import { imageOf, labelsOf, resourcesOf, restrictedContainer, restrictedPod, scrapedAt } from "./workload.ts";

export interface NginxIngressOptions extends CommonOptions {
  /** One pod on each node, or `replicas` of them. */
  readonly kind?: "DaemonSet" | "Deployment";
  /** Of a Deployment. */
  readonly replicas?: number;
  /** Serve on ports 80 and 443 of the node itself, where kind's port mappings lead. */
  readonly hostPorts?: boolean;
  readonly serviceType?: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** Host name or IP that each Ingress reports; the load balancer's own where there is one. */
  readonly address?: string;
  readonly className?: string;
  /** Whether an Ingress that names no class is served too. */
  readonly defaultClass?: boolean;
  /** Memory request and limit; at least 128Mi. */
  readonly memory?: string;
}

const OPTIONS = {
  checks: {
    ...commonChecks,
    kind: oneOf("DaemonSet", "Deployment"),
    replicas: wholeNumber(1, 100),
    hostPorts: flag,
    serviceType: oneOf("ClusterIP", "NodePort", "LoadBalancer"),
    address: text,
    className: text,
    defaultClass: flag,
    memory: quantityFrom("128Mi"),
  },
  always: {
    name: "nginx-ingress",
    version: "5.2.1",
    kind: "DaemonSet",
    hostPorts: true,
    serviceType: "ClusterIP",
    className: "nginx",
    defaultClass: true,
  },
  development: { replicas: 1, cpu: "100m", memory: "256Mi" },
  production: { replicas: 2, cpu: "250m", memory: "512Mi" },
} satisfies OptionTable<NginxIngressOptions>;

/** `nginx` of the image. */
const USER = 101;
const METRICS = 9113;

/** F5's NGINX Ingress Controller for Ingress objects of one class; without its custom resources, so without CRDs. */
export class NginxIngress extends Construct {
  /** Name of the IngressClass: what an Ingress puts into `ingressClassName`. */
  readonly className: string;
  readonly service: ServiceV1;
  readonly workload: DaemonSetV1 | DeploymentV1;

  constructor(scope: Construct, id: string, options: NginxIngressOptions) {
    super(scope, id);
    const settings = settle("nginx-ingress", OPTIONS, options);
    const { name, kind, hostPorts, serviceType, cpu, memory, namespace } = settings;
    const balanced = serviceType === "LoadBalancer";
    // With host ports on kind, clients are on the machine itself.
    const address = settings.address ?? (hostPorts && !balanced ? "localhost" : undefined);
    const labels = labelsOf("nginx-ingress", name);
    const metadata = { name, namespace, labels };

    const access = new ControllerAccess(this, "access", { name, namespace, labels });
    const ingressClass = new IngressClassV1(this, "class", {
      metadata: {
        name: settings.className,
        labels,
        annotations: { "ingressclass.kubernetes.io/is-default-class": String(settings.defaultClass) },
      },
      spec: { controller: "nginx.org/ingress-controller" },
    });
    this.className = ingressClass.metadata.name;
    const config = new ConfigMapV1(this, "config", {
      metadata: { ...metadata, name: `${name}-config` },
      data: address === undefined ? {} : { "external-status-address": address },
    });

    const fromPod = (fieldPath: string) => ({ fieldRef: { fieldPath } });
    const template = {
      metadata: { labels, annotations: scrapedAt(METRICS) },
      spec: {
        serviceAccountName: access.account.metadata.name,
        automountServiceAccountToken: true,
        securityContext: restrictedPod(USER),
        container: [
          {
            name: "nginx-ingress",
            image: imageOf("nginx/nginx-ingress", settings),
            args: [
              `-nginx-configmaps=$(POD_NAMESPACE)/${config.metadata.name}`,
              `-ingress-class=${this.className}`,
              "-enable-custom-resources=false",
              "-enable-leader-election=true",
              `-leader-election-lock-name=${access.lock}`,
              "-enable-prometheus-metrics",
              `-prometheus-metrics-listen-port=${METRICS}`,
              "-ready-status=true",
              "-enable-telemetry-reporting=false",
              ...(balanced ? [`-external-service=${name}`] : []),
              ...(balanced || address !== undefined ? ["-report-ingress-status"] : []),
            ],
            port: [
              { name: "http", containerPort: 80, hostPort: hostPorts ? 80 : undefined },
              { name: "https", containerPort: 443, hostPort: hostPorts ? 443 : undefined },
              { name: "readiness-port", containerPort: 8081 },
              { name: "prometheus", containerPort: METRICS },
            ],
            env: [
              { name: "POD_NAMESPACE", valueFrom: fromPod("metadata.namespace") },
              { name: "POD_NAME", valueFrom: fromPod("metadata.name") },
            ],
            // It writes its configuration below /etc/nginx, which the image fills. The program carries the capability
            // to bind low ports as a file attribute, and would not start where the container may not have it.
            securityContext: restrictedContainer({ readOnlyRoot: false, add: ["NET_BIND_SERVICE"] }),
            resources: resourcesOf({ cpu, memory }),
            readinessProbe: { httpGet: { path: "/nginx-ready", port: "readiness-port" }, periodSeconds: 2 },
          },
        ],
      },
    };

    const selector = { matchLabels: labels };
    const dependsOn = [...access.bindings, ingressClass];
    if (kind === "DaemonSet") {
      // No budget here: the eviction API cannot count a DaemonSet's pods, and a drain passes over them.
      this.workload = new DaemonSetV1(this, "controller", { metadata, spec: { selector, template }, dependsOn });
    } else {
      this.workload = new DeploymentV1(this, "controller", {
        metadata,
        spec: {
          replicas: String(settings.replicas),
          selector,
          template,
          // A second pod finds no free host port on the node: the old one goes first.
          strategy: hostPorts
            ? { type: "RollingUpdate", rollingUpdate: { maxSurge: "0", maxUnavailable: "1" } }
            : { type: "RollingUpdate" },
        },
        dependsOn,
      });
      new PodDisruptionBudgetV1(this, "budget", { metadata, spec: { maxUnavailable: "1", selector } });
    }

    this.service = new ServiceV1(this, "service", {
      metadata,
      spec: {
        type: serviceType,
        selector: labels,
        port: [
          { name: "http", port: 80, targetPort: "http" },
          { name: "https", port: 443, targetPort: "https" },
        ],
      },
      // A load balancer that nobody provides must not hold up the rest.
      waitForLoadBalancer: false,
    });
    const open = { clients: [], everybody: [80, 443], metrics: [METRICS] };
    restrictNetwork(this, { metadata, selector, open }, settings.networkPolicy);
  }
}

/** One controller in a namespace of its own (`nginx-ingress` unless told otherwise); vars are the options. */
export default class NginxIngressStack extends NamespacedStack {
  readonly ingress: NginxIngress;

  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    const options = readOptions<NginxIngressOptions>(this, context, OPTIONS);
    // Host ports are forbidden from the baseline level up (Pod Security Standards, "Host Ports").
    const level = (options.hostPorts ?? OPTIONS.always.hostPorts) ? "privileged" : "restricted";
    const namespace = this.makeNamespace(options.namespace ?? "nginx-ingress", level);
    this.ingress = new NginxIngress(this, "nginx-ingress", { ...options, namespace });
    new TerraformOutput(this, "class", { value: this.ingress.className });
  }
}
