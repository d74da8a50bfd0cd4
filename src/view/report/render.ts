import { extname } from "node:path";
import { userError } from "../../model/errors.ts";
import { assertNever } from "../../model/json.ts";
import type { RunState } from "../../progress/state.ts";
import { type ReportFacts, reportDocument } from "./document.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";
import { pageReport } from "./page.ts";

export type ReportKind = "markdown" | "html" | "json" | "junit";

const kinds: Readonly<Record<string, ReportKind>> = {
  ".md": "markdown",
  ".html": "html",
  ".json": "json",
  ".xml": "junit",
};

/** What a report file is to hold, by its name. UserError `report-kind` for any other ending. */
export function reportKind(path: string): ReportKind {
  const kind = kinds[extname(path).toLowerCase()];
  if (kind !== undefined) return kind;
  throw userError("report-kind", `--report ${path}: the ending says nothing about the kind of report`, {
    remedy: "name it .md (pull request), .html (one page), .json (programs) or .xml (JUnit)",
  });
}

export function renderReport(kind: ReportKind, state: RunState, facts: ReportFacts): string {
  switch (kind) {
    case "markdown":
      return markdownReport(state);
    case "html":
      return pageReport(state, facts);
    case "json":
      return `${JSON.stringify(reportDocument(state, facts), null, 2)}\n`;
    case "junit":
      return junitReport(state, facts);
    default:
      return assertNever(kind);
  }
}
