import type { Origin } from "../model/desired.ts";
import type { ObjectId } from "../model/ids.ts";
import type { Prediction, Refusal } from "../model/observed.ts";
import type {
  ChangeCause,
  Consequence,
  GeneratedItem,
  MadeAgain,
  Plan,
  PlanAction,
  PlanCounts,
  PlanItem,
  PlannedCluster,
  Shown,
} from "../model/plan.ts";
import { planHasChanges } from "../model/plan.ts";
import { SENSITIVE } from "../model/secrets.ts";
import { shownChanges, shownDefaults } from "./field-changes.ts";

/**
 * The plan as one JSON document, for `plan --output json` and inside the `planned` event: what changes and why, never
 * the bodies that are sent. Version 1 (docs/adr/0001-events.md).
 */
export interface PlanDocument {
  readonly v: 1;
  readonly type: "plan";
  readonly project: string;
  readonly cluster: PlannedCluster;
  readonly hasChanges: boolean;
  readonly counts: PlanCounts;
  readonly stacks: readonly StackDocument[];
  /** `plan` only: requests that planning took, by what they asked: `list Deployment`, `dry-run ConfigMap`. */
  readonly requests?: Readonly<Record<string, number>>;
}

interface StackDocument {
  readonly name: string;
  readonly file: string | null;
  readonly after: readonly string[];
  readonly items: readonly ItemDocument[];
  readonly generated: readonly {
    readonly action: GeneratedItem["action"];
    readonly address: string;
    readonly type: string;
    /** Of a replace. */
    readonly because?: MadeAgain;
  }[];
}

interface ItemDocument {
  readonly id: ObjectId;
  readonly apiVersion: string;
  readonly action: PlanAction;
  readonly origin: Origin | null;
  readonly changes: readonly ChangeDocument[];
  /** Of a new object: what the server fills in beyond its changes, by its dry run or as predicted. */
  readonly defaults?: readonly { readonly path: string; readonly value: ShownDocument }[];
  readonly consequences: readonly Consequence[];
  readonly prediction: Prediction | null;
  readonly refusal: Refusal | null;
  readonly warnings: readonly string[];
  readonly why: string;
  readonly force: boolean;
  /** Unchanged, but fields that live as wanted become this project's. */
  readonly claims?: true;
}

interface ChangeDocument {
  readonly path: string;
  readonly before: ShownDocument;
  readonly after: ShownDocument;
  readonly cause: ChangeCause;
}

/** A sensitive value is a fixed word. */
type ShownDocument =
  | Exclude<Shown, { kind: "sensitive" }>
  | { readonly kind: "sensitive"; readonly text: "(sensitive)" };

export function planDocument(plan: Plan, requests: PlanDocument["requests"] | null = null): PlanDocument {
  return {
    v: 1,
    type: "plan",
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
        ...(g.because === undefined ? {} : { because: g.because }),
      })),
    })),
    ...(requests ? { requests } : {}),
  };
}

function itemDocument(item: PlanItem): ItemDocument {
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
    ...(item.defaults === undefined
      ? {}
      : { defaults: shownDefaults(item).map(({ path, after }) => ({ path, value: shownDocument(after) })) }),
    consequences: item.consequences,
    prediction: item.prediction,
    refusal: item.refusal,
    warnings: item.warnings,
    why: item.why,
    force: item.force,
    ...(item.claims ? { claims: item.claims } : {}),
  };
}

function shownDocument(shown: Shown): ShownDocument {
  return shown.kind === "sensitive" ? { kind: shown.kind, text: SENSITIVE } : shown;
}
