import { type ClusterEvent, firstTime, newestEvent } from "./cluster-events.ts";
import { configTrouble } from "./config-trouble.ts";
import { type ContainerView, logOf, nameIn } from "./containers.ts";
import { crashTrouble, startTrouble } from "./crash-trouble.ts";
import { describeProbe, probeAnswer, probeRemedy } from "./probes.ts";
import { pullTrouble } from "./pull-trouble.ts";
import type { Trouble } from "./related.ts";

/** What is wrong with one container; null when nothing is. */
export function containerTrouble(view: ContainerView): Trouble | null {
  const { container } = view;
  if (container.state === "running") return container.ready || container.role === "init" ? null : probeTrouble(view);
  switch (container.reason) {
    case "ErrImagePull":
    case "ImagePullBackOff":
    case "InvalidImageName":
    case "ErrImageNeverPull":
    case "ErrImageInspect":
    case "RegistryUnavailable":
    case "ImageInspectError":
    case "SignatureValidationFailed":
      return pullTrouble(view);
    case "CreateContainerConfigError":
    case "CreateContainerError":
    case "PreCreateHookError":
    case "PreStartHookError":
      return configTrouble(view);
    case "RunContainerError":
      return startTrouble(view);
    case "ContainerCreating":
    case "PodInitializing":
      return null;
    default:
      return crashTrouble(view);
  }
}

/** Slow is not broken: a failing readiness probe fails nothing before the rollout's own deadline. */
function probeTrouble(view: ContainerView): Trouble | null {
  const { pod, container, events } = view;
  const kind = container.started ? "Readiness" : "Startup";
  const unhealthy = (event: ClusterEvent) => event.reason === "Unhealthy" && event.message.startsWith(`${kind} probe`);
  const event = newestEvent(events, unhealthy);
  if (event === null) return null;
  const probe = describeProbe(container.spec, kind);
  return {
    cause: "probe",
    reason: "Unhealthy",
    message: `${nameIn(view)} is not ready: its ${kind.toLowerCase()} probe${probe === "" ? "" : ` (${probe})`} ${probeAnswer(event.message)}`,
    times: 1,
    hopeless: false,
    pod: pod.metadata.name,
    pods: 1,
    since: firstTime(events, unhealthy),
    event: event.message,
    log: { ...logOf(view), previous: false },
    remedy: probeRemedy(kind, event.message),
  };
}
