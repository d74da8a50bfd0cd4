import type { KubeObject } from "../model/objects.ts";
import { containersOf } from "./containers.ts";
import { relatedPods } from "./pods.ts";

/** Restarts so far of an object's containers, by `pod/container`: for `Related.excused`. */
export function excusedRestarts(object: KubeObject, pods: readonly KubeObject[]): ReadonlyMap<string, number> {
  return new Map(
    relatedPods(object, pods).flatMap((pod) =>
      containersOf(pod).map((container) => [`${pod.metadata.name}/${container.name}`, container.restarts] as const),
    ),
  );
}
