import type { StatusCause } from "./errors.ts";
import type { ObjectId } from "./ids.ts";
import type { KubeObject } from "./objects.ts";

/** The API server's no to one object. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly StatusCause[];
}

/** Why the server could not be asked about an object. */
export type Prediction =
  | { readonly because: "cluster-missing" }
  | { readonly because: "namespace-missing"; readonly namespace: string }
  /** A part of an object that this plan makes. */
  | { readonly because: "object-missing" }
  | { readonly because: "type-missing"; readonly group: string; readonly kind: string }
  | { readonly because: "unknown-values" };

/** What the cluster says of one desired object. Exactly one of the `answer` shapes. */
export interface Observed {
  readonly id: ObjectId;
  /** null: does not exist. */
  readonly live: KubeObject | null;
  /** Labelled as a member of this stack's ApplySet, or in its inventory with the same uid. */
  readonly owned: boolean;
  readonly answer: ObservedAnswer;
}

export type ObservedAnswer =
  /** Proved from managedFields: applying would change nothing; no dry run was made. */
  | { readonly type: "proved-unchanged" }
  | {
      readonly type: "dry-run";
      readonly result: KubeObject;
      readonly warnings: readonly string[];
      /** The result is deduced: it comes about only once a filled-in strategy was made ours (plan/strategy.ts). */
      readonly ownsStrategyFirst?: true;
    }
  | { readonly type: "conflict"; readonly refusal: Refusal; readonly forced: KubeObject | null }
  | { readonly type: "refused"; readonly refusal: Refusal }
  | { readonly type: "predicted"; readonly prediction: Prediction };
