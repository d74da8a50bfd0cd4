import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1/index.js";
import type { Construct } from "constructs";
import type { WebIngress } from "./options.ts";

/** An Ingress for a whole host to one port of a Service. */
export function ingressTo(
  scope: Construct,
  { host, className, tls }: WebIngress,
  to: {
    readonly metadata: { name: string; namespace: string; labels: Record<string, string> };
    readonly service: string;
    readonly port: number;
  },
): IngressV1 {
  const backend = { service: { name: to.service, port: { number: to.port } } };
  return new IngressV1(scope, "ingress", {
    metadata: to.metadata,
    spec: {
      ingressClassName: className,
      tls: tls === undefined ? undefined : [{ hosts: [host], secretName: tls === "default" ? undefined : tls }],
      rule: [{ host, http: { path: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
    waitForLoadBalancer: false,
  });
}
