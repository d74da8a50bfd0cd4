const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");
const DESCRIPTORS = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
const EVERY = /^@every (?:\d+(?:\.\d+)?(?:h|m|s|ms|us|µs|ns))+$/;

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly words: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", from: 0, to: 59, words: [] },
  { name: "hour", from: 0, to: 23, words: [] },
  { name: "day of month", from: 1, to: 31, words: [] },
  { name: "month", from: 1, to: 12, words: MONTHS },
  { name: "day of week", from: 0, to: 6, words: DAYS },
];

/** What is wrong with a CronJob's schedule (API reference, CronJobSpec; Sunday is 0 and not 7); null where nothing is. */
export function cronError(schedule: string): string | null {
  if (/TZ=/.test(schedule)) return "must not name a time zone: use timeZone instead";
  if (schedule.startsWith("@")) {
    const known = DESCRIPTORS.test(schedule) || EVERY.test(schedule);
    return known ? null : `is no schedule such as @daily or @every 1h: ${JSON.stringify(schedule)}`;
  }
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== FIELDS.length || schedule.trim() === "") {
    const count = schedule.trim() === "" ? 0 : parts.length;
    return `must have 5 fields (minute hour day month weekday), has ${count}: ${JSON.stringify(schedule)}`;
  }
  for (const [i, field] of FIELDS.entries()) {
    const wrong = parts[i]!.split(",").find((item) => !fits(item, field));
    if (wrong !== undefined)
      return `has no ${field.name} ${JSON.stringify(wrong)}: it goes from ${field.from} to ${field.to}`;
  }
  return null;
}

/** `*`, `5`, `1-5`, `mon-fri`, each with a step or not. */
function fits(item: string, field: Field): boolean {
  const [range = "", step, ...more] = item.split("/");
  if (more.length > 0 || (step !== undefined && !/^0*[1-9]\d*$/.test(step))) return false;
  if (range === "*" || range === "?") return true;
  const [low = "", high, ...rest] = range.split("-");
  const from = numberOf(low, field);
  const to = high === undefined ? from : numberOf(high, field);
  return rest.length === 0 && from >= field.from && to <= field.to && from <= to;
}

/** NaN for what is none of the field's. */
function numberOf(text: string, field: Field): number {
  const word = field.words.indexOf(text.toLowerCase());
  if (word >= 0) return word + field.from;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
