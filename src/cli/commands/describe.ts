import { describeTargets } from "../../run/describe.ts";
import { oneLook } from "../../run/one-look.ts";
import { readStatus } from "../../run/status.ts";
import { renderDescription } from "../../view/looking.ts";
import type { CliIo } from "../io.ts";
import { lookAt } from "../look.ts";
import type { Options } from "../options.ts";
import { PARALLELISM } from "../options.ts";
import { tableOptions } from "../views.ts";

/** All that is known of some objects: health, conditions, pods, events, and who writes their fields. */
export function run(io: CliIo, options: Options, [wanted]: readonly string[]): Promise<number> {
  return lookAt(io, options, wanted ?? null, async ({ ports, project, targets, ...on }) => {
    const kube = oneLook(on.kube);
    const now = ports.clock.wall();
    const stacks = [...new Set(targets.map(({ stack }) => stack))];
    const health = await readStatus(kube, project, { stacks, parallelism: PARALLELISM, now });
    const all = await describeTargets(kube, targets, health, now);
    if (options.output === "json") io.stdout.write(`${JSON.stringify({ v: 1, objects: all })}\n`);
    else io.stdout.write(all.map((each) => renderDescription(each, now, tableOptions(io, options))).join("\n"));
    return 0;
  });
}
