import { containersOf } from "../containers.ts";
import { failed, ownTrouble, ready, troubled } from "../finding.ts";
import { podTrouble } from "../pod-trouble.ts";
import { conditionOf, listAt, textAt } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: the Ready condition, which waits for init containers; or it has run to a good end. */
export const podStatus: Rule = (object, related, now) => {
  const containers = containersOf(object).filter((container) => !container.init);
  const counted = {
    ready: containers.filter((container) => container.ready).length,
    total: listAt(object, "spec", "containers").length,
  };
  const phase = textAt(object, "status", "phase");
  if (phase === "Succeeded") return ready({ ...counted, ready: counted.total, reason: "Completed" });
  if (phase === "Failed") {
    const bad = containersOf(object).find((container) => (container.ended?.exitCode ?? 0) !== 0);
    const name = object.metadata.name;
    const reason = textAt(object, "status", "reason");
    return failed(
      ownTrouble({
        cause: reason === "Evicted" ? "evicted" : "crash",
        reason: reason || (bad?.reason ?? "Failed"),
        message:
          bad === undefined
            ? `${name} failed: ${textAt(object, "status", "message") || reason}`
            : `${name} ended with exit code ${bad.ended?.exitCode ?? 0}`,
        pod: name,
        log:
          bad === undefined
            ? null
            : { namespace: object.metadata.namespace ?? "", pod: name, container: bad.name, previous: false },
        remedy: "read the log of the container",
      }),
      counted,
    );
  }
  if (conditionOf(object, "Ready")?.status === "True") return ready(counted);
  return troubled(podTrouble(object, related, now), "", counted);
};
