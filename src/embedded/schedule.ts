import { Cron } from "croner";

/** When a CronJob is due; times in milliseconds since 1970. */
export interface Schedule {
  /** The last time it was due, after `since` and not after `now`; null when it was not. */
  last(since: number, now: number): number | null;
  /** The next time after `now`; null when there is none (the 31st of February). */
  next(now: number): number | null;
}

const units = { h: 3_600_000, m: 60_000, s: 1_000 } as const;

/**
 * Reads `spec.schedule`: five fields, `@hourly` and the like, or `@every 90m` (CronJob, API reference). Where the zone is
 * "" the times are UTC, as in a control plane in a container. Throws Error on what is no schedule.
 */
export function scheduleOf(text: string, timeZone: string, from: number): Schedule {
  const every = /^@every ((?:\d+[hms])+)$/.exec(text.trim())?.[1];
  if (every !== undefined) return repeated(every, from);
  // Names of months and weekdays are letters too; `L`, `W` and `#` are not understood by Kubernetes.
  if (!text.startsWith("@") && /(^|[\s,\d])[LW#]|#/i.test(text.replace(/[A-Z]{3}/gi, ""))) throw new Error(text);
  const cron = new Cron(text.trim(), {
    mode: "5-part",
    timezone: timeZone === "" ? "Etc/UTC" : timeZone,
    sloppyRanges: true,
  });
  const next = (now: number) => cron.nextRun(new Date(now))?.getTime() ?? null;
  // An unknown zone is only found when it is used.
  next(from);
  return {
    next,
    last(since, now) {
      const [found] = cron.previousRuns(1, new Date(now + 1000));
      const time = found?.getTime() ?? Number.NEGATIVE_INFINITY;
      return time > since && time <= now ? time : null;
    },
  };
}

export function isSchedule(text: string, timeZone: string): boolean {
  try {
    scheduleOf(text, timeZone, 0);
    return true;
  } catch {
    return false;
  }
}

function repeated(every: string, from: number): Schedule {
  const parts = every.match(/\d+[hms]/g) ?? [];
  const step = parts.reduce((sum, part) => sum + Number.parseInt(part, 10) * units[part.at(-1) as "h" | "m" | "s"], 0);
  if (step === 0) throw new Error(every);
  const before = (now: number) => from + Math.floor((now - from) / step) * step;
  return {
    next: (now) => before(now) + step,
    last: (since, now) => (before(now) > Math.max(since, from) ? before(now) : null),
  };
}
