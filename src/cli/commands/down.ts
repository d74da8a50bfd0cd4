import { down } from "../../run/down.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { PARALLELISM, stacksOf } from "../options.ts";
import { withSession } from "../session.ts";

/** Removes what `up` made, from the inventories alone. */
export function run(io: CliIo, options: Options): Promise<number> {
  return withSession(io, options, "down", (session) =>
    down(
      { ...session, approver: session.view },
      {
        clusterName: session.clusterName,
        stacks: stacksOf(session.project, options),
        approved: options.yes ?? false,
        deleteVolumes: options.deleteVolumes ?? false,
        keepCluster: options.keepCluster ?? false,
        parallelism: options.parallelism ?? PARALLELISM,
        timeoutSeconds: options.timeout ?? null,
      },
    ),
  );
}
