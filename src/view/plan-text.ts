import { describePosition } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import type { GeneratedItem, Plan, PlanAction, PlanItem, PlannedCluster, StackPlan } from "../model/plan.ts";
import { shownChanges, shownDefaults } from "./field-changes.ts";
import type { PlanTextOptions } from "./field-lines.ts";
import { fieldLines } from "./field-lines.ts";
import type { Line, Tone } from "./line.ts";
import { lineWidth, pad, paintAll, spread, tone, widthOf, wrap } from "./line.ts";
import {
  blockedRemedy,
  causeWord,
  clusterLabel,
  driftSentence,
  planSentence,
  plural,
  reasons,
  signOf,
  totalOf,
} from "./plan-words.ts";
import { symbolsOf } from "./style.ts";
import { valueWords } from "./value-words.ts";

/** The plan as people read it, ending in a newline. Shows only what `changes` say, never what is sent. */
export function renderPlan(plan: Plan, options: PlanTextOptions): string {
  return paintAll(planLines(plan, options), options.columns, options);
}

export function planLines(plan: Plan, options: PlanTextOptions): Line[] {
  const width = Math.min(options.columns, 120);
  const lines: Line[] = [header(plan, width), ...clusterLines(plan.cluster, options, width)];
  for (const stack of plan.stacks) lines.push(...stackLines(stack, options, width));
  const sentence = options.drift === true ? driftSentence(plan) : planSentence(plan);
  return [...lines, ...wrap(sentence, width).map((part): Line => [tone("strong", part)])];
}

function header(plan: Plan, width: number): Line {
  const { cluster } = plan;
  const facts = [
    ...(cluster.nodes === null ? [] : [plural(cluster.nodes, "node")]),
    ...(cluster.version === null ? [] : [cluster.version]),
  ].join(", ");
  const left: Line =
    cluster.action === "create"
      ? [tone("add", "+ "), "cluster ", tone("strong", clusterLabel(cluster)), "  will be created"]
      : cluster.action === "replace"
        ? [tone("remove", "-/+ "), "cluster ", tone("strong", clusterLabel(cluster)), "  will be replaced"]
        : ["cluster ", tone("strong", clusterLabel(cluster)), facts === "" ? "" : `  ${facts}`];
  const size = `${plural(plan.stacks.length, "stack")}, ${plural(totalOf(plan.counts), "object")}`;
  return spread(left, [tone("dim", size)], width);
}

/** What differs where it is replaced, what goes with it, and what is loaded into it. */
function clusterLines(cluster: PlannedCluster, options: PlanTextOptions, width: number): Line[] {
  const { arrow } = symbolsOf(options);
  const claims = cluster.losesClaims ?? [];
  const loses = claims.length === 0 ? "" : ` and the data of ${claims.join(", ")}`;
  const words = [
    ...(cluster.changes ?? []).map(
      ({ path, before, after }) => `${path}  ${before ?? "(none)"} ${arrow} ${after ?? "(none)"}`,
    ),
    ...(cluster.action === "replace" ? [`loses everything in it${loses}`] : []),
    ...((cluster.images ?? []).length > 0 ? [`loads ${(cluster.images ?? []).join(", ")} into its nodes`] : []),
  ];
  return words.flatMap((text) => wrap(text, width - 4).map((part): Line => [`    ${part}`]));
}

/** Of an item's line beside name and reasons: indent, sign, gaps, cause. */
const HEAD_COLUMNS = 2 + 4 + 2 + 9;

function stackLines(stack: StackPlan, options: PlanTextOptions, width: number): Line[] {
  const items = stack.items.filter((item) => item.action !== "unchanged" || options.showUnchanged === true);
  const generated = stack.generated.filter((g) => g.action !== "unchanged" || options.showUnchanged === true);
  if (items.length === 0 && generated.length === 0) return [];
  const names = [...items.map((i) => describeId(i.id)), ...generated.map((g) => g.resource.address)];
  const longest = Math.max(...names.map(widthOf));
  const now = options.now ?? null;
  const words = [...items.map((i) => reasons(i, now).join("; ")), ...generated.map(valueWords)];
  // One long name must not push the causes of all others off the screen.
  const fits = longest + HEAD_COLUMNS + Math.max(...words.map(widthOf)) <= width;
  const column = fits ? longest : Math.min(longest, Math.max(24, Math.floor(width * 0.45)));
  const file = stack.file ?? "no longer in k8sctl.yaml";
  return [
    spread([tone("strong", stack.name)], [tone("dim", file)], width),
    ...items.flatMap((item) => itemLines(item, column, options, width)),
    ...generated.flatMap((item) => generatedLines(item, column, options, width)),
  ];
}

const tones: Record<PlanAction, Tone> = {
  create: "add",
  update: "change",
  replace: "remove",
  delete: "remove",
  forget: "dim",
  unchanged: "dim",
  adopt: "accent",
  blocked: "bad",
};

function itemLines(item: PlanItem, column: number, options: PlanTextOptions, width: number): Line[] {
  const symbols = symbolsOf(options);
  const now = options.now ?? null;
  const sign = signOf(item.action, symbols.adopt, options.spoken);
  const lines = headLines(
    sign,
    tones[item.action],
    describeId(item.id),
    column,
    causeWord(item),
    reasons(item, now),
    width,
  );
  const wantsFields = ["update", "adopt", "replace", "blocked"].includes(item.action);
  if (wantsFields || options.full === true) {
    const defaults = options.full === true ? shownDefaults(item) : [];
    lines.push(...fieldLines([...shownChanges(item), ...defaults], now, options));
  }
  const indent = "      ";
  const prose = (label: string, text: string, name: Tone): Line[] =>
    wrap(`${label}${text}`, width - indent.length).map((part) => [indent, tone(name, part)]);
  if (item.refusal !== null) {
    const { message, reason } = item.refusal;
    // A reason that is the server's own word has been said already.
    if (message === "" || message !== item.why) lines.push(...prose("", message || reason, "bad"));
    const position = item.origin?.position;
    if (item.origin !== null) {
      const place = position === undefined ? "" : `${describePosition(position)} `;
      lines.push(...prose("", `${place}${item.origin.address}`, "dim"));
    }
  }
  const remedy = item.action === "blocked" ? blockedRemedy(item) : "";
  if (remedy !== "") lines.push(...prose(`${symbols.remedy} `, remedy, "accent"));
  for (const warning of item.warnings) lines.push(...prose("warning: ", warning, "warn"));
  return lines;
}

/** `  ~ Kind ns/name   cause  reasons`; what does not fit goes below, broken between words. */
function headLines(
  sign: string,
  signTone: Tone,
  name: string,
  column: number,
  cause: string,
  why: readonly string[],
  width: number,
): Line[] {
  const head: Line = ["  ", tone(signTone, sign), " ", name];
  const words = why.join("; ");
  if (cause === "" && words === "") return [head];
  const causeText = cause === "" ? "" : `${pad(cause, 8)} `;
  const start: Line = [
    "  ",
    tone(signTone, sign),
    " ",
    `${pad(name, column + 3 - sign.length - 1)}  `,
    tone(signTone, causeText),
  ];
  const used = lineWidth(start);
  if (used + widthOf(words) <= width) return [[...start, words]];
  const room = width - 6;
  if (used <= width && cause !== "" && widthOf(name) <= column) {
    return [start, ...wrap(words, room).map((part): Line => ["      ", part])];
  }
  const below = cause === "" ? words : words === "" ? cause : `${cause}: ${words}`;
  return [head, ...wrap(below, room).map((part): Line => ["      ", tone(signTone, part)])];
}

function generatedLines(item: GeneratedItem, column: number, options: PlanTextOptions, width: number): Line[] {
  const action = item.action === "restore" ? "update" : item.action;
  const sign = signOf(action, symbolsOf(options).adopt, options.spoken);
  const words = valueWords(item);
  const why = words === "" ? [] : [words];
  return headLines(sign, tones[action], item.resource.address, column, "value", why, width);
}
