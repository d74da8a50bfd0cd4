import { toText } from "../value.ts";
import { type FunctionTable, fail, plain } from "./define.ts";

/** RFC 3339; the offset is kept because `formatdate` shows it. */
interface Timestamp {
  /** Milliseconds since 1970 in UTC. */
  readonly at: number;
  readonly offsetMinutes: number;
}

function parse(text: string): Timestamp {
  const match = /^\d{4}-\d\d-(\d\d)T(\d\d):\d\d:\d\d(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text);
  const at = Date.parse(text);
  if (match === null || Number.isNaN(at)) return fail("the text is no RFC 3339 timestamp");
  const [, day, hour, sign, hours = "0", minutes = "0"] = match;
  // JavaScript takes the 30th of February and 24 o'clock.
  if (hour === "24" || new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() !== Number(day)) {
    return fail("the text is no RFC 3339 timestamp");
  }
  const offset = Number(hours) * 60 + Number(minutes);
  return { at, offsetMinutes: sign === "-" ? -offset : offset };
}

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = "January February March April May June July August September October November December".split(" ");

function two(n: number): string {
  return String(n).padStart(2, "0");
}

function zone(offset: number, form: string): string {
  const size = Math.abs(offset);
  const sign = offset < 0 ? "-" : "+";
  const hours = two(Math.floor(size / 60));
  const minutes = two(size % 60);
  if (offset === 0 && (form === "Z" || form === "ZZZ")) return form === "Z" ? "Z" : "UTC";
  return form === "ZZZZ" || form === "ZZZ" ? `${sign}${hours}${minutes}` : `${sign}${hours}:${minutes}`;
}

/** The verbs of `formatdate` (Terraform language). */
function verb(letters: string, local: Date, offset: number): string {
  const hour12 = local.getUTCHours() % 12 === 0 ? 12 : local.getUTCHours() % 12;
  const meridiem = local.getUTCHours() < 12 ? "AM" : "PM";
  const month = months[local.getUTCMonth()] ?? "";
  const day = days[local.getUTCDay()] ?? "";
  const forms: Readonly<Record<string, string>> = {
    YYYY: String(local.getUTCFullYear()).padStart(4, "0"),
    YY: two(local.getUTCFullYear() % 100),
    MMMM: month,
    MMM: month.slice(0, 3),
    MM: two(local.getUTCMonth() + 1),
    M: String(local.getUTCMonth() + 1),
    DD: two(local.getUTCDate()),
    D: String(local.getUTCDate()),
    EEEE: day,
    EEE: day.slice(0, 3),
    hh: two(local.getUTCHours()),
    h: String(local.getUTCHours()),
    HH: two(hour12),
    H: String(hour12),
    AA: meridiem,
    aa: meridiem.toLowerCase(),
    mm: two(local.getUTCMinutes()),
    m: String(local.getUTCMinutes()),
    ss: two(local.getUTCSeconds()),
    s: String(local.getUTCSeconds()),
  };
  if (/^Z$|^Z{3,5}$/.test(letters)) return zone(offset, letters);
  return forms[letters] ?? fail(`unknown date verb ${letters}`);
}

function formatDate(spec: string, time: Timestamp): string {
  const local = new Date(time.at + time.offsetMinutes * 60_000);
  return spec.replace(/'((?:[^']|'')*)'|([A-Za-z])\2*/g, (whole: string, quoted: string | undefined) => {
    if (quoted === undefined) return verb(whole, local, time.offsetMinutes);
    return quoted === "" ? "'" : quoted.replaceAll("''", "'");
  });
}

const unitMilliseconds: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ns: 0.000001,
};

function duration(text: string): number {
  if (/^[+-]?0$/.test(text)) return 0;
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ms|us|[µμ]s|ns|h|m|s))+)$/.exec(text);
  if (match === null) return fail("the text is no duration such as 1h30m");
  let sum = 0;
  for (const [, amount, unit] of (match[2] ?? "").matchAll(/(\d+\.?\d*|\.\d+)(ms|us|[µμ]s|ns|h|m|s)/g)) {
    sum += Number(amount) * (unitMilliseconds[unit ?? ""] ?? 0);
  }
  return match[1] === "-" ? -sum : sum;
}

function rfc3339(time: Timestamp): string {
  // Fractions of a second are not shown.
  const local = new Date(time.at + time.offsetMinutes * 60_000).toISOString().replace(/\.\d+Z$/, "");
  return local + (time.offsetMinutes === 0 ? "Z" : zone(time.offsetMinutes, "ZZZZZ"));
}

export const dates: FunctionTable = {
  formatdate: plain(2, 2, (spec = null, time = null) => formatDate(toText(spec), parse(toText(time)))),
  timeadd: plain(2, 2, (time = null, by = null) => {
    const start = parse(toText(time));
    return rfc3339({ ...start, at: start.at + duration(toText(by)) });
  }),
  timecmp: plain(2, 2, (a = null, b = null) => Math.sign(parse(toText(a)).at - parse(toText(b)).at)),
};
