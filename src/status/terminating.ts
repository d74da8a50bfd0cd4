import type { KubeObject } from "../model/objects.ts";
import { progressing } from "./finding.ts";
import { conditionsOf, listAt } from "./reading.ts";
import type { Finding } from "./related.ts";

/** What the namespace controller says of why a namespace stays (API reference, NamespaceCondition). */
const holding = [
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionGroupVersionParsingFailure",
  "NamespaceDeletionContentFailure",
  "NamespaceFinalizersRemaining",
  "NamespaceContentRemaining",
];

/** An object that is being deleted: its kind's rule says nothing any more; what holds it does. */
export function terminatingStatus(object: KubeObject): Finding {
  const conditions = conditionsOf(object);
  const condition = holding
    .map((type) => conditions.find((each) => each.type === type && each.status === "True"))
    .find((each) => each !== undefined);
  if (condition !== undefined) {
    return { ...progressing(condition.message, { reason: condition.reason }), phase: "terminating" };
  }
  const finalizers = [...(object.metadata.finalizers ?? []), ...listAt(object, "spec", "finalizers")];
  const held = finalizers.filter((each) => typeof each === "string" && each !== "kubernetes");
  return { ...progressing(held.length === 0 ? "" : `held by ${held.join(", ")}`), phase: "terminating" };
}
