import { findTargets, type Target } from "../run/targets.ts";
import type { CliIo } from "./io.ts";
import { type OnCluster, onCluster } from "./on-cluster.ts";
import type { Options } from "./options.ts";

interface Look extends OnCluster {
  readonly targets: readonly Target[];
}

/** Finds what `STACK` or `STACK/NAME` means on the chosen cluster. */
export function lookAt<T>(
  io: CliIo,
  options: Options,
  wanted: string | null,
  work: (look: Look) => Promise<T>,
): Promise<T> {
  return onCluster(io, options, async (on) => work({ ...on, targets: await findTargets(on.kube, on.project, wanted) }));
}
