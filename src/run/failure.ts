import { KubeError, UnreachableError, UserError } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import type { PlanItem } from "../model/plan.ts";
import { refusalRemedy } from "../model/refusal-remedy.ts";

export interface Failure {
  readonly message: string;
  readonly remedy: string;
}

/** An error of one object (null: of a value) in words; null for what is no answer about it but a bug of ours. */
export function failureOf(error: unknown, item: PlanItem | null): Failure | null {
  if (error instanceof UserError) {
    const [problem] = error.problems;
    return { message: error.message, remedy: problem?.remedy ?? "" };
  }
  if (error instanceof UnreachableError) {
    return { message: `no answer: ${error.message}`, remedy: "run the command again: it continues from what is there" };
  }
  if (error instanceof KubeError) return refused(error, item);
  return null;
}

function refused(error: KubeError, item: PlanItem | null): Failure {
  const owners = error.causes.filter((cause) => cause.reason === "FieldManagerConflict");
  if (error.status === 409 && owners.length > 0) {
    const fields = owners.map((cause) => `${(cause.field ?? "").replace(/^\./, "")} (${ownerIn(cause.message ?? "")})`);
    return {
      message: `others own ${fields.join(", ")}`,
      remedy:
        "take the fields (--take FIELD, --force-conflicts), leave them to their owner (--yield FIELD), or out of the stack",
    };
  }
  const { message, status } = error;
  if (status === 404) return { message, remedy: `see whether ${whatIsMissing(error, item)} exists` };
  return { message, remedy: refusalRemedy(error) || "run the command again: it continues from what is there" };
}

/** `conflict with "kubectl-edit" using apps/v1`, as the API server words it. */
function ownerIn(message: string): string {
  return /conflict with "([^"]*)"/.exec(message)?.[1] ?? "another manager";
}

function whatIsMissing(error: KubeError, item: PlanItem | null): string {
  if (item === null || (error.about.kind !== "" && error.about.name !== item.id.name))
    return `${error.about.kind} ${error.about.name}`;
  return item.id.namespace === "" ? `the type of ${describeId(item.id)}` : `namespace ${item.id.namespace}`;
}
