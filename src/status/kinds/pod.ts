import type { KubeObject } from "../../model/objects.ts";
import { containersOf, logOf, nameIn } from "../containers.ts";
import { exitRemedy, exitWords } from "../exit-codes.ts";
import { failed, ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { evictionRemedy, podTrouble } from "../pod-trouble.ts";
import { conditionOf, listAt, textAt } from "../reading.ts";
import type { Rule, Trouble } from "../related.ts";

/** Ready: the Ready condition, which waits for init containers and sidecars; or it has run to a good end. */
export const podStatus: Rule = (object, related, now) => {
  const containers = containersOf(object).filter((container) => container.role === "main");
  const counted = {
    ready: containers.filter((container) => container.ready).length,
    total: listAt(object, "spec", "containers").length,
  };
  const phase = textAt(object, "status", "phase");
  if (phase === "Succeeded") return ready({ ...counted, ready: counted.total, reason: "Completed" });
  if (phase === "Failed") return failed(endTrouble(object), counted);
  const unknown = phase === "Unknown" || textAt(object, "status", "reason") === "NodeLost";
  if (conditionOf(object, "Ready")?.status === "True" && !unknown) return ready(counted);
  const scheduled = conditionOf(object, "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "SchedulingGated") {
    const gates = listAt(object, "spec", "schedulingGates").map((gate) => textAt(gate, "name"));
    return progressing(`held back by its scheduling gates ${gates.join(", ")}`, {
      ...counted,
      reason: scheduled.reason,
    });
  }
  return troubled(podTrouble(object, related, now), "", counted);
};

/** Of a pod that is over and did not end well. */
function endTrouble(pod: KubeObject): Trouble {
  const bad = containersOf(pod).find((container) => (container.ended?.exitCode ?? 0) !== 0);
  const { name } = pod.metadata;
  const reason = textAt(pod, "status", "reason");
  const message = textAt(pod, "status", "message");
  const common = { pod: name, since: bad?.ended?.at ?? textAt(pod, "status", "startTime"), event: message };
  if (reason === "DeadlineExceeded") {
    return ownTrouble({
      ...common,
      cause: "deadline",
      reason,
      message: `${name} did not end within its activeDeadlineSeconds`,
      remedy: "raise active_deadline_seconds, or let the pod do less",
    });
  }
  if (reason !== "") {
    return ownTrouble({
      ...common,
      cause: /Evicted|OutOf|Preempt|UnexpectedAdmission|NodeAffinity/.test(reason) ? "evicted" : "node-gone",
      reason,
      message: `${name} was ended by its node (${reason})${message === "" ? "" : `: ${message.replace(/\.$/, "")}`}`,
      remedy: evictionRemedy(reason, message),
    });
  }
  if (bad?.ended == null) {
    return ownTrouble({
      ...common,
      cause: "crash",
      reason: "Failed",
      message: message === "" ? `${name} failed` : `${name} failed: ${message}`,
      remedy: "see the events of the pod",
    });
  }
  const oom = bad.ended.reason === "OOMKilled";
  return ownTrouble({
    ...common,
    cause: oom ? "oom" : bad.role === "init" ? "init-container" : "crash",
    reason: bad.reason || bad.ended.reason,
    message: `${nameIn({ pod, container: bad })} ended with ${exitWords(bad.ended.exitCode, bad.ended.signal)}${oom ? ", out of memory" : ""}`,
    log: logOf({ pod, container: bad }),
    remedy: oom ? "raise resources.limits.memory, or let it use less" : exitRemedy(bad.ended.exitCode),
  });
}
