import { describePosition } from "../../model/errors.ts";
import { describeId } from "../../model/ids.ts";
import type { ObjectRow, RowState, RunState } from "../../progress/state.ts";
import { formatAge } from "../duration.ts";
import type { Line, Span } from "../line.ts";
import { cut, cutMiddle, inLine, lineWidth, pad, spread, tone, widthOf } from "../line.ts";
import type { Symbols } from "../style.ts";

/** Failing first, then what moves, then what is done, then what waits. */
const weights: Record<RowState, number> = { failed: 0, tracking: 1, applying: 2, skipped: 4, waiting: 5, done: 6 };

interface Weighed {
  readonly row: ObjectRow;
  readonly weight: number;
}

/** One walk over all objects, without order. Objects that this run leaves alone are shown last of all. */
export function rowsByStack(state: RunState): Map<string, Weighed[]> {
  const stacks = new Map<string, Weighed[]>();
  for (const row of state.objects.values()) {
    const list = stacks.get(row.stack);
    const changed = row.state === "done" && row.action !== "unchanged" && row.action !== null;
    const weighed = { row, weight: changed ? 3 : weights[row.state] };
    if (list === undefined) stacks.set(row.stack, [weighed]);
    else list.push(weighed);
  }
  return stacks;
}

export function nameOf(row: ObjectRow): string {
  return inLine(describeId(row.id));
}

/** As kubectl abbreviates them. */
const shortKinds: Readonly<Record<string, string>> = {
  ConfigMap: "cm",
  CronJob: "cj",
  CustomResourceDefinition: "crd",
  DaemonSet: "ds",
  Deployment: "deploy",
  HorizontalPodAutoscaler: "hpa",
  Ingress: "ing",
  Namespace: "ns",
  NetworkPolicy: "netpol",
  PersistentVolume: "pv",
  PersistentVolumeClaim: "pvc",
  PodDisruptionBudget: "pdb",
  ReplicaSet: "rs",
  Service: "svc",
  ServiceAccount: "sa",
  StatefulSet: "sts",
};

/** Where the whole does not fit, the kind is abbreviated, then left out, before anything of the name is. */
function shortName(row: ObjectRow, column: number, symbols: Symbols): string {
  const { kind } = row.id;
  const short = { ...row.id, kind: shortKinds[kind] ?? kind };
  const texts = [nameOf(row), inLine(describeId(short)), inLine(describeId({ ...short, kind: "" })).trimStart()];
  return texts.find((text) => widthOf(text) <= column) ?? cutMiddle(texts.at(-1) ?? "", column, symbols.ellipsis);
}

export interface RowBlock {
  readonly row: ObjectRow;
  readonly height: number;
  /** The row's line with its name cut or filled to `column`, and its details below. */
  lines(column: number): Line[];
}

interface BlockOptions {
  readonly columns: number;
  readonly elapsed: number;
  readonly symbols: Symbols;
  readonly spinner: string;
  /** How many lines may follow the row's own. */
  readonly detailLines: number;
}

export function rowBlock(row: ObjectRow, options: BlockOptions): RowBlock {
  const details = row.state === "failed" ? detailLines(row, options) : [];
  return {
    row,
    height: 1 + details.length,
    lines: (column) => [rowLine(row, column, options), ...details],
  };
}

function rowLine(row: ObjectRow, column: number, options: BlockOptions): Line {
  const { symbols } = options;
  const name = pad(shortName(row, column, symbols), column);
  const count = row.total === null ? "" : `${row.ready ?? 0}/${row.total}`;
  const start: Line = [
    "    ",
    mark(row, options),
    " ",
    row.state === "waiting" ? tone("dim", name) : name,
    `  ${pad(count, 5)}  `,
  ];
  const words = wordsOf(row);
  const since = options.elapsed - row.since;
  const moving = row.state === "tracking" || row.state === "applying";
  const age = moving && since >= 5000 ? `  ${formatAge(since)}` : "";
  const room = options.columns - lineWidth(start) - age.length;
  const shown = cut(shorterWords(inLine(words), row, room, symbols), Math.max(0, room), symbols.ellipsis);
  const line: Line = [...start, row.state === "failed" ? tone("bad", shown) : tone("dim", shown), tone("dim", age)];
  const place = row.state === "failed" && row.position !== null ? [tone("dim", describePosition(row.position))] : [];
  return spread(line, place, options.columns);
}

/** Where room is short, a pod's name gives way to the reason: it begins with that of the object in front. */
function shorterWords(words: string, row: ObjectRow, room: number, { ellipsis }: Symbols): string {
  const own = `${row.id.name}-`;
  return widthOf(words) <= room || !words.startsWith(own) ? words : `${ellipsis}${words.slice(own.length)}`;
}

function mark(row: ObjectRow, options: BlockOptions): Span {
  const { symbols } = options;
  switch (row.state) {
    case "done":
      return tone("good", symbols.done);
    case "failed":
      return tone("bad", symbols.failed);
    case "skipped":
      return tone("dim", symbols.skipped);
    case "waiting":
      return tone("dim", symbols.waiting);
    case "applying":
    case "tracking":
      return tone("accent", options.spinner);
  }
}

function wordsOf(row: ObjectRow): string {
  const pod = row.verdict?.pod ?? null;
  const why = row.message || row.reason;
  switch (row.state) {
    case "waiting":
      return "";
    case "applying":
      return row.action === "delete" ? "deleting" : row.message || "applying";
    case "tracking":
      return why || (row.phase === "terminating" ? "terminating" : "waiting until ready");
    case "done":
      return row.action === "delete" ? "deleted" : row.notes.join("; ");
    case "failed":
      return pod !== null && !why.includes(pod) ? `${pod}: ${why}` : why || "failed";
    case "skipped":
      return why;
  }
}

function detailLines(row: ObjectRow, options: BlockOptions): Line[] {
  const { symbols } = options;
  const indent = "        ";
  const verdict = row.verdict;
  const remedy: Line[] = row.remedy === "" ? [] : [[indent, tone("accent", `${symbols.remedy} ${row.remedy}`)]];
  const log = (verdict?.log ?? []).slice(-2).map((text): Line => [indent, tone("dim", `${symbols.bar} ${text}`)]);
  const event: Line[] =
    verdict === null || verdict.event === "" || verdict.event === row.message ? [] : [[indent, verdict.event]];
  // With little room the remedy stays longest, then the last log line.
  const room = Math.max(0, options.detailLines);
  const logRoom = Math.max(0, room - remedy.length);
  const shownLog = logRoom === 0 ? [] : log.slice(-logRoom);
  const shownEvent = event.slice(0, Math.max(0, room - remedy.length - shownLog.length));
  return [...shownEvent, ...shownLog, ...remedy.slice(0, room)];
}
