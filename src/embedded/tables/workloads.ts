import type { KubeObject } from "../../model/objects.ts";
import { at, listAt, numberAt, objectAt, textAt } from "../../model/read-field.ts";
import { ageColumn, type Column, duration, integer, nameColumn, since, text, wide } from "./column.ts";

const template = ["spec", "template", "spec"] as const;

export const containerNames = (object: KubeObject, ...path: string[]) =>
  listAt(object, ...path, "containers")
    .map((container) => textAt(container, "name"))
    .join(",");
export const containerImages = (object: KubeObject, ...path: string[]) =>
  listAt(object, ...path, "containers")
    .map((container) => textAt(container, "image"))
    .join(",");

/** A LabelSelector as its text form; `<none>` where it selects by nothing. */
export function selectorText(selector: unknown): string {
  const labels = Object.entries(objectAt(selector, "matchLabels")).map(([key, value]) => `${key}=${value}`);
  const expressions = listAt(selector, "matchExpressions").map((expression) => {
    const key = textAt(expression, "key");
    const values = listAt(expression, "values").join(",");
    switch (textAt(expression, "operator")) {
      case "In":
        return `${key} in (${values})`;
      case "NotIn":
        return `${key} notin (${values})`;
      case "Exists":
        return key;
      default:
        return `!${key}`;
    }
  });
  return [...labels, ...expressions].join(",") || "<none>";
}

const containers: readonly Column[] = [
  wide(text("Containers", (object) => containerNames(object, ...template))),
  wide(text("Images", (object) => containerImages(object, ...template))),
];
const selector = wide(text("Selector", (object) => selectorText(at(object, "spec", "selector"))));
const count = (name: string, ...path: string[]) => integer(name, (object) => numberAt(object, ...path));

const readyOfSpec = text(
  "Ready",
  (object) => `${numberAt(object, "status", "readyReplicas")}/${numberAt(object, "spec", "replicas")}`,
);

export const workloadColumns: Readonly<Record<string, readonly Column[]>> = {
  "/Pod": [
    nameColumn,
    text("Ready", (pod) => {
      const states = listAt(pod, "status", "containerStatuses");
      const ready = states.filter((state) => at(state, "ready") === true).length;
      return `${ready}/${listAt(pod, "spec", "containers").length}`;
    }),
    text("Status", podStatus),
    text("Restarts", podRestarts),
    ageColumn,
    wide(text("IP", (pod) => textAt(pod, "status", "podIP") || "<none>")),
    wide(text("Node", (pod) => textAt(pod, "spec", "nodeName") || "<none>")),
    wide(text("Nominated Node", (pod) => textAt(pod, "status", "nominatedNodeName") || "<none>")),
    wide(text("Readiness Gates", () => "<none>")),
  ],
  "apps/Deployment": [
    nameColumn,
    readyOfSpec,
    text("Up-to-date", (object) => numberAt(object, "status", "updatedReplicas")),
    text("Available", (object) => numberAt(object, "status", "availableReplicas")),
    ageColumn,
    ...containers,
    selector,
  ],
  "apps/ReplicaSet": [
    nameColumn,
    count("Desired", "spec", "replicas"),
    count("Current", "status", "replicas"),
    count("Ready", "status", "readyReplicas"),
    ageColumn,
    ...containers,
    selector,
  ],
  "apps/StatefulSet": [nameColumn, readyOfSpec, ageColumn, ...containers],
  "apps/DaemonSet": [
    nameColumn,
    count("Desired", "status", "desiredNumberScheduled"),
    count("Current", "status", "currentNumberScheduled"),
    count("Ready", "status", "numberReady"),
    count("Up-to-date", "status", "updatedNumberScheduled"),
    count("Available", "status", "numberAvailable"),
    text("Node Selector", (object) => selectorText({ matchLabels: objectAt(object, ...template, "nodeSelector") })),
    ageColumn,
    ...containers,
    selector,
  ],
  "batch/Job": [
    nameColumn,
    text("Status", jobStatus),
    text(
      "Completions",
      (job) => `${numberAt(job, "status", "succeeded")}/${numberAt(job, "spec", "completions") || 1}`,
    ),
    text("Duration", (job, now) => {
      const started = Date.parse(textAt(job, "status", "startTime"));
      if (Number.isNaN(started)) return "";
      const ended = Date.parse(textAt(job, "status", "completionTime"));
      return duration((Number.isNaN(ended) ? now : ended) - started);
    }),
    ageColumn,
    ...containers,
    selector,
  ],
  "batch/CronJob": [
    nameColumn,
    text("Schedule", (job) => textAt(job, "spec", "schedule")),
    text("Timezone", (job) => textAt(job, "spec", "timeZone") || "<none>"),
    { ...text("Suspend", (job) => (at(job, "spec", "suspend") === true ? "True" : "False")), type: "boolean" },
    integer("Active", (job) => listAt(job, "status", "active").length),
    text("Last Schedule", (job, now) => {
      const last = at(job, "status", "lastScheduleTime");
      return last === undefined ? "<none>" : since(last, now);
    }),
    ageColumn,
    wide(text("Containers", (job) => containerNames(job, "spec", "jobTemplate", ...template))),
    wide(text("Images", (job) => containerImages(job, "spec", "jobTemplate", ...template))),
    wide(text("Selector", () => "<none>")),
  ],
};

/** What `kubectl get pods` shows: the waiting or terminated reason of a container rather than the phase. */
function podStatus(pod: KubeObject): string {
  let shown = textAt(pod, "status", "reason") || textAt(pod, "status", "phase");
  const initContainers = listAt(pod, "status", "initContainerStatuses");
  for (const [index, state] of initContainers.entries()) {
    if (at(state, "started") === true && at(state, "ready") === true) continue;
    const terminated = at(state, "state", "terminated");
    if (terminated !== undefined && numberAt(terminated, "exitCode") === 0) continue;
    const why = textAt(terminated, "reason") || textAt(state, "state", "waiting", "reason");
    return why !== "" && why !== "PodInitializing" ? `Init:${why}` : `Init:${index}/${initContainers.length}`;
  }
  for (const state of [...listAt(pod, "status", "containerStatuses")].reverse())
    shown = textAt(state, "state", "waiting", "reason") || textAt(state, "state", "terminated", "reason") || shown;
  return pod.metadata.deletionTimestamp !== undefined ? "Terminating" : shown;
}

function podRestarts(pod: KubeObject, now: number): string {
  let restarts = 0;
  let last = 0;
  for (const state of listAt(pod, "status", "containerStatuses")) {
    restarts += numberAt(state, "restartCount");
    const ended = Date.parse(textAt(state, "lastState", "terminated", "finishedAt"));
    if (!Number.isNaN(ended)) last = Math.max(last, ended);
  }
  return restarts > 0 && last > 0 ? `${restarts} (${duration(now - last)} ago)` : String(restarts);
}

function jobStatus(job: KubeObject): string {
  const holds = (type: string) =>
    listAt(job, "status", "conditions").some((c) => textAt(c, "type") === type && textAt(c, "status") === "True");
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (holds("Suspended")) return "Suspended";
  if (holds("FailureTarget")) return "FailureTarget";
  if (holds("SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}
