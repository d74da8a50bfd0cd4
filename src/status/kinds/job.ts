import type { KubeObject } from "../../model/objects.ts";
import { eventsAbout, newestEvent } from "../cluster-events.ts";
import { containersOf } from "../containers.ts";
import { failed, ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { podsTrouble } from "../pod-trouble.ts";
import { relatedPods } from "../pods.ts";
import { at, type Condition, conditionOf, numberAt, numberOr, textAt } from "../reading.ts";
import { refusedByEvents } from "../refusal.ts";
import type { LogTarget, Related, Rule, Trouble } from "../related.ts";

/** Ready: Complete. A started Job is not done; a FailureTarget is a failure already. */
export const jobStatus: Rule = (object, related, now) => {
  const total = numberOr(1, object, "spec", "completions");
  const counted = { ready: Math.min(total, numberAt(object, "status", "succeeded")), total };
  const complete = conditionOf(object, "Complete");
  if (complete?.status === "True") return ready({ ...counted, ready: total, reason: complete.reason });
  const end = [conditionOf(object, "Failed"), conditionOf(object, "FailureTarget")].find((c) => c?.status === "True");
  if (end) return failed(failure(object, end, related), counted);
  if (at(object, "spec", "suspend") === true) {
    return ready({ ...counted, reason: "JobSuspended", notes: ["suspended: it does not run"] });
  }
  // Crashes are not judged here: backoffLimit is the Job's own budget.
  const pods = relatedPods(object, related.pods).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const trouble = podsTrouble(pods.filter(unfinished), related, now) ?? refusedByEvents(object, related, now);
  const patient = trouble !== null && ["crash", "oom", "probe"].includes(trouble.cause);
  if (patient) return progressing(trouble.message, { ...counted, reason: trouble.reason, trouble });
  const failures = numberAt(object, "status", "failed");
  return troubled(trouble, failures === 0 ? "" : `${failures} of its pods failed`, counted);
};

const unfinished = (pod: KubeObject) => !["Succeeded", "Failed"].includes(textAt(pod, "status", "phase"));

function failure(object: KubeObject, condition: Condition, related: Related): Trouble {
  const pod = failedPod(object, related);
  const code = pod?.exitCode;
  const exit = code === undefined ? "" : `, exit code ${code}`;
  return ownTrouble({
    cause: "job-failed",
    reason: condition.reason,
    message: sentence(object, condition, exit),
    pod: pod?.log.pod ?? null,
    log: pod?.log ?? null,
    event: newestEvent(eventsAbout(object, related), (event) => event.warning)?.message ?? condition.message,
    remedy:
      condition.reason === "DeadlineExceeded"
        ? "raise activeDeadlineSeconds, or let the Job do less"
        : "read the log of its pod, correct it and apply again",
  });
}

function sentence(object: KubeObject, condition: Condition, exit: string): string {
  switch (condition.reason) {
    case "BackoffLimitExceeded":
      return `failed more often than its backoffLimit of ${numberOr(6, object, "spec", "backoffLimit")} allows${exit}`;
    case "DeadlineExceeded":
      return `did not end within its ${numberAt(object, "spec", "activeDeadlineSeconds")} s`;
    default:
      return `${condition.message || condition.reason}${exit}`;
  }
}

/** The pod whose log tells why: the newest one of which a container ended badly. */
function failedPod(object: KubeObject, related: Related): { log: LogTarget; exitCode: number } | null {
  const newest = [...relatedPods(object, related.pods)].sort((a, b) =>
    (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""),
  );
  for (const pod of newest) {
    const bad = containersOf(pod).find((container) => (container.ended?.exitCode ?? 0) !== 0);
    if (bad === undefined) continue;
    const log = {
      namespace: pod.metadata.namespace ?? "",
      pod: pod.metadata.name,
      container: bad.name,
      previous: bad.state === "running",
    };
    return { log, exitCode: bad.ended?.exitCode ?? 0 };
  }
  return null;
}
