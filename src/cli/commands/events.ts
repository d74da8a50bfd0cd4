import { eventsOf } from "../../run/target-events.ts";
import { renderEvents } from "../../view/looking.ts";
import type { CliIo } from "../io.ts";
import { lookAt } from "../look.ts";
import type { Options } from "../options.ts";
import { tableOptions } from "../views.ts";

/** Events about the project's objects and all that their controllers made, oldest first. */
export function run(io: CliIo, options: Options, [wanted]: readonly string[]): Promise<number> {
  return lookAt(io, options, wanted ?? null, async ({ kube, ports, targets }) => {
    const all = await eventsOf(kube, targets);
    const events = options.warnings === true ? all.filter(({ warning }) => warning) : all;
    if (options.output === "json")
      for (const event of events) io.stdout.write(`${JSON.stringify({ v: 1, ...event })}\n`);
    else io.stdout.write(renderEvents(events, ports.clock.wall(), tableOptions(io, options)));
    return 0;
  });
}
