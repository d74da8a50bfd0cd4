import { type ClusterEvent, firstTime, newestEvent, timesSeen } from "./cluster-events.ts";
import type { ContainerView } from "./containers.ts";
import { elapsedSince } from "./elapsed.ts";
import { graces } from "./graces.ts";
import { textAt } from "./reading.ts";
import type { Cause, Trouble } from "./related.ts";

type PullCause = Extract<Cause, `image-${string}`>;

/** The kubelet names no reason of its own: containerd's and the registry's words have to do. */
function causeOf(reason: string, text: string): PullCause {
  if (reason === "InvalidImageName" || /invalid reference format|couldn't parse image/i.test(text))
    return "image-invalid";
  if (reason === "ErrImageNeverPull") return "image-pull";
  if (/not found|NotFound|manifest unknown|does not exist|no match for platform|404/i.test(text)) {
    // Docker Hub's words for a repository that is private or missing.
    return /access denied|denied:|authorization failed|unauthorized/i.test(text) ? "image-denied" : "image-not-found";
  }
  if (/unauthorized|denied|authentication required|authorization failed|no basic auth|40[13]\b/i.test(text))
    return "image-denied";
  if (/no such host|server misbehaving|dial tcp|i\/o timeout|refused|TLS|x509|EOF|timed? ?out|50[0234]\b/i.test(text))
    return "image-unreachable";
  return "image-pull";
}

function said(cause: PullCause, never: boolean): string {
  if (never) return "is not on the node, and imagePullPolicy is Never";
  switch (cause) {
    case "image-invalid":
      return "is not a valid image name";
    case "image-not-found":
      return "was not found";
    case "image-denied":
      return "was refused by its registry: no access, or no such repository";
    case "image-unreachable":
      return "cannot be pulled: its registry does not answer";
    case "image-pull":
      return "cannot be pulled";
  }
}

function remedyFor(cause: PullCause, never: boolean): string {
  if (never)
    return "load the image into the cluster (k8sctl cluster load-image), or set image_pull_policy IfNotPresent";
  switch (cause) {
    case "image-invalid":
      return "correct the image: lower case, host/path:tag";
    case "image-not-found":
      return "correct the image or its tag, push it, or load it (k8sctl cluster load-image)";
    case "image-denied":
      return "give the pod an imagePullSecret for this registry, or correct the repository's name";
    case "image-unreachable":
      return "check the registry's name and the nodes' network, or load the image (k8sctl cluster load-image)";
    case "image-pull":
      return "see the event, and pull the image by hand on a node";
  }
}

/** An image that does not come. A slow pull is no trouble at all; a failed one gets a few more tries. */
export function pullTrouble({ pod, container, events, related, now }: ContainerView): Trouble {
  const never = container.reason === "ErrImageNeverPull";
  // Two containers may pull different images: only what names this one counts.
  const isFailure = (event: ClusterEvent) =>
    event.warning && event.message.startsWith("Failed to pull image") && event.message.includes(`"${container.image}"`);
  const isAbout = (event: ClusterEvent) =>
    isFailure(event) || event.reason === "InspectFailed" || event.reason === "ErrImageNeverPull";
  const event = newestEvent(events, isAbout);
  const cause = causeOf(container.reason, `${container.message} ${event?.message ?? ""}`);
  const since = firstTime(events, isAbout) || textAt(pod, "status", "startTime");
  const elapsed = elapsedSince(since, related, now);
  return {
    cause,
    // It alternates with ErrImagePull at every try.
    reason: container.reason === "ErrImagePull" ? "ImagePullBackOff" : container.reason,
    message: `image ${container.image} ${said(cause, never)}`,
    times: 1,
    hopeless: never ? elapsed >= graces.containerConfigMs : hopeless(cause, timesSeen(events, isFailure), elapsed),
    pod: pod.metadata.name,
    pods: 1,
    since,
    event: event?.message ?? container.message,
    log: null,
    remedy: remedyFor(cause, never),
  };
}

function hopeless(cause: PullCause, failures: number, elapsedMs: number): boolean {
  if (cause === "image-invalid") return true;
  const refused = cause === "image-not-found" || cause === "image-denied";
  // Without events at hand failures cannot be counted: the time alone decides.
  return failures >= (refused ? graces.refusedPulls : graces.failedPulls) || elapsedMs >= graces.failedPullsMs;
}
