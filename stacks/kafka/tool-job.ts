import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1/index.js";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import {
  configHash,
  imageOf,
  labelsOf,
  metadataOf,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
} from "../workload.ts";

import { CLIENT_CONFIG, clientMount, clientVolume } from "./client-config.ts";

/** Exit code of a script whose declaration asks for what Kafka cannot do: the Job does not try again. */
export const REFUSED = 42;

/** What a Job with Kafka's tools needs to know of its cluster. */
export interface ToolSurroundings {
  readonly name: string;
  readonly namespace: string;
  readonly bootstrap: string;
  readonly account: string;
  readonly user: number;
  readonly image: { readonly registry?: string; readonly image?: string; readonly version: string };
  /** With the ConfigMap of the clients' settings. */
  readonly tls: { readonly client: string } | undefined;
  readonly dependsOn: ITerraformDependable[];
}

/** How Kafka's tools are told whom to ask. */
export const asking = ({ bootstrap, tls }: ToolSurroundings): string =>
  `--bootstrap-server ${bootstrap}${tls === undefined ? "" : ` --command-config ${CLIENT_CONFIG}`}`;

/** Where a Job of this kind finds its files. */
export const filesOf = (what: string): string => `/etc/kafka-${what}`;

/**
 * A Job `NAME-WHAT` that runs `WHAT.sh` of its files with Kafka's tools. A Job cannot be changed: other files replace
 * it, and so it runs again.
 */
export function runTools(
  scope: Construct,
  what: string,
  files: Readonly<Record<string, string>>,
  around: ToolSurroundings,
): { readonly config: ConfigMapV1; readonly job: JobV1 } {
  const { name, namespace, tls } = around;
  const labels = labelsOf(`kafka-${what}`, name);
  const metadata = metadataOf(name, namespace, labels)(`-${what}`);
  const config = new ConfigMapV1(scope, what, { metadata, data: { ...files } });
  const job = new JobV1(scope, `${what}-job`, {
    metadata,
    dependsOn: [...around.dependsOn, config],
    waitForCompletion: true,
    spec: {
      backoffLimit: 3,
      // What was refused would be refused again; what failed otherwise may have been a broker that was away.
      podFailurePolicy: {
        rule: [{ action: "FailJob", onExitCodes: { operator: "In", values: [REFUSED], containerName: what } }],
      },
      template: {
        metadata: { labels, annotations: configHash(Object.values(files).join("")) },
        spec: {
          restartPolicy: "Never",
          serviceAccountName: around.account,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: restrictedPod(around.user),
          container: [
            {
              name: what,
              image: imageOf("apache/kafka", around.image),
              args: ["bash", `${filesOf(what)}/${what}.sh`],
              securityContext: restrictedContainer({ readOnlyRoot: true }),
              resources: resourcesOf({ cpu: "100m", memory: "256Mi" }),
              volumeMount: [
                { name: "files", mountPath: filesOf(what), readOnly: true },
                { name: "logs", mountPath: "/opt/kafka/logs" },
                { name: "tmp", mountPath: "/tmp" },
                ...(tls === undefined ? [] : [clientMount]),
              ],
            },
          ],
          volume: [
            { name: "files", configMap: { name: config.metadata.name } },
            { name: "logs", emptyDir: {} },
            { name: "tmp", emptyDir: {} },
            ...(tls === undefined ? [] : [clientVolume(tls.client)]),
          ],
        },
      },
    },
  });
  return { config, job };
}
