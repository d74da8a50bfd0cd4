import { isDeepStrictEqual } from "node:util";
import type { Story, Told } from "./tell.ts";

/** One thing that two tales tell otherwise. */
export interface Difference {
  /** `Deployment web: events`, `Pod web~1/*: end.status.podIPs`. */
  readonly what: string;
  readonly recorded: unknown;
  readonly played: unknown;
}

/** What differs, by the smallest part that is told on its own. `watched`: kinds that the recording followed; all where absent. */
export function compare(recorded: Told, played: Told, watched?: readonly string[]): Difference[] {
  const seen = (key: string) => watched === undefined || watched.includes(key.split(" ")[0]!);
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(played)])].filter(seen).sort();
  return keys.flatMap((key) => {
    const [a, b] = [recorded[key], played[key]];
    if (a === undefined || b === undefined)
      return [{ what: key, recorded: a && Object.keys(a), played: b && Object.keys(b) }];
    return stories(key, a, b);
  });
}

function stories(key: string, recorded: Story, played: Story): Difference[] {
  const found: Difference[] = [];
  const look = (part: string, a: unknown, b: unknown) => {
    if (!isDeepStrictEqual(a, b)) found.push({ what: `${key}: ${part}`, recorded: a, played: b });
  };
  for (const part of ["conditions", "containers"] as const) {
    const [a, b] = [recorded[part] ?? {}, played[part] ?? {}];
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) look(`${part} ${name}`, a[name], b[name]);
  }
  look("phases", recorded.phases, played.phases);
  look("events", recorded.events, played.events);
  const [a = [], b = []] = [recorded.end, played.end];
  if (a.length !== 1 || b.length !== 1) look("end", a, b);
  else found.push(...fields(`${key}: end`, a[0], b[0]));
  return found;
}

function fields(path: string, a: unknown, b: unknown): Difference[] {
  if (isDeepStrictEqual(a, b)) return [];
  const plain = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!plain(a) || !plain(b)) return [{ what: path, recorded: a, played: b }];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    fields(`${path}.${key}`, a[key], b[key]),
  );
}
