import { existedFor } from "../elapsed.ts";
import { progressing, ready } from "../finding.ts";
import { graces } from "../graces.ts";
import { listAt } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Its address is soft: many controllers never set one, and a cluster may have none. */
export const ingressStatus: Rule = (object, related, now) => {
  if (listAt(object, "status", "loadBalancer", "ingress").length > 0) return ready();
  if (existedFor(object, related, now) < graces.addressMs) return progressing("waiting for an ingress controller");
  return ready({ reason: "NoAddress", notes: ["no address: no ingress controller has set one"] });
};
