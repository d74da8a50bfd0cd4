import type { Plan, PlanItem, Shown } from "../model/plan.ts";
import { planHasChanges } from "../model/plan.ts";
import { SENSITIVE } from "../model/secrets.ts";
import { shownChanges } from "./field-changes.ts";

/** Version of the document (docs/adr/0001-events.md). */
const PLAN_DOCUMENT_VERSION = 1;

/**
 * The plan as one JSON document, for `plan --output json` and inside the `planned` event: what changes and why, never
 * the bodies that are sent. A sensitive value is `{"kind":"sensitive"}` and its text a fixed word.
 */
export function planDocument(plan: Plan) {
  return {
    v: PLAN_DOCUMENT_VERSION,
    type: "plan" as const,
    project: plan.project,
    cluster: plan.cluster,
    hasChanges: planHasChanges(plan),
    counts: plan.counts,
    stacks: plan.stacks.map((stack) => ({
      name: stack.name,
      file: stack.file,
      after: stack.after,
      items: stack.items.map(itemDocument),
      generated: stack.generated.map((g) => ({
        action: g.action,
        address: g.resource.address,
        type: g.resource.type,
      })),
    })),
  };
}

function itemDocument(item: PlanItem) {
  return {
    id: item.id,
    apiVersion: item.apiVersion,
    action: item.action,
    origin: item.origin,
    changes: shownChanges(item).map((change) => ({
      path: change.path,
      before: shownDocument(change.before),
      after: shownDocument(change.after),
      cause: change.cause,
    })),
    consequences: item.consequences,
    prediction: item.prediction,
    refusal: item.refusal,
    warnings: item.warnings,
    why: item.why,
    force: item.force,
  };
}

function shownDocument(shown: Shown) {
  return shown.kind === "sensitive" ? { kind: shown.kind, text: SENSITIVE } : shown;
}
