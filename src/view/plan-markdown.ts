import { describePosition } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import type { Plan, PlanAction, PlanItem, StackPlan } from "../model/plan.ts";
import { planHasChanges } from "../model/plan.ts";
import { plainText } from "../model/text.ts";
import { shownChanges } from "./field-changes.ts";
import { fieldLines } from "./field-lines.ts";
import { paintAll } from "./line.ts";
import { escapeMarkup } from "./markup.ts";
import { blockedRemedy, causeWord, clusterLabel, driftSentence, planSentence, reasons, signOf } from "./plan-words.ts";
import { valueWords } from "./value-words.ts";

export interface MarkdownOptions {
  /** ms since 1970, for "3 h ago"; without it the time itself is shown. */
  readonly now?: number;
  /** Cut to this many characters: a comment on GitHub takes 65,536. */
  readonly limit?: number;
  /** The plan is of drift alone. */
  readonly drift?: boolean;
}

/** The plan for a pull request: the sentence, a table per stack, and each object's fields folded away as a diff. */
export function renderPlanMarkdown(plan: Plan, options: MarkdownOptions = {}): string {
  const limit = options.limit ?? 60_000;
  const head = `### k8sctl plan: \`${code(plan.project)}\` on \`${code(clusterLabel(plan.cluster))}\`\n\n**${options.drift === true ? driftSentence(plan) : planSentence(plan)}**\n`;
  if (!planHasChanges(plan)) return head;
  let text = head;
  if (plan.cluster.action === "create") text += "\nThe cluster does not exist yet and will be created.\n";
  if (plan.cluster.action === "replace") text += replacedPart(plan);
  for (const stack of plan.stacks) {
    const part = stackPart(stack, options);
    if (text.length + part.length > limit) {
      return `${text}\n_The plan is longer than fits here; the rest is in the output of \`k8sctl plan\`._\n`;
    }
    text += part;
  }
  return text;
}

function replacedPart({ cluster }: Plan): string {
  const { changes = [], losesClaims = [] } = cluster;
  const rows = changes.map(
    ({ path, before, after }) => `| \`${code(path)}\` | ${cell(before ?? "(none)")} | ${cell(after ?? "(none)")} |\n`,
  );
  const claims =
    losesClaims.length === 0 ? "" : `, the data of ${losesClaims.map((c) => `\`${code(c)}\``).join(", ")} too`;
  return `\nThe cluster will be **replaced**, and everything in it is lost${claims}.\n\n| cluster | is | config |\n|---|---|---|\n${rows.join("")}`;
}

function stackPart(stack: StackPlan, options: MarkdownOptions): string {
  const items = stack.items.filter((item) => item.action !== "unchanged");
  const generated = stack.generated.filter((g) => g.action !== "unchanged");
  if (items.length === 0 && generated.length === 0) return "";
  const now = options.now ?? null;
  const rows = items.map((item) => {
    const why = [causeWord(item), ...reasons(item, now)].filter((w) => w !== "").join("; ");
    return `| ${verbs[item.action]} | \`${code(describeId(item.id))}\` | ${cell(why)} |\n`;
  });
  const values = generated.map(
    (g) =>
      `| ${g.action === "restore" ? "put back" : verbs[g.action]} | \`${code(g.resource.address)}\` | value: ${cell(valueWords(g))} |\n`,
  );
  const file = stack.file === null ? "no longer in k8sctl.yaml" : `\`${code(stack.file)}\``;
  return [
    `\n#### ${cell(stack.name)} (${file})\n\n`,
    "| | object | why |\n|---|---|---|\n",
    ...rows,
    ...values,
    ...items.map((item) => details(item, now)),
  ].join("");
}

const verbs: Record<PlanAction, string> = {
  create: "add",
  update: "change",
  replace: "**replace**",
  delete: "**delete**",
  adopt: "adopt",
  forget: "forget",
  blocked: "**blocked**",
  unchanged: "",
};

function details(item: PlanItem, now: number | null): string {
  const style = { colour: false, unicode: true, columns: Number.POSITIVE_INFINITY };
  const lines = fieldLines(shownChanges(item), now, style);
  const place = item.origin?.position === undefined ? "" : `${describePosition(item.origin.position)} `;
  const refusal = item.refusal === null ? "" : `${item.refusal.message || item.refusal.reason}\n`;
  const remedy = item.action === "blocked" ? blockedRemedy(item) : "";
  const notes = [refusal, ...item.warnings.map((w) => `warning: ${w}\n`), remedy === "" ? "" : `→ ${remedy}\n`].join(
    "",
  );
  if (lines.length === 0 && notes === "") return "";
  // GitHub colours lines that begin with a sign: those of a text's diff stand behind a bar on the screen.
  const fields = paintAll(lines, style.columns, style)
    .replace(/^ {4}/gm, "")
    .replace(/^ {4}│ ([-+ ]) /gm, "$1     ");
  const body = plainText(`${fields}${notes}`);
  const where = item.origin === null ? "" : ` <sub>${escapeMarkup(`${place}${item.origin.address}`)}</sub>`;
  const summary = `${escapeMarkup(`${signOf(item.action, "⟳")} ${describeId(item.id)}`)}${where}`;
  return `\n<details><summary>${summary}</summary>\n\n${fenced("diff", body)}</details>\n`;
}

/** A code block whose fence no line of the body can close. */
export function fenced(language: string, body: string): string {
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map((m) => m[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${body.trimEnd()}\n${fence}\n`;
}

/** Text inside single backticks, also within a table. */
export function code(text: string): string {
  return plainText(text).replace(/[`|\n]/g, " ");
}

function cell(text: string): string {
  return escapeMarkup(plainText(text).replace(/\n/g, " ")).replace(/[|\\`*_[\]]/g, (c) => `\\${c}`);
}
