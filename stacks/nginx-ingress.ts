import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { DaemonSetV1 } from "@cdktf/provider-kubernetes/lib/daemon-set-v1/index.js";
import { DataKubernetesSecretV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-secret-v1/index.js";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { IngressClassV1 } from "@cdktf/provider-kubernetes/lib/ingress-class-v1/index.js";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import type { StackContext } from "./contract.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { restrictNetwork } from "./network-policy.ts";
import { ControllerAccess } from "./nginx-ingress/access.ts";
import { defineKinds } from "./nginx-ingress/kinds.ts";
import { type NginxIngressOptions, OPTIONS } from "./nginx-ingress/options.ts";
import { controllerPod, METRICS_PORT } from "./nginx-ingress/pod.ts";
import { readOptions, refuse, settle } from "./options.ts";
import { SelfSigned } from "./self-signed.ts";
import { labelsOf } from "./workload.ts";

export type { NginxIngressOptions } from "./nginx-ingress/options.ts";

/** F5's NGINX Ingress Controller for Ingress objects of one class and, by option, for its own kinds. */
export class NginxIngress extends Construct {
  /** Name of the IngressClass: what an Ingress puts into `ingressClassName`. */
  readonly className: string;
  readonly service: ServiceV1;
  readonly workload: DaemonSetV1 | DeploymentV1;

  constructor(scope: Construct, id: string, options: NginxIngressOptions) {
    super(scope, id);
    const settings = settle("nginx-ingress", OPTIONS, options);
    const { name, kind, hostPorts, serviceType, namespace, customResources, metrics } = settings;
    const balanced = serviceType === "LoadBalancer";
    // With host ports on kind, clients are on the machine itself.
    const address = settings.address ?? (hostPorts && !balanced ? "localhost" : undefined);
    const labels = labelsOf("nginx-ingress", name);
    const metadata = { name, namespace, labels };

    const access = new ControllerAccess(this, "access", { name, namespace, labels, customResources });
    const kinds = customResources === "made" ? defineKinds(this, labels) : [];
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
      data: {
        // Without it there is no gRPC (F5, "nginx.org/grpc-services").
        http2: "true",
        ...(address === undefined ? {} : { "external-status-address": address }),
        ...settings.settings,
      },
    });
    const certificate = this.certificate(settings);

    const template = controllerPod(settings, {
      labels,
      account: access.account.metadata.name,
      config: config.metadata.name,
      className: this.className,
      lock: access.lock,
      certificate,
      balanced,
      address,
    });
    const selector = { matchLabels: labels };
    const dependsOn = [...access.bindings, ingressClass, ...kinds];
    if (kind === "DaemonSet") {
      // No budget here: the eviction API cannot count a DaemonSet's pods, and a drain passes over them.
      this.workload = new DaemonSetV1(this, "controller", { metadata, spec: { selector, template }, dependsOn });
    } else {
      this.workload = new DeploymentV1(this, "controller", {
        metadata,
        spec: {
          replicas: String(settings.replicas),
          selector,
          template: { ...template, spec: { ...template.spec, ...spread(labels) } },
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
    const open = { clients: [], everybody: [80, 443], metrics: metrics ? [METRICS_PORT] : [] };
    restrictNetwork(this, { metadata, selector, open, asksApi: true }, settings.networkPolicy);
  }

  /** `namespace/name` of the Secret with the default certificate; one that is not there fails the plan. */
  private certificate({ name, namespace, tlsSecret, selfSigned }: NginxIngressOptions): string | undefined {
    if (tlsSecret !== undefined) {
      if (selfSigned !== undefined && selfSigned !== false) {
        refuse("nginx-ingress", "selfSigned", selfSigned, "there is tlsSecret already; give one of the two");
      }
      const [place, secret] = tlsSecret.split("/") as [string, string];
      const found = new DataKubernetesSecretV1(this, "tls", { metadata: { name: secret, namespace: place } });
      return `${place}/${found.metadata.name}`;
    }
    if (selfSigned === undefined || selfSigned === false) return undefined;
    const hosts = selfSigned === true ? ["localhost"] : selfSigned;
    const made = new SelfSigned(this, "tls", { hosts, metadata: { name: `${name}-tls`, namespace } });
    return `${namespace}/${made.secret.metadata.name}`;
  }
}

/** Pods of a Deployment go to different nodes while there are some. */
function spread(labels: Record<string, string>) {
  const constraint = {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: [{ matchLabels: labels }],
  };
  return { topologySpreadConstraint: [constraint] };
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
