import type { Problem } from "../model/errors.ts";
import { describePosition, KubeError, UnreachableError, UserError } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import { plainText } from "../model/text.ts";

/** An error as facts: what was wrong, one problem each. Bugs have no problems, they keep their stack. */
export function problemsOf(error: unknown): readonly Problem[] | null {
  if (error instanceof UserError) return error.problems;
  if (error instanceof KubeError) {
    if (NO_SPACE.test(error.message)) return [noSpace(`the server of the cluster has no space left: ${error.message}`)];
    const remedy = REMEDIES[error.status] ?? "see the server's message; `k8sctl doctor` checks the surroundings";
    const message = `the API server refused ${error.request}: ${error.message} (${error.status} ${error.reason})`;
    return [{ code: "api-refused", message, remedy, severity: "error" }];
  }
  if (error instanceof UnreachableError) {
    const message = `no answer from ${error.server}: ${error.message}`;
    return [{ code: "unreachable", message, remedy: UNREACHABLE_REMEDY, severity: "error" }];
  }
  // A full disk may show anywhere a file is written, and is nobody's bug.
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOSPC" || code === "EDQUOT") return [noSpace(`there is no space left to write: ${messageOf(error)}`)];
  return null;
}

/** As the operating system says it, and etcd. */
const NO_SPACE = /ENOSPC|EDQUOT|no space left on device|database space exceeded/;

function noSpace(message: string): Problem {
  const remedy = "free some space on that machine, then run the command again: it continues from what is there";
  return { code: "disk-full", message, remedy, severity: "error" };
}

const UNREACHABLE_REMEDY =
  "check that the cluster runs (`k8sctl cluster list`) and that the server's address can be reached; then run the command again";

const REMEDIES: Readonly<Record<number, string>> = {
  401: "the credentials were refused: get new ones (`k8sctl cluster credentials` shows their expiry)",
  403: "the user lacks a permission: ask for it, or use another context",
};

/** Place and address of a problem, `stacks/kafka.ts:31 kubernetes_stateful_set_v1.kafka: `; "" where it has neither. */
export function describeHead(problem: Problem): string {
  const place = [
    problem.position === undefined ? "" : describePosition(problem.position),
    problem.address ?? (problem.id === undefined ? "" : describeId(problem.id)),
  ].filter((part) => part !== "");
  return place.length === 0 ? "" : `${place.join(" ")}: `;
}

/** One paragraph: where, what is wrong, then one line on what to do. */
export function describeProblem(problem: Problem): string {
  const label = problem.severity === "error" ? "Error" : "Warning";
  const remedy = problem.remedy === undefined ? "" : `\n  → ${plainText(problem.remedy)}`;
  return `${label}: ${plainText(`${describeHead(problem)}${problem.message}`)}${remedy}\n`;
}

/** Prints an error as people or programs read it. A bug prints its stack and where to report it. */
export function describeError(error: unknown, output: "plain" | "json"): string {
  const problems = problemsOf(error);
  if (output === "json") {
    const list = problems ?? [{ code: "bug", message: messageOf(error), severity: "error" }];
    return `${JSON.stringify({ v: 1, type: "error", problems: list })}\n`;
  }
  if (problems !== null) return problems.map(describeProblem).join("\n");
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Error: this is a bug in k8sctl, please report it with the lines below.\n${plainText(stack)}\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
