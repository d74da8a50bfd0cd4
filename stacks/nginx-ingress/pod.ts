import type { Settled } from "../options.ts";
import { imageOf, resourcesOf, restrictedContainer, restrictedPod, scrapedAt } from "../workload.ts";
import type { NginxIngressOptions, OPTIONS } from "./options.ts";

/** `nginx` of the image. */
const USER = 101;
export const METRICS_PORT = 9113;
const READY_PORT = 8081;

/** Names of what the pod reads, and what it is told. */
export interface PodSurroundings {
  readonly labels: Record<string, string>;
  readonly account: string;
  readonly config: string;
  readonly className: string;
  /** The Lease. */
  readonly lock: string;
  /** `namespace/name` of the default certificate. */
  readonly certificate?: string;
  /** Whether the Service is of type LoadBalancer, whose address Ingresses report. */
  readonly balanced: boolean;
  /** What they report otherwise. */
  readonly address?: string;
}

/** The pod template of the controller (docs.nginx.com, "Installation with Manifests" and "Command-line arguments"). */
export function controllerPod(settings: Settled<NginxIngressOptions, typeof OPTIONS>, around: PodSurroundings) {
  const { name, hostPorts, metrics, cpu, memory, customResources } = settings;
  const { labels, account, config, className, lock, certificate, balanced, address } = around;
  const fromPod = (fieldPath: string) => ({ fieldRef: { fieldPath } });
  return {
    metadata: { labels, annotations: metrics ? scrapedAt(METRICS_PORT) : undefined },
    spec: {
      serviceAccountName: account,
      automountServiceAccountToken: true,
      // After the pause below NGINX gets the rest to finish what it has, as an old worker would at a reload.
      terminationGracePeriodSeconds: 60,
      securityContext: {
        ...restrictedPod(USER),
        // Without privilege escalation the capability that NGINX's file carries is not given. Ports below 1024 are then
        // for everybody only where the container engine says so (containerd 2 does, 1.7 does not); all levels allow it.
        sysctl: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
      },
      container: [
        {
          name: "nginx-ingress",
          image: imageOf("nginx/nginx-ingress", settings),
          args: [
            `-nginx-configmaps=$(POD_NAMESPACE)/${config}`,
            `-ingress-class=${className}`,
            `-enable-custom-resources=${customResources !== "off"}`,
            // The one GlobalConfiguration that is read; without it no TransportServer has a listener. It need not be there.
            ...(customResources === "off" ? [] : [`-global-configuration=$(POD_NAMESPACE)/${name}`]),
            "-enable-leader-election=true",
            `-leader-election-lock-name=${lock}`,
            ...(certificate === undefined ? [] : [`-default-server-tls-secret=${certificate}`]),
            ...(certificate === undefined ? [] : [`-wildcard-tls-secret=${certificate}`]),
            ...(metrics ? ["-enable-prometheus-metrics", `-prometheus-metrics-listen-port=${METRICS_PORT}`] : []),
            "-ready-status=true",
            "-enable-telemetry-reporting=false",
            ...(balanced ? [`-external-service=${name}`] : []),
            ...(balanced || address !== undefined ? ["-report-ingress-status"] : []),
          ],
          port: [
            { name: "http", containerPort: 80, hostPort: hostPorts ? 80 : undefined },
            { name: "https", containerPort: 443, hostPort: hostPorts ? 443 : undefined },
            { name: "readiness-port", containerPort: READY_PORT },
            ...(metrics ? [{ name: "prometheus", containerPort: METRICS_PORT }] : []),
          ],
          env: [
            { name: "POD_NAMESPACE", valueFrom: fromPod("metadata.namespace") },
            { name: "POD_NAME", valueFrom: fromPod("metadata.name") },
          ],
          // It writes its configuration below /etc/nginx, which the image fills. The program carries the capability
          // to bind low ports as a file attribute, and would not start where the container may not have it.
          securityContext: restrictedContainer({ readOnlyRoot: false, add: ["NET_BIND_SERVICE"] }),
          resources: resourcesOf({ cpu, memory }),
          // It serves on while load balancers and nodes still send it what is new. On host ports nobody else would get it.
          lifecycle: hostPorts ? undefined : { preStop: [{ exec: { command: ["sleep", "10"] } }] },
          readinessProbe: { httpGet: { path: "/nginx-ready", port: "readiness-port" }, periodSeconds: 2 },
        },
      ],
    },
  };
}
