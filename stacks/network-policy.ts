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
  /** To Prometheus, of the library or another with its usual label, in any namespace. */
  readonly metrics?: readonly number[];
  /** To the library's ingress controller in any namespace. */
  readonly ingress?: readonly number[];
  /** To everybody: what serves the world outside. */
  readonly everybody?: readonly number[];
}

/** Which ports are open on the pods with these labels; makes nothing where the option is absent or false. */
export function restrictNetwork(
  scope: Construct,
  workload: {
    readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly open: OpenPorts;
  },
  option: boolean | NetworkPolicyOptions | undefined,
): NetworkPolicyV1 | undefined {
  if (option === undefined || option === false) return undefined;
  const { from = [], to } = option === true ? {} : option;
  const { metadata, selector, open } = workload;
  const everyPod = { podSelector: {} };
  const ingress = [
    { to: open.clients, from: [everyPod, ...from.map(peerOf)] },
    { to: open.members, from: [{ podSelector: selector }] },
    { to: open.metrics, from: [anywhere("prometheus")] },
    { to: open.ingress, from: [anywhere("nginx-ingress")] },
    { to: open.everybody, from: undefined },
  ].flatMap((rule) => (rule.to?.length ? [{ from: rule.from, ports: portsOf("TCP", ...rule.to) }] : []));
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
              { ports: [...portsOf("UDP", 53), ...portsOf("TCP", 53)] },
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

function portsOf(protocol: "TCP" | "UDP", ...ports: readonly number[]) {
  return ports.map((port) => ({ protocol, port: String(port) }));
}
