import type { LogSource } from "../../run/follow-logs.ts";
import { readLogs } from "../../run/follow-logs.ts";
import type { Line, Tone } from "../../view/line.ts";
import { paint, tone } from "../../view/line.ts";
import type { CliIo } from "../io.ts";
import { lookAt } from "../look.ts";
import type { Options } from "../options.ts";
import { interruptSignal } from "../signals.ts";
import { styleOf } from "../views.ts";

/** Logs of all pods of an object, or of a whole stack: which pods there are is for the cluster to know. */
export function run(io: CliIo, options: Options, [wanted]: readonly string[]): Promise<number> {
  return lookAt(io, options, wanted ?? null, async ({ kube, ports, targets }) => {
    const settings = {
      follow: options.follow ?? false,
      previous: options.previous ?? false,
      tailLines: options.tail === undefined || options.tail < 0 ? null : options.tail,
      sinceSeconds: options.since ?? null,
      container: options.container ?? null,
      signal: interruptSignal(io),
    };
    const style = styleOf(io, options);
    const tones = new Map<string, Tone>();
    const objects = targets.flatMap(({ live }) => (live === null ? [] : [live]));
    const silent = await readLogs({ kube, clock: ports.clock }, objects, settings, (source, { time, text }) => {
      if (options.output === "json") {
        io.stdout.write(`${JSON.stringify({ v: 1, type: "log", ...source, time, text })}\n`);
        return;
      }
      const stamp = options.timestamps === true && time !== "" ? [tone("dim", `${time} `)] : [];
      const line: Line = [tone(toneOf(source, tones), `${source.pod}/${source.container} `), ...stamp, text];
      io.stdout.write(`${paint(line, Number.POSITIVE_INFINITY, style)}\n`);
    });
    for (const { pod, container } of silent) {
      const why = settings.previous ? "has not run before" : "has not started";
      io.stderr.write(`${pod}/${container} ${why}; \`k8sctl describe ${wanted ?? ""}\` says more\n`);
    }
    return 0;
  });
}

const TONES: readonly Tone[] = ["accent", "good", "change", "add", "warn"];

/** Each pod keeps its colour. */
function toneOf({ pod, container }: LogSource, tones: Map<string, Tone>): Tone {
  const key = `${pod}/${container}`;
  const known = tones.get(key) ?? TONES[tones.size % TONES.length] ?? "accent";
  tones.set(key, known);
  return known;
}
