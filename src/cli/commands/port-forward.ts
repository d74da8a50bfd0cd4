import { userError } from "../../model/errors.ts";
import { describeId } from "../../model/ids.ts";
import { idOf } from "../../model/objects.ts";
import { plainText } from "../../model/text.ts";
import type { Forward } from "../../ports.ts";
import { choosePorts, destinationOf } from "../../run/forwarding.ts";
import type { CliIo } from "../io.ts";
import { lookAt } from "../look.ts";
import type { Options } from "../options.ts";
import { interruptSignal } from "../signals.ts";

/** Ports below this are the system's on most machines. */
const FIRST_FREE_PORT = 1024;

/**
 * `port-forward` and `expose`: local ports that reach a pod of an object, until Ctrl-C. Nothing in the cluster changes.
 * `expose` takes every Service of what is named, and any local port where its own is taken.
 */
export function run(io: CliIo, options: Options, [wanted, ...asked]: readonly string[]): Promise<number> {
  return lookAt(io, options, wanted ?? null, async ({ kube, ports, provider, targets }) => {
    const signal = interruptSignal(io);
    const objects = targets.flatMap(({ live }) => (live === null ? [] : [live]));
    if (provider.provider === "embedded") throw nothingListens(provider.label);
    const access = await provider.access();
    const forwards: Forward[] = [];
    try {
      for (const { local, chosen } of choosePorts(objects, asked)) {
        const own = { namespace: chosen.object.metadata.namespace ?? "default" };
        const settings = {
          ...own,
          destination: () => destinationOf(kube, chosen),
          onProblem: (message: string) =>
            io.stderr.write(plainText(`${describeId(idOf(chosen.object))}: ${message}\n`)),
        };
        const open = (localPort: number) => ports.forward(access, { ...settings, localPort });
        const preferred = chosen.port < FIRST_FREE_PORT ? 0 : chosen.port;
        const forward = await (local === null ? open(preferred).catch(() => open(0)) : open(local));
        forwards.push(forward);
        const line = { v: 1, type: "forward", local: forward.port, id: idOf(chosen.object), port: chosen.port };
        if (options.output === "json") io.stdout.write(`${JSON.stringify(line)}\n`);
        else {
          const name = chosen.name === "" ? "" : ` (${chosen.name})`;
          io.stdout.write(`127.0.0.1:${forward.port} -> ${describeId(line.id)} ${chosen.port}${name}\n`);
        }
      }
      if (options.output !== "json") io.stderr.write("Ctrl-C ends it.\n");
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return 0;
    } finally {
      await Promise.all(forwards.map((forward) => forward.close()));
    }
  });
}

function nothingListens(cluster: string): Error {
  return userError("forward-unsupported", `${cluster} simulates its pods: nothing listens in them`, {
    remedy: "use a kind cluster, or another that runs containers (--cluster)",
  });
}
