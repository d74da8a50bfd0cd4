import type { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1/index.js";
import type { Construct } from "constructs";
import { asking, filesOf, runTools, type ToolSurroundings } from "./tool-job.ts";
import type { KafkaTopic } from "./topic-options.ts";
import { PLAN, topicsScript } from "./topics-script.ts";

/** A Job that brings the topics of the cluster to what is declared; another declaration runs it again. */
export function declareTopics(scope: Construct, topics: readonly KafkaTopic[], around: ToolSurroundings): JobV1 {
  const files = {
    "topics.txt": declaration(topics),
    "topics.sh": topicsScript(asking(around), filesOf("topics")),
    "plan.awk": PLAN,
  };
  return runTools(scope, "topics", files, around).job;
}

/** One line for each topic: name, partitions, copies, present or deleted, then its settings; `-` is the cluster's own. */
function declaration(topics: readonly KafkaTopic[]): string {
  const line = ({ name, partitions, replicationFactor, config = {}, deleted }: KafkaTopic) => {
    const settings = Object.entries(config).map(([key, value]) => `${key}=${value}`);
    return [name, partitions ?? "-", replicationFactor ?? "-", deleted ? "deleted" : "present", ...settings].join(" ");
  };
  return topics.map((topic) => `${line(topic)}\n`).join("");
}
