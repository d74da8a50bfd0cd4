import { chooseView, isCi } from "../view/choose.ts";
import type { CiStyle } from "../view/ci-view.ts";
import type { LogReader } from "../view/log-reader.ts";
import { openView } from "../view/open-view.ts";
import type { RunView } from "../view/run-view.ts";
import type { Style } from "../view/style.ts";
import { chooseStyle } from "../view/style.ts";
import type { TableOptions } from "../view/tables.ts";
import type { CliIo } from "./io.ts";
import { columnsOf, isTerminal } from "./io.ts";
import type { Options } from "./options.ts";

/** What the terminal can show, with --no-color counted in. */
export function styleOf(io: CliIo, options: Options): Style {
  const style = chooseStyle({ isTTY: isTerminal(io.stdout), env: io.env, platform: process.platform });
  return options.color === false ? { ...style, colour: false } : style;
}

/** Which CI system's marks stand between the plain lines; null for none. */
export function ciStyleOf(io: CliIo, options: Options): CiStyle | null {
  const asked = options.ci ?? "auto";
  if (asked === "github" || asked === "gitlab") return asked;
  return asked === "auto" && io.env.GITHUB_ACTIONS === "true" ? "github" : null;
}

/** The reader of this run's events: live in a terminal, plain lines elsewhere, NDJSON when asked for. */
export async function openRunView(
  io: CliIo,
  options: Options,
  onInterrupt: () => void,
  logs?: LogReader,
): Promise<RunView> {
  const isTTY = isTerminal(io.stdout) && isTerminal(io.stdin);
  const name = chooseView({ isTTY, ci: isCi(io.env), output: options.output ?? null, env: io.env });
  const view = await openView(name, {
    stdout: io.stdout as NodeJS.WriteStream,
    stdin: io.stdin as NodeJS.ReadStream,
    style: styleOf(io, options),
    onInterrupt,
    plan: { full: options.full ?? false },
    now: Date.now(),
    ...(logs === undefined ? {} : { logs }),
  });
  const style = ciStyleOf(io, options);
  if (style === null || name !== "plain") return view;
  const { createCiView } = await import("../view/ci-view.ts");
  return createCiView(view, style, { stdout: io.stdout as NodeJS.WriteStream, now: Date.now });
}

export function tableOptions(io: CliIo, options: Options): TableOptions {
  const columns = isTerminal(io.stdout) ? columnsOf(io.stdout) : Number.POSITIVE_INFINITY;
  return { style: styleOf(io, options), columns };
}
