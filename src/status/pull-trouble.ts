import { type ClusterEvent, newestEvent, timesSeen } from "./cluster-events.ts";
import type { ContainerView } from "./containers.ts";
import { elapsedSince } from "./elapsed.ts";
import { graces } from "./graces.ts";
import { textAt } from "./reading.ts";
import type { Trouble } from "./related.ts";

const isPullFailure = (event: ClusterEvent) => event.warning && event.message.startsWith("Failed to pull image");

type Why = "invalid" | "never" | "not-found" | "denied" | "unreachable" | "other";

/** The kubelet names no reason of its own: containerd's and the registry's words have to do. */
function whyOf(reason: string, text: string): Why {
  if (reason === "InvalidImageName") return "invalid";
  if (reason === "ErrImageNeverPull") return "never";
  if (/unauthorized|denied|authentication required|403 Forbidden|401/i.test(text)) return "denied";
  if (/no such host|dial tcp|i\/o timeout|connection refused|TLS|EOF|server misbehaving/i.test(text))
    return "unreachable";
  if (/not found|NotFound|manifest unknown|does not exist/i.test(text)) return "not-found";
  return "other";
}

const said: Record<Why, string> = {
  invalid: "is not a valid image name",
  never: "is not on the node, and its pull policy is Never",
  "not-found": "was not found",
  denied: "may not be pulled: access denied",
  unreachable: "cannot be pulled: its registry does not answer",
  other: "cannot be pulled",
};

const remedies: Record<Why, string> = {
  invalid: "correct the image name: lower case, host/path:tag",
  never: "load the image into the cluster (k8sctl cluster load-image), or allow pulling",
  "not-found": "correct the image or its tag, push it, or load it (k8sctl cluster load-image)",
  denied: "give the pod an imagePullSecret for this registry",
  unreachable: "check the registry's name and the nodes' network, or load the image (k8sctl cluster load-image)",
  other: "see the event, and pull the image by hand on a node",
};

/** An image that does not come. A slow pull is no trouble at all; a failed one gets a few more tries. */
export function pullTrouble({ pod, container, events, related, now }: ContainerView): Trouble {
  const event = newestEvent(events, isPullFailure) ?? newestEvent(events, (each) => each.reason === "InspectFailed");
  const why = whyOf(container.reason, `${container.message} ${event?.message ?? ""}`);
  return {
    cause: "image-pull",
    // It alternates with ErrImagePull at every try.
    reason: container.reason === "ErrImagePull" ? "ImagePullBackOff" : container.reason,
    message: `image ${container.image} ${said[why]}`,
    times: 1,
    hopeless: hopeless(why, timesSeen(events, isPullFailure), () =>
      elapsedSince(textAt(pod, "status", "startTime"), related, now),
    ),
    pod: pod.metadata.name,
    event: event?.message ?? container.message,
    log: null,
    remedy: remedies[why],
  };
}

function hopeless(why: Why, failures: number, elapsed: () => number): boolean {
  switch (why) {
    case "invalid":
      return true;
    case "never":
      return elapsed() >= graces.configMissingMs;
    default: {
      const allowed = why === "not-found" || why === "denied" ? graces.refusedPulls : graces.failedPulls;
      return failures >= allowed || elapsed() >= graces.failedPullsMs;
    }
  }
}
