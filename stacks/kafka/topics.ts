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
import type { KafkaTopic } from "./topic-options.ts";
import { PLAN, REFUSED, topicsScript } from "./topics-script.ts";

const FILES = "/etc/kafka-topics";

/**
 * A Job that brings the topics of the cluster to what is declared. A Job cannot be changed: another declaration replaces
 * it, and so it runs again.
 */
export function declareTopics(
  scope: Construct,
  topics: readonly KafkaTopic[],
  options: {
    readonly name: string;
    readonly namespace: string;
    readonly bootstrap: string;
    readonly account: string;
    readonly user: number;
    readonly image: { readonly registry?: string; readonly image?: string; readonly version: string };
    readonly dependsOn: ITerraformDependable[];
  },
): JobV1 {
  const { name, namespace } = options;
  const labels = labelsOf("kafka-topics", name);
  const metadata = metadataOf(name, namespace, labels)("-topics");
  const files = {
    "topics.txt": declaration(topics),
    "topics.sh": topicsScript(options.bootstrap, FILES),
    "plan.awk": PLAN,
  };
  const config = new ConfigMapV1(scope, "topics", { metadata, data: files });
  return new JobV1(scope, "topics-job", {
    metadata,
    dependsOn: [...options.dependsOn, config],
    waitForCompletion: true,
    spec: {
      backoffLimit: 3,
      // What was refused would be refused again; what failed otherwise may have been a broker that was away.
      podFailurePolicy: {
        rule: [{ action: "FailJob", onExitCodes: { operator: "In", values: [REFUSED], containerName: "topics" } }],
      },
      template: {
        metadata: { labels, annotations: configHash(Object.values(files).join("")) },
        spec: {
          restartPolicy: "Never",
          serviceAccountName: options.account,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: restrictedPod(options.user),
          container: [
            {
              name: "topics",
              image: imageOf("apache/kafka", options.image),
              args: ["bash", `${FILES}/topics.sh`],
              securityContext: restrictedContainer({ readOnlyRoot: true }),
              resources: resourcesOf({ cpu: "100m", memory: "256Mi" }),
              volumeMount: [
                { name: "files", mountPath: FILES, readOnly: true },
                { name: "logs", mountPath: "/opt/kafka/logs" },
                { name: "tmp", mountPath: "/tmp" },
              ],
            },
          ],
          volume: [
            { name: "files", configMap: { name: config.metadata.name } },
            { name: "logs", emptyDir: {} },
            { name: "tmp", emptyDir: {} },
          ],
        },
      },
    },
  });
}

/** One line for each topic: name, partitions, copies, present or deleted, then its settings; `-` is the cluster's own. */
function declaration(topics: readonly KafkaTopic[]): string {
  const line = ({ name, partitions, replicationFactor, config = {}, deleted }: KafkaTopic) => {
    const settings = Object.entries(config).map(([key, value]) => `${key}=${value}`);
    return [name, partitions ?? "-", replicationFactor ?? "-", deleted ? "deleted" : "present", ...settings].join(" ");
  };
  return topics.map((topic) => `${line(topic)}\n`).join("");
}
