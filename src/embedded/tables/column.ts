import type { Json } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";

/** One column of `kubectl get`; `wide` ones are shown with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date" | "number";
  readonly format: string;
  readonly wide: boolean;
  /** `now`: milliseconds since 1970, for ages. */
  readonly cell: (object: KubeObject, now: number) => Json;
}

type Cell = Column["cell"];

export const text = (name: string, cell: Cell): Column => ({ name, type: "string", format: "", wide: false, cell });
export const integer = (name: string, cell: Cell): Column => ({ ...text(name, cell), type: "integer" });
export const wide = (column: Column): Column => ({ ...column, wide: true });

export const nameColumn: Column = { ...text("Name", (object) => object.metadata.name), format: "name" };
export const ageColumn: Column = text("Age", (object, now) => since(object.metadata.creationTimestamp, now));
export const createdColumn: Column = {
  ...text("Created At", (object) => object.metadata.creationTimestamp ?? null),
  type: "date",
};

/** `8s`, `5m30s`, `3h`, `2d4h`: as kubectl writes ages; `<unknown>` without a time. */
export function since(time: Json | undefined, now: number): string {
  return typeof time === "string" ? duration(now - Date.parse(time)) : "<unknown>";
}

/** Two units while they tell something, then one (apimachinery, HumanDuration). */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  const pair = (big: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${big}${unit}` : `${big}${unit}${small}${smallUnit}`;
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  return pair(Math.floor(days / 365), "y", days % 365, "d");
}
