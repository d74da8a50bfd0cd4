import type { KubeObject } from "../model/objects.ts";
import { containersOf } from "./containers.ts";
import { graces } from "./graces.ts";

/** A Deployment can be available while its pods are restarted again and again; only the counts tell. */
export function restartNotes(pods: readonly KubeObject[]): string[] {
  return pods.flatMap((pod) =>
    containersOf(pod)
      .filter((container) => container.restarts >= graces.notedRestarts)
      .map((container) => `${pod.metadata.name} was restarted ${container.restarts} times`),
  );
}
