import { eventsAbout } from "../cluster-events.ts";
import { existedFor } from "../elapsed.ts";
import { progressing, ready } from "../finding.ts";
import { graces } from "../graces.ts";
import { listAt } from "../reading.ts";
import type { Rule } from "../related.ts";

/**
 * Its address is soft: many controllers never set one, and a cluster may have none. Where a controller's last word about it is
 * a warning, that is why (F5's controller: an event `Rejected` for a rule without a host, a taken host, a wrong annotation).
 */
export const ingressStatus: Rule = (object, related, now) => {
  if (listAt(object, "status", "loadBalancer", "ingress").length > 0) return ready();
  if (existedFor(object, related, now) < graces.addressMs) return progressing("waiting for an ingress controller");
  const last = eventsAbout(object, related).at(-1);
  if (last?.warning) return ready({ reason: last.reason, notes: [`no address: ${last.reason}: ${last.message}`] });
  return ready({ reason: "NoAddress", notes: ["no address: no ingress controller has set one"] });
};
