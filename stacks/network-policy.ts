import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import type { Construct } from "constructs";
import { type Check, fieldsOf, listOf, mapOf, objectName, text } from "./checks.ts";

/** Pods of a namespace (all, where no labels are named), or pods by their labels in this namespace. */
export interface NetworkPeer {
  /** The namespace's name; that of the workload where absent. */
  readonly namespace?: string;
  /** Labels of the pods; all of the namespace where absent. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface NetworkPolicyOptions {
  /** Who may connect to the ports for clients, beside the namespace's own pods. */
  readonly from?: readonly NetworkPeer[];
  /** Where the pods may connect to, beside their namespace's own pods and DNS; anywhere, where absent. */
  readonly to?: readonly NetworkPeer[];
}

const peer = fieldsOf<NetworkPeer>({ namespace: objectName, labels: mapOf(text) });

export const networkPolicyOptions: Check<NetworkPolicyOptions> = fieldsOf<NetworkPolicyOptions>({
  from: listOf(peer),
  to: listOf(peer),
});

/** What of a workload is open to whom; numbers of container ports. */
export interface OpenPorts {
  /** To the namespace's own pods and to those whom the user names. */
  readonly clients: readonly number[];
  /** To the workload's own pods only. */
  readonly members?: readonly number[];
  /** The same where they talk by UDP as well. */
  readonly gossip?: readonly number[];
  /** To Prometheus, of the library or another with its usual label, in any namespace. */
  readonly metrics?: readonly number[];
  /** To the library's ingress controller in any namespace. */
  readonly ingress?: readonly number[];
  /** To the operator whose pods carry this name (`app.kubernetes.io/name`), in any namespace. */
  readonly operator?: { readonly name: string; readonly ports: readonly number[] };
  /** To everybody: what serves the world outside. */
  readonly everybody?: readonly number[];
}

/** Where API servers listen: 443 on most offers, 6443 as kubeadm and kind set it up. */
const API_PORTS = [443, 6443];

/** Which ports are open on the pods with these labels; makes nothing where the option is absent or false. */
export function restrictNetwork(
  scope: Construct,
  workload: {
    readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly open: OpenPorts;
    /** Its pods ask the API server, which no selector can name: with `to` its usual ports stay open to anywhere. */
    readonly asksApi?: boolean;
  },
  option: boolean | NetworkPolicyOptions | undefined,
): NetworkPolicyV1 | undefined {
  if (option === undefined || option === false) return undefined;
  const { from = [], to } = option === true ? {} : option;
  const { metadata, selector, open, asksApi = false } = workload;
  const { operator, gossip = [] } = open;
  const everyPod = { podSelector: {} };
  const own = { podSelector: selector };
  const ingress = [
    { to: portsOf("TCP", open.clients), from: [everyPod, ...from.map(peerOf)] },
    { to: portsOf("TCP", open.members), from: [own] },
    { to: [...portsOf("TCP", gossip), ...portsOf("UDP", gossip)], from: [own] },
    { to: portsOf("TCP", open.metrics), from: [anywhere("prometheus")] },
    { to: portsOf("TCP", open.ingress), from: [anywhere("nginx-ingress")] },
    { to: portsOf("TCP", operator?.ports), from: operator === undefined ? [] : [anywhere(operator.name)] },
    { to: portsOf("TCP", open.everybody), from: undefined },
  ].flatMap(({ to: ports, from: peers }) => (ports.length > 0 ? [{ from: peers, ports }] : []));
  return new NetworkPolicyV1(scope, "network-policy", {
    metadata,
    spec: {
      podSelector: selector,
      policyTypes: to === undefined ? ["Ingress"] : ["Ingress", "Egress"],
      ingress,
      egress:
        to === undefined
          ? undefined
          : [
              { to: [everyPod, ...to.map(peerOf)] },
              // Names: the cluster's DNS wherever it runs.
              { ports: [...portsOf("UDP", [53]), ...portsOf("TCP", [53])] },
              ...(asksApi ? [{ ports: portsOf("TCP", API_PORTS) }] : []),
            ],
    },
  });
}

/** Pods of a program in all namespaces, by the label that Kubernetes recommends for its name. */
function anywhere(program: string) {
  return { namespaceSelector: {}, podSelector: { matchLabels: { "app.kubernetes.io/name": program } } };
}

function peerOf({ namespace, labels }: NetworkPeer) {
  return {
    namespaceSelector:
      namespace === undefined ? undefined : { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: labels === undefined ? {} : { matchLabels: { ...labels } },
  };
}

function portsOf(protocol: "TCP" | "UDP", ports: readonly number[] = []) {
  return ports.map((port) => ({ protocol, port: String(port) }));
}
