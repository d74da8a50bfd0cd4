import type { Plan } from "../model/plan.ts";
import type { CliIo } from "./io.ts";
import { columnsOf, isTerminal } from "./io.ts";
import type { Options } from "./options.ts";
import { styleOf } from "./views.ts";

/** The plan as text, as one JSON document, or as markdown. */
export async function printPlan(
  io: CliIo,
  options: Options,
  plan: Plan,
  requests: Readonly<Record<string, number>> | null = null,
): Promise<void> {
  if (options.output === "json") {
    const { planDocument } = await import("../view/plan-document.ts");
    io.stdout.write(`${JSON.stringify(planDocument(plan, requests))}\n`);
  } else if (options.markdown === true) {
    const { renderPlanMarkdown } = await import("../view/plan-markdown.ts");
    io.stdout.write(renderPlanMarkdown(plan, { drift: options.refreshOnly ?? false }));
  } else {
    const { renderPlan } = await import("../view/plan-text.ts");
    const columns = isTerminal(io.stdout) ? columnsOf(io.stdout) : Number.POSITIVE_INFINITY;
    const full = options.full ?? false;
    const drift = options.refreshOnly ?? false;
    io.stdout.write(
      renderPlan(plan, { ...styleOf(io, options), columns, full, drift, showUnchanged: full, now: Date.now() }),
    );
  }
}
