import type { Command } from "commander";
import { describeId } from "../../model/ids.ts";
import type { Held } from "../../run/state.ts";
import { findHeld, readState, removeHeld } from "../../run/state.ts";
import { confirm } from "../confirm.ts";
import type { CliIo } from "../io.ts";
import { onCluster } from "../on-cluster.ts";
import type { Options } from "../options.ts";
import { stacksOf } from "../options.ts";
import { interruptSignal } from "../signals.ts";

/** What the inventories hold: list it, look at one thing, take things out. No stack code runs. */
export function run(io: CliIo, options: Options, args: readonly string[], self: Command): Promise<number> {
  return onCluster(io, options, async ({ project, ports, kube }) => {
    const state = await readState(kube, project, stacksOf(project, options));
    if (self.name() === "list") {
      const rows = state.map(({ stack, address, ...rest }) => [`${stack}.${address}`, subject(rest as Held)]);
      const width = Math.max(0, ...rows.map(([name]) => name!.length));
      if (options.output === "json") io.stdout.write(`${JSON.stringify(state)}\n`);
      else for (const [name, what] of rows) io.stdout.write(`${name!.padEnd(width)}  ${what}\n`);
      return 0;
    }
    const wanted = args.map((address) => findHeld(state, address));
    if (self.name() === "show") {
      for (const held of wanted) io.stdout.write(options.output === "json" ? `${JSON.stringify(held)}\n` : shown(held));
      return 0;
    }
    await confirm(io, options, question(wanted));
    await removeHeld(ports, kube, project, wanted, interruptSignal(io));
    for (const held of wanted) io.stdout.write(`removed ${held.stack}.${held.address}: ${fate(held)}\n`);
    return 0;
  });
}

function subject(held: Held): string {
  return held.type === "object" ? describeId(held.entry.id) : `generated ${held.resourceType}`;
}

function fate(held: Held): string {
  return held.type === "object" ? "the object stays, and is nobody's" : "the value is lost";
}

function question(wanted: readonly Held[]): string {
  const values = wanted.filter(({ type }) => type === "generated").length;
  const lost =
    values === 0 ? "" : ` ${values === 1 ? "One generated value is" : `${values} generated values are`} lost.`;
  return `Take ${wanted.map(({ stack, address }) => `${stack}.${address}`).join(", ")} out of the inventory? Objects stay in the cluster.${lost}`;
}

function shown(held: Held): string {
  const lines: [string, string][] =
    held.type === "object"
      ? [
          ["object", describeId(held.entry.id)],
          [
            "apiVersion",
            held.entry.id.group === "" ? held.entry.version : `${held.entry.id.group}/${held.entry.version}`,
          ],
          ["uid", held.entry.uid ?? "promised, not seen yet"],
          ["depends on", held.entry.dependsOn.join(", ") || "nothing"],
          ["kept by", held.entry.preventDestroy ? "prevent_destroy" : "nothing"],
          ["adopted", held.entry.adopted === true ? "yes" : "no"],
        ]
      : [
          ["generated", held.resourceType],
          ["attributes", `${held.attributes.join(", ")} (sensitive)`],
        ];
  return `${held.stack}.${held.address}\n${lines.map(([name, text]) => `  ${name.padEnd(10)}  ${text}\n`).join("")}`;
}
