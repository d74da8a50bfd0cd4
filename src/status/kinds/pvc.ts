import type { KubeObject } from "../../model/objects.ts";
import { eventsAbout, firstTime, newestEvent } from "../cluster-events.ts";
import { ageOf } from "../elapsed.ts";
import { failed, ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { graces } from "../graces.ts";
import { at, conditionOf, textAt } from "../reading.ts";
import type { Finding, Related, Rule } from "../related.ts";
import { quantity } from "../requests.ts";
import { claimRemedy } from "../scheduling-trouble.ts";

/** Ready: Bound and as large as asked, or Pending until a pod uses it, where its class binds on first use. */
export const pvcStatus: Rule = (object, related, now) => {
  const phase = textAt(object, "status", "phase");
  if (phase === "Bound") return boundStatus(object, related);
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
    // A provisioner tries again and often succeeds; a class that does not exist does not come by itself.
    const noClass = /storageclass\S* .*not found/i.test(refused.message);
    const trouble = ownTrouble({
      cause: "volume",
      reason: refused.reason,
      message: `it cannot be provisioned: ${refused.message}`,
      since: firstTime(events, (event) => event.reason === "ProvisioningFailed"),
      hopeless: noClass && refused.count >= 2 && ageOf(object, related, now) >= graces.provisioningMs,
      event: refused.message,
      remedy: claimRemedy(refused.message),
    });
    return troubled(trouble, "");
  }
  if (waitsForConsumer(object, related)) {
    const pod = newestEvent(events, (event) => event.reason === "WaitForPodScheduled")?.message;
    const consumer = /waiting for pod (\S+) to be scheduled/.exec(pod ?? "")?.[1];
    const note =
      consumer === undefined ? "is bound when a pod first uses it" : `is bound when pod ${consumer} is scheduled`;
    return ready({ reason: "WaitForFirstConsumer", notes: [note] });
  }
  const unbound = newestEvent(events, (event) => event.reason === "FailedBinding");
  if (unbound !== null) {
    // An administrator may be about to make the volume: only the time-out decides.
    const trouble = ownTrouble({
      cause: "volume-unbound",
      reason: unbound.reason,
      message: unbound.message,
      since: firstTime(events, (event) => event.reason === "FailedBinding"),
      hopeless: false,
      event: unbound.message,
      remedy: claimRemedy(unbound.message),
    });
    return troubled(trouble, "");
  }
  const latest = newestEvent(events, () => true);
  return progressing(latest?.message ?? "", { reason: latest?.reason ?? "" });
};

/** A bound claim may be growing (KEP-284): the volume first, then, with some drivers at the next mount, its file system. */
function boundStatus(object: KubeObject, related: Related): Finding {
  const asked = at(object, "spec", "resources", "requests", "storage");
  const has = at(object, "status", "capacity", "storage");
  const growing = (quantity(asked) ?? 0) > (quantity(has) ?? Number.POSITIVE_INFINITY);
  if (!growing) return ready();
  const sizes = `from ${String(has)} to ${String(asked)}`;
  if (conditionOf(object, "FileSystemResizePending")?.status === "True") {
    return ready({ reason: "FileSystemResizePending", notes: [`grows ${sizes} when a pod next mounts it`] });
  }
  const failure = newestEvent(
    eventsAbout(object, related),
    (event) => event.warning && /^(VolumeResizeFailed|FileSystemResizeFailed)$/.test(event.reason),
  );
  const error = [conditionOf(object, "ControllerResizeError"), conditionOf(object, "NodeResizeError")].find(
    (condition) => condition?.status === "True",
  );
  if (failure === null && error === undefined) return progressing(`grows ${sizes}`, { reason: "Resizing" });
  const message = failure?.message ?? error?.message ?? "";
  const trouble = ownTrouble({
    cause: "volume",
    reason: failure?.reason ?? error?.type ?? "",
    message: `cannot grow ${sizes}: ${message}`,
    hopeless: false,
    event: message,
    remedy: "see the event; a claim cannot shrink again below what its volume already has",
  });
  return troubled(trouble, "");
}

/** The scheduler names the node on the claim as soon as there is a consumer: from then on it is on its way. */
function waitsForConsumer(object: KubeObject, related: Related): boolean {
  if (object.metadata.annotations?.["volume.kubernetes.io/selected-node"] !== undefined) return false;
  const className = textAt(object, "spec", "storageClassName");
  const storageClass = related.storageClasses?.find((each) => each.metadata.name === className);
  if (storageClass !== undefined) return textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
  return eventsAbout(object, related).some(
    (event) => event.reason === "WaitForFirstConsumer" || event.reason === "WaitForPodScheduled",
  );
}
