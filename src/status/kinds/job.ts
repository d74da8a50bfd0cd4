import type { KubeObject } from "../../model/objects.ts";
import { eventsAbout, newestEvent } from "../cluster-events.ts";
import { containersOf, logOf } from "../containers.ts";
import { exitWords } from "../exit-codes.ts";
import { failed, ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { podsTrouble } from "../pod-trouble.ts";
import { relatedPods } from "../pods.ts";
import { at, type Condition, conditionOf, numberAt, numberOr, textAt } from "../reading.ts";
import { refusedByEvents } from "../refusal.ts";
import type { Cause, LogTarget, Related, Rule, Trouble } from "../related.ts";

/** Crashes of its pods are not judged: backoffLimit is the Job's own budget. */
const ownBudget: ReadonlySet<Cause> = new Set([
  "crash",
  "oom",
  "liveness",
  "probe",
  "init-container",
  "hook",
  "evicted",
]);

/** Ready: Complete. A started Job is not done; a FailureTarget is a failure already. */
export const jobStatus: Rule = (object, related, now) => {
  // A work queue (parallelism without completions) is done when one of its pods says so.
  const total = numberOr(1, object, "spec", "completions");
  const counted = { ready: Math.min(total, numberAt(object, "status", "succeeded")), total };
  const complete = conditionOf(object, "Complete");
  // With a successPolicy fewer than all may be enough (KEP-3998).
  if (complete?.status === "True") return ready({ ...counted, ready: total, reason: complete.reason });
  const end = [conditionOf(object, "Failed"), conditionOf(object, "FailureTarget")].find((c) => c?.status === "True");
  if (end) return failed(failure(object, end, related), counted);
  if (at(object, "spec", "suspend") === true) {
    return ready({ ...counted, reason: "JobSuspended", notes: ["suspended: it does not run"] });
  }
  const pods = relatedPods(object, related.pods).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const trouble = podsTrouble(pods.filter(unfinished), related, now) ?? refusedByEvents(object, related, now);
  const patient = trouble !== null && ownBudget.has(trouble.cause);
  if (patient) return progressing(trouble.message, { ...counted, reason: trouble.reason, trouble });
  const failures = numberAt(object, "status", "failed");
  const limit = numberOr(6, object, "spec", "backoffLimit");
  return troubled(trouble, failures === 0 ? "" : `${failures} of its pods failed, ${limit} are allowed to`, counted);
};

const unfinished = (pod: KubeObject) => !["Succeeded", "Failed"].includes(textAt(pod, "status", "phase"));

function failure(object: KubeObject, condition: Condition, related: Related): Trouble {
  const pod = failedPod(object, related);
  const deadline = condition.reason === "DeadlineExceeded";
  return ownTrouble({
    cause: deadline ? "deadline" : "job-failed",
    reason: condition.reason,
    message: sentence(object, condition, pod?.exit ?? ""),
    pod: pod?.log.pod ?? null,
    since: condition.since,
    log: pod?.log ?? null,
    event: newestEvent(eventsAbout(object, related), (event) => event.warning)?.message ?? condition.message,
    remedy: remedyFor(condition.reason),
  });
}

function sentence(object: KubeObject, condition: Condition, exit: string): string {
  const limit = numberOr(6, object, "spec", "backoffLimit");
  const ended = exit === "" ? "" : `: its pod ended with ${exit}`;
  switch (condition.reason) {
    case "BackoffLimitExceeded":
      return `failed ${limit + 1} ${limit === 0 ? "time" : "times"}, one more than its backoffLimit allows${ended}`;
    case "DeadlineExceeded":
      return `did not end within its ${numberAt(object, "spec", "activeDeadlineSeconds")} s (activeDeadlineSeconds)`;
    case "FailedIndexes":
      return `index ${textAt(object, "status", "failedIndexes") || "of it"} failed more often than backoffLimitPerIndex allows${ended}`;
    case "MaxFailedIndexesExceeded":
      return `more indexes failed (${textAt(object, "status", "failedIndexes")}) than maxFailedIndexes allows${ended}`;
    case "PodFailurePolicy":
      return `its podFailurePolicy ended it: ${condition.message}`;
    default:
      return `${condition.message || condition.reason || "it failed"}${ended}`;
  }
}

function remedyFor(reason: string): string {
  switch (reason) {
    case "DeadlineExceeded":
      return "raise active_deadline_seconds, or let the Job do less";
    case "PodFailurePolicy":
      return "see the log for the exit code that the policy names, correct it and apply again";
    default:
      return "see the log of its pod; a corrected template makes the Job anew, an unchanged one runs again only once it is deleted";
  }
}

/** The pod whose log tells why: the newest one of which a container ended badly. */
function failedPod(object: KubeObject, related: Related): { log: LogTarget; exit: string } | null {
  const newest = [...relatedPods(object, related.pods)].sort((a, b) =>
    (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""),
  );
  for (const pod of newest) {
    const bad = containersOf(pod).find((container) => (container.ended?.exitCode ?? 0) !== 0);
    if (bad?.ended == null) continue;
    return { log: logOf({ pod, container: bad }), exit: exitWords(bad.ended.exitCode, bad.ended.signal) };
  }
  return null;
}
