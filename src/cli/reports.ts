import { resolve } from "node:path";
import { plainText } from "../model/text.ts";
import type { Files } from "../ports.ts";
import { reduce } from "../progress/reduce.ts";
import { initialRunState } from "../progress/state.ts";
import type { ReportKind } from "../view/report/render.ts";
import type { RunView } from "../view/run-view.ts";
import type { CliIo } from "./io.ts";
import type { Options } from "./options.ts";
import { ciStyleOf } from "./views.ts";

interface Target {
  readonly kind: ReportKind;
  readonly path: string;
  /** Keeps what others wrote to the file before: GitHub's step summary is shared by the commands of a step. */
  readonly append: boolean;
}

/** Puts a reader beside a view. */
export type Reporting = (view: RunView) => RunView;

/**
 * The reports that `--report` asks for, written when the view closes. GitHub's step summary is one of them when we run
 * there. Each file is written at once, too: one that cannot be is an error before anything happens (UserError
 * `report-kind`, `file-denied` ...), and a killed run leaves a report without a result, not an old one.
 */
export async function openReports(io: CliIo, options: Options, files: Files): Promise<Reporting> {
  const names = options.report ?? [];
  const summary = ciStyleOf(io, options) === "github" ? io.env.GITHUB_STEP_SUMMARY : undefined;
  if (names.length === 0 && !summary) return (view) => view;
  const { renderReport, reportKind } = await import("../view/report/render.ts");
  const targets: Target[] = names.map((name) => ({
    kind: reportKind(name),
    path: resolve(io.cwd, name),
    append: false,
  }));
  if (summary) targets.push({ kind: "markdown", path: resolve(io.cwd, summary), append: true });
  const facts = { startedAt: new Date().toISOString() };
  let state = initialRunState();
  const write = async ({ kind, path, append }: Target): Promise<void> => {
    const before = append ? ((await files.read(path)) ?? "") : "";
    await files.write(path, `${before}${renderReport(kind, state, facts)}`, 0o644);
  };
  for (const target of targets) if (!target.append) await write(target);
  return (view) => ({
    ...view,
    event(event) {
      view.event(event);
      state = reduce(state, event);
    },
    async close() {
      await view.close();
      for (const target of targets) {
        try {
          await write(target);
        } catch (error) {
          // The run is over and has its own result: a full disk must not turn a success into a failure.
          io.stderr.write(plainText(`Warning: the report ${target.path} was not written: ${String(error)}\n`));
        }
      }
    },
  });
}
