import { userError } from "../../model/errors.ts";
import { SENSITIVE } from "../../model/secrets.ts";
import { inventoriesOf } from "../../run/recorded.ts";
import type { CliIo } from "../io.ts";
import { onCluster } from "../on-cluster.ts";
import type { Options } from "../options.ts";
import { stacksOf } from "../options.ts";

/** Prints outputs as the last apply left them in the inventories: no stack code runs. */
export function run(io: CliIo, options: Options, args: readonly string[]): Promise<number> {
  return onCluster(io, options, async ({ project, kube }) => {
    const only = stacksOf(project, options);
    const inventories = await inventoriesOf(kube, project, only);
    const all = inventories.flatMap(({ stack, outputs }) =>
      Object.entries(outputs).map(([name, output]) => ({ stack, name, ...output })),
    );
    const wanted = args[0];
    const found =
      wanted === undefined ? all : all.filter((o) => o.name === wanted || `${o.stack}.${o.name}` === wanted);
    if (wanted !== undefined && found.length !== 1) throw noSuchOutput(wanted, all, found.length);
    const shown = found.map((o) => ({
      ...o,
      value: o.sensitive && options.showSensitive !== true ? SENSITIVE : o.value,
    }));
    if (options.output === "json") io.stdout.write(`${JSON.stringify(shown)}\n`);
    else if (wanted !== undefined) io.stdout.write(`${textOf(shown[0]?.value)}\n`);
    else {
      const width = Math.max(0, ...shown.map(({ stack, name }) => `${stack}.${name}`.length));
      for (const { stack, name, value } of shown) {
        io.stdout.write(`${`${stack}.${name}`.padEnd(width)} = ${textOf(value)}\n`);
      }
    }
    return 0;
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function noSuchOutput(name: string, all: readonly { stack: string; name: string }[], found: number): Error {
  const names = all.map((output) => `${output.stack}.${output.name}`).join(", ");
  const message = found === 0 ? `there is no output "${name}"` : `several stacks have an output "${name}"`;
  return userError("unknown-output", message, { remedy: `the outputs are: ${names || "none"}` });
}
