import type { StatusCause } from "../model/errors.ts";
import { type FieldSet, pathsOf } from "./field-set.ts";
import type { Managed } from "./managed.ts";
import { printPath } from "./path-element.ts";

/** Fields that an apply would change although another manager owns them. */
export interface FieldConflict {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  /** `.spec.template.spec.containers[name="web"].image` */
  readonly fields: readonly string[];
}

export function conflictOf(managed: Managed, fields: FieldSet): FieldConflict {
  const { manager, operation, apiVersion, subresource } = managed;
  return { manager, operation, apiVersion, subresource, fields: pathsOf(fields).map(printPath) };
}

/** `"scaler" with subresource "scale" using apps/v1`: updaters are told with the version they wrote. */
function describeManager(conflict: FieldConflict): string {
  const subresource = conflict.subresource === "" ? "" : ` with subresource ${JSON.stringify(conflict.subresource)}`;
  const using = conflict.operation === "Update" ? ` using ${conflict.apiVersion}` : "";
  return `${JSON.stringify(conflict.manager)}${subresource}${using}`;
}

/** The message of the API server's 409. */
export function conflictMessage(conflicts: readonly FieldConflict[]): string {
  const count = conflicts.reduce((sum, conflict) => sum + conflict.fields.length, 0);
  const [first] = conflicts;
  if (count === 1 && first !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${describeManager(first)}: ${first.fields[0]}`;
  }
  const lines = conflicts
    .map((conflict) => ({ who: describeManager(conflict), fields: conflict.fields }))
    .sort((a, b) => (a.who < b.who ? -1 : 1))
    .flatMap(({ who, fields }) => [`conflicts with ${who}:`, ...fields.map((field) => `- ${field}`)]);
  return `Apply failed with ${count} conflicts: ${lines.join("\n")}`;
}

/** `details.causes` of the API server's 409. */
export function conflictCauses(conflicts: readonly FieldConflict[]): StatusCause[] {
  return conflicts.flatMap((conflict) =>
    conflict.fields.map((field) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${describeManager(conflict)}`,
      field,
    })),
  );
}
