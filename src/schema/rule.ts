import type { Place } from "./place.ts";
import type { Fields } from "./reading.ts";
import type { StructType } from "./types.ts";

export type RuleKind = "conflict" | "missing" | "enum" | "duplicate" | "format";

/** Tells what is wrong at `steps` below the struct; a conflict where no kind is named. */
export type ReportBelow = (
  steps: readonly (string | number)[],
  message: string,
  kind?: RuleKind,
  severity?: "error" | "warning",
) => void;

/** What the API server demands of the fields of a struct together. `place` leads to what is around it. */
export type StructRule = (fields: Fields, report: ReportBelow, type: StructType, place: Place | null) => void;
