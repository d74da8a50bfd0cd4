import type { Problem, SourcePosition } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import { plainText } from "../model/text.ts";
import type { ObjectRow, RunState } from "../progress/state.ts";
import { rowsInOrder } from "../progress/state.ts";

/** GitHub shows ten annotations of a kind per step; more are dropped there. */
const MOST = 10;

/** Workflow commands that put what failed on the lines of the stack files that asked for it. */
export function githubAnnotations(state: RunState): string[] {
  const failed = rowsInOrder(state).filter((row) => row.state === "failed");
  return [
    ...state.errors.map((error) => command("error", error.position, "k8sctl", withRemedy(error.message, error.remedy))),
    ...failed.map((row) => command("error", row.position, describeId(row.id), paragraph(row))),
    ...state.warnings.map((w) => command("warning", null, w.id === null ? "k8sctl" : describeId(w.id), w.message)),
  ].slice(0, MOST);
}

/** The same for what kept a command from starting. */
export function githubProblems(problems: readonly Problem[]): string[] {
  return problems
    .map((p) => command(p.severity, p.position ?? null, p.address ?? "k8sctl", withRemedy(p.message, p.remedy ?? "")))
    .slice(0, MOST);
}

function paragraph({ verdict, message, reason, remedy }: ObjectRow): string {
  const log = (verdict?.log ?? []).slice(-3).map((line) => `| ${line}`);
  const event = verdict?.event ?? "";
  return withRemedy(
    [message || reason || "failed", ...(event === message ? [] : [event]), ...log]
      .filter((line) => line !== "")
      .join("\n"),
    remedy,
  );
}

function withRemedy(message: string, remedy: string): string {
  return remedy === "" ? message : `${message}\n→ ${remedy}`;
}

function command(level: "error" | "warning", position: SourcePosition | null, title: string, message: string): string {
  const place = position === null ? [] : [`file=${property(position.file)}`, `line=${position.line}`];
  if (position?.column !== undefined) place.push(`col=${position.column}`);
  return `::${level} ${[...place, `title=${property(title)}`].join(",")}::${data(message)}\n`;
}

/** Workflow commands end with the line and know no other quoting (GitHub, "Workflow commands": %, CR and LF). */
function data(text: string): string {
  return plainText(text).replace(/%/g, "%25").replace(/\n/g, "%0A");
}

function property(text: string): string {
  return data(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
