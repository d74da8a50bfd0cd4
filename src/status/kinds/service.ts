import { eventsAbout, newestEvent } from "../cluster-events.ts";
import { existedFor } from "../elapsed.ts";
import { progressing, ready } from "../finding.ts";
import { graces } from "../graces.ts";
import { listAt, textAt } from "../reading.ts";
import type { Rule } from "../related.ts";

const cleanupFinalizer = "service.kubernetes.io/load-balancer-cleanup";

/** Ready at once; type LoadBalancer waits for its address only where some controller shows that it serves it. */
export const serviceStatus: Rule = (object, related, now) => {
  if (textAt(object, "spec", "type") !== "LoadBalancer") return ready();
  if (listAt(object, "status", "loadBalancer", "ingress").length > 0) return ready();
  const events = eventsAbout(object, related);
  const served =
    object.metadata.finalizers?.includes(cleanupFinalizer) === true ||
    events.some((event) => event.reason === "EnsuringLoadBalancer");
  const problem = newestEvent(events, (event) => event.warning);
  if (served)
    return progressing(problem?.message ?? "waiting for its load balancer", { reason: problem?.reason ?? "" });
  if (existedFor(object, related, now) < graces.addressMs) return progressing("waiting for a load balancer");
  return ready({ reason: "NoLoadBalancer", notes: ["no load balancer address: no controller serves it"] });
};
