import type { JsonObject } from "../model/json.ts";

/** `time_offset` and `time_rotating` count in these; months and years by the calendar, as Go's AddDate. */
const units = ["years", "months", "days", "hours", "minutes", "seconds"] as const;

export type Offset = Readonly<Partial<Record<(typeof units)[number], number>>>;

/** The attributes that the time provider gives for a moment, in milliseconds since 1970. */
export function momentAttributes(ms: number): JsonObject {
  const at = new Date(ms);
  const rfc3339 = textOf(ms);
  return {
    id: rfc3339,
    rfc3339,
    unix: Math.floor(ms / 1000),
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  };
}

/** RFC 3339 in whole seconds, UTC. */
export function textOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A month that is too short runs over into the next, as in Go. */
export function moved(ms: number, offset: Offset): number {
  const at = new Date(ms);
  at.setUTCFullYear(
    at.getUTCFullYear() + (offset.years ?? 0),
    at.getUTCMonth() + (offset.months ?? 0),
    at.getUTCDate() + (offset.days ?? 0),
  );
  return at.getTime() + (offset.hours ?? 0) * 3_600_000 + (offset.minutes ?? 0) * 60_000 + (offset.seconds ?? 0) * 1000;
}

/** `offset_days`, `rotation_hours` and their kind, by unit. */
export function offsetOf(prefix: "offset" | "rotation", number: (name: string) => number): Offset {
  return Object.fromEntries(units.map((unit) => [unit, number(`${prefix}_${unit}`)]));
}
