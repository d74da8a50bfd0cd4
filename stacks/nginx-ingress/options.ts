import { either, flag, listOf, mapOf, oneOf, quantityFrom, text, wholeNumber } from "../checks.ts";
import { type CommonOptions, commonChecks, type OptionTable } from "../options.ts";

export interface NginxIngressOptions extends CommonOptions {
  /** One pod on each node, or `replicas` of them. */
  readonly kind?: "DaemonSet" | "Deployment";
  /** Pods of a Deployment. */
  readonly replicas?: number;
  /** Serve on ports 80 and 443 of the node itself, where kind's port mappings lead. */
  readonly hostPorts?: boolean;
  /** Type of the Service in front of the controller. */
  readonly serviceType?: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** Host name or IP that each Ingress reports; the load balancer's own where there is one, `localhost` with host ports. */
  readonly address?: string;
  /** Name of the IngressClass: what an Ingress puts into `ingressClassName`. */
  readonly className?: string;
  /** Whether an Ingress that names no class is served too. */
  readonly defaultClass?: boolean;
  /**
   * Secret of type kubernetes.io/tls with the certificate of hosts that have none of their own, as `namespace/name`. The
   * plan fails where it does not exist. Without it and `selfSigned`, such hosts refuse TLS.
   */
  readonly tlsSecret?: string;
  /**
   * Make that certificate: signed by itself, for these DNS names (`true`: localhost). It is made once and renewed in the
   * last month of its year. For development; browsers warn of it. A `*` needs two names after it to be believed.
   */
  readonly selfSigned?: boolean | readonly string[];
  /**
   * F5's own kinds VirtualServer, VirtualServerRoute, TransportServer, Policy and GlobalConfiguration beside Ingress.
   * `made`: this stack makes their definitions, without schemas of their fields. `installed`: they are in the cluster,
   * from the `crds.yaml` of the controller's release.
   */
  readonly customResources?: "off" | "made" | "installed";
  /** More keys of the controller's ConfigMap (F5, "ConfigMap Resources"): `{ proxy-read-timeout: 120s }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Metrics on port 9113, with the annotations by which Prometheus finds them. */
  readonly metrics?: boolean;
  /** Memory request and limit; at least 128Mi. */
  readonly memory?: string;
}

export const OPTIONS = {
  checks: {
    ...commonChecks,
    kind: oneOf("DaemonSet", "Deployment"),
    replicas: wholeNumber(1, 100),
    hostPorts: flag,
    serviceType: oneOf("ClusterIP", "NodePort", "LoadBalancer"),
    address: text,
    className: text,
    defaultClass: flag,
    tlsSecret: (value) => {
      if (typeof value === "string" && /^[a-z0-9][-a-z0-9]*\/[a-z0-9][-.a-z0-9]*$/.test(value)) return value;
      throw new Error(`${JSON.stringify(value)} is not of the form namespace/name`);
    },
    selfSigned: either(flag, listOf(text)),
    customResources: oneOf("off", "made", "installed"),
    settings: mapOf((value) => (typeof value === "boolean" ? String(value) : text(value))),
    metrics: flag,
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
    customResources: "off",
    metrics: true,
  },
  development: { replicas: 1, cpu: "100m", memory: "256Mi" },
  production: { replicas: 2, cpu: "250m", memory: "512Mi" },
} satisfies OptionTable<NginxIngressOptions>;
