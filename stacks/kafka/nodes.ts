import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { onVersionChange } from "../consequence.ts";
import { type Tls, tlsMount, tlsVolume } from "../tls.ts";
import {
  configHash,
  dataClaim,
  imageOf,
  type MetadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
  spreadOver,
} from "../workload.ts";
import { clientMount, clientVolume } from "./client-config.ts";
import { SCRIPTS } from "./scripts.ts";
import { CONTROLLER_PORT, DATA, type Environment, type NodeSet, OUTSIDE_PORT, PORT } from "./settings.ts";

/** `appuser` of the image, and the group that owns the volume. */
export const USER = 1000;

interface NodesOptions extends NodeSet {
  readonly metadata: MetadataOf;
  readonly labels: Record<string, string>;
  readonly account: string;
  readonly image: { readonly registry?: string; readonly image?: string; readonly version: string };
  readonly cpu: string;
  readonly storage: string;
  readonly storageClass: string | undefined;
  readonly environment: Environment;
  /** The ConfigMap with the scripts, and what is in it. */
  readonly scripts: { readonly configMap: string; readonly files: Readonly<Record<string, string>> };
  /** Whether clients outside the cluster have a listener. */
  readonly outside: boolean;
  /** With the ConfigMap of the clients' settings. */
  readonly tls: (Tls & { readonly client: string }) | undefined;
  readonly dependsOn?: ITerraformDependable[];
}

/** The StatefulSet of brokers, of controllers, or of nodes that are both. */
export function makeNodes(scope: Construct, id: string, options: NodesOptions): StatefulSetV1 {
  const { name, count, roles, labels, tls } = options;
  const selector = { matchLabels: labels };
  const set = new StatefulSetV1(scope, id, {
    metadata: options.metadata(),
    dependsOn: options.dependsOn,
    spec: {
      serviceName: `${name}-headless`,
      replicas: String(count),
      // A quorum forms only when most are there: none waits for the one before it. Restarts are one by one all the same.
      podManagementPolicy: "Parallel",
      selector,
      template: {
        metadata: {
          labels,
          annotations: {
            ...configHash(Object.values(options.scripts.files).join("")),
            // Kafka reads its certificate when it starts: a renewed one restarts the pods.
            ...(tls === undefined ? {} : { "checksum/tls": tls.fingerprint }),
          },
        },
        spec: {
          serviceAccountName: options.account,
          automountServiceAccountToken: false,
          // The image takes every KAFKA_ variable as a setting, KAFKA_PORT=tcp://... of a Service among them.
          enableServiceLinks: false,
          // For the controlled shutdown: leaders move to other brokers first.
          terminationGracePeriodSeconds: 120,
          securityContext: restrictedPod(USER),
          topologySpreadConstraint: count === 1 ? undefined : spreadOver(selector),
          container: [nodeContainer(options, roles !== "controller")],
          volume: [
            ...["config", "logs", "tmp"].map((each) => ({ name: each, emptyDir: {} })),
            { name: "scripts", configMap: { name: options.scripts.configMap } },
            ...(tls === undefined ? [] : [tlsVolume(tls), clientVolume(tls.client)]),
          ],
        },
      },
      volumeClaimTemplate: [dataClaim(options.storage, options.storageClass)],
    },
  });
  onVersionChange(set, {
    container: "kafka",
    to: "older",
    says: "an older Kafka starts only if the features were not raised beyond it: see `kafka-features.sh describe`",
  });
  return set;
}

function nodeContainer(options: NodesOptions, isBroker: boolean) {
  const fromPod = (fieldPath: string) => ({ fieldRef: { fieldPath } });
  // Brokers answer clients at one port, controllers at another; of nodes that are both the clients' port is asked.
  const asked = isBroker ? "client" : "controller";
  return {
    name: "kafka",
    image: imageOf("apache/kafka", options.image),
    args: ["bash", `${SCRIPTS}/start.sh`],
    port: [
      ...(isBroker ? [{ name: "client", containerPort: PORT }] : []),
      ...(options.roles === "broker" ? [] : [{ name: "controller", containerPort: CONTROLLER_PORT }]),
      ...(isBroker && options.outside ? [{ name: "outside", containerPort: OUTSIDE_PORT }] : []),
    ],
    env: [
      { name: "POD_NAME", valueFrom: fromPod("metadata.name") },
      // The StatefulSet's ordinal, as a label since Kubernetes 1.28.
      { name: "POD_INDEX", valueFrom: fromPod("metadata.labels['apps.kubernetes.io/pod-index']") },
      { name: "KAFKA_NODE_ID", value: `${options.idPrefix}$(POD_INDEX)` },
      ...Object.entries(options.environment).map(([name, value]) => ({ name, value })),
    ],
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: resourcesOf(options),
    // After a hard stop a broker checks its logs before it listens: it is given ten minutes.
    startupProbe: { tcpSocket: [{ port: asked }], periodSeconds: 5, failureThreshold: 120 },
    readinessProbe: { exec: { command: ["bash", `${SCRIPTS}/ready.sh`] }, periodSeconds: 5, timeoutSeconds: 30 },
    livenessProbe: { tcpSocket: [{ port: asked }], periodSeconds: 10, failureThreshold: 6 },
    volumeMount: [
      { name: "data", mountPath: DATA },
      // The entry writes server.properties here, and the JVM its garbage collector's log there.
      { name: "config", mountPath: "/opt/kafka/config" },
      { name: "logs", mountPath: "/opt/kafka/logs" },
      { name: "tmp", mountPath: "/tmp" },
      { name: "scripts", mountPath: SCRIPTS, readOnly: true },
      ...(options.tls === undefined ? [] : [tlsMount, clientMount]),
    ],
  };
}
