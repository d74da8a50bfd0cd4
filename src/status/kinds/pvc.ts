import type { KubeObject } from "../../model/objects.ts";
import { eventsAbout, newestEvent } from "../cluster-events.ts";
import { ageOf } from "../elapsed.ts";
import { failed, ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { graces } from "../graces.ts";
import { textAt } from "../reading.ts";
import type { Related, Rule } from "../related.ts";

/** Ready: Bound, or Pending until a pod uses it, where its class binds on first use. */
export const pvcStatus: Rule = (object, related, now) => {
  const phase = textAt(object, "status", "phase");
  if (phase === "Bound") return ready();
  if (phase === "Lost") {
    return failed(
      ownTrouble({
        cause: "volume",
        reason: "ClaimLost",
        message: `its volume ${textAt(object, "spec", "volumeName")} is gone`,
        remedy: "restore the PersistentVolume, or delete the claim and start with an empty one",
      }),
    );
  }
  const events = eventsAbout(object, related);
  const refused = newestEvent(events, (event) => event.warning && event.reason === "ProvisioningFailed");
  if (refused !== null) {
    const trouble = ownTrouble({
      cause: "volume",
      reason: refused.reason,
      message: refused.message,
      hopeless: refused.count >= 2 && ageOf(object, related, now) >= graces.provisioningMs,
      event: refused.message,
      remedy: /storageclass.* not found/.test(refused.message)
        ? "name a StorageClass that the cluster has (kubectl get storageclass), or leave it out for the default one"
        : "see the event: its provisioner cannot make the volume",
    });
    return troubled(trouble, "");
  }
  if (waitsForConsumer(object, related)) {
    return ready({ reason: "WaitForFirstConsumer", notes: ["is bound when a pod first uses it"] });
  }
  const latest = newestEvent(events, () => true);
  return progressing(latest?.message ?? "", { reason: latest?.reason ?? "" });
};

/** The scheduler names the node on the claim as soon as there is a consumer: from then on it is on its way. */
function waitsForConsumer(object: KubeObject, related: Related): boolean {
  if (object.metadata.annotations?.["volume.kubernetes.io/selected-node"] !== undefined) return false;
  const className = textAt(object, "spec", "storageClassName");
  const storageClass = related.storageClasses?.find((each) => each.metadata.name === className);
  if (storageClass !== undefined) return textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
  return eventsAbout(object, related).some((event) => event.reason === "WaitForFirstConsumer");
}
