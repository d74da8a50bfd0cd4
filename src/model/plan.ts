import type { Canary, CanaryQuery } from "./canary.ts";
import type { Dependency, FieldPath, GeneratedResource, Lifecycle, Origin, Template, WaitPolicy } from "./desired.ts";
import type { ObjectId, ObjectKey } from "./ids.ts";
import type { Prediction, Refusal } from "./observed.ts";

export type PlanAction =
  | "create"
  | "update"
  | "replace"
  | "delete"
  | "unchanged"
  | "adopt"
  | "forget"
  /** Cannot be applied as things are: a conflict, or the server refuses. */
  | "blocked";

/** One side of a changed field as it may be shown. */
export type Shown =
  | { readonly kind: "absent" }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "unknown"; readonly expression: string }
  | { readonly kind: "sensitive" };

export interface FieldChange {
  /** `spec.template.spec.containers[web].image`: list elements by merge key. */
  readonly path: string;
  readonly before: Shown;
  readonly after: Shown;
  readonly cause: ChangeCause;
}

export type ChangeCause =
  | { readonly type: "config" }
  /** `manager` is "" where a field was taken away: the server does not keep by whom. */
  | { readonly type: "drift"; readonly manager: string; readonly time: string | null }
  | { readonly type: "conflict"; readonly manager: string }
  | { readonly type: "server" };

export type Consequence =
  | {
      readonly type: "restarts-pods";
      readonly pods: number;
      /** What that means, in the stack's own words. */
      readonly meanwhile?: string;
    }
  | { readonly type: "replace"; readonly fields: readonly string[]; readonly message: string }
  | { readonly type: "loses-data"; readonly what: string }
  /** Claims of a StatefulSet whose template asks for another size: they keep theirs. */
  | {
      readonly type: "claims-keep-size";
      readonly namespace: string;
      readonly claims: readonly string[];
      readonly before: string;
      readonly after: string;
      readonly grows: boolean;
    }
  | { readonly type: "takes-field"; readonly path: string; readonly from: string }
  | {
      readonly type: "canary";
      readonly pods: number;
      readonly of: number;
      readonly pauseSeconds: number;
      readonly query: CanaryQuery | null;
    };

/** What is planned for one object. Plain data; `sent` may hold `Unknown` leaves until `resolve` fills them. */
export interface PlanItem {
  readonly id: ObjectId;
  readonly key: ObjectKey;
  readonly action: PlanAction;
  readonly stack: string;
  /** null for an object that is only in the inventory (delete, forget). */
  readonly origin: Origin | null;
  /** Exactly the apply body, part-of label included; null for delete and forget. */
  readonly sent: { readonly [key: string]: Template } | null;
  /** Paths in `sent` whose values came from something sensitive. */
  readonly sensitive: readonly FieldPath[];
  /** apiVersion to address the object with. */
  readonly apiVersion: string;
  /** uid seen when planned: precondition of delete, replace and saved plans; null where it did not exist. */
  readonly uid: string | null;
  readonly changes: readonly FieldChange[];
  /** Creating: what the server fills in beyond it, by its dry run or as predicted (`before` is absent, the cause the server). */
  readonly defaults?: readonly FieldChange[];
  readonly consequences: readonly Consequence[];
  readonly prediction: Prediction | null;
  readonly refusal: Refusal | null;
  readonly warnings: readonly string[];
  /** Why a delete, forget or blocked: `no longer in stacks/postgres.ts`. "" otherwise. */
  readonly why: string;
  readonly dependsOn: readonly Dependency[];
  readonly lifecycle: Lifecycle;
  readonly wait: WaitPolicy;
  /** Apply with force: the user said so, or the conflicting manager is a former self. */
  readonly force: boolean;
  /** Unchanged: fields that live as wanted and are nobody's become ours, so that the next plan need not ask about them. */
  readonly claims?: true;
  /** Updating: a strategy that the server filled in becomes ours before the apply that takes it away. */
  readonly ownsStrategyFirst?: true;
  /** Adopting: tools whose plain writes become ours first, so that what leaves the code leaves the object. */
  readonly takesOver?: readonly string[];
  /** Replacing: the old object goes without its pods, which the new one takes up (a StatefulSet's claim templates). */
  readonly orphanPods?: true;
  /** Forgetting what is there: it loses the stack's label and stays. */
  readonly givesBack?: true;
  /** Updating a Deployment: its new pods are tried beside the old ones first. */
  readonly canary?: Canary;
}

export interface GeneratedItem {
  /** `update`: the value is kept, what is recorded with it changes. `restore`: an earlier value is put back. */
  readonly action: "create" | "update" | "replace" | "unchanged" | "delete" | "restore";
  readonly resource: GeneratedResource;
  /** Of a replace. */
  readonly because?: MadeAgain;
}

/**
 * Why a kept value is made again. `pending`: its arguments are known only during the run, and may be the same. `due`: it
 * is about to end. `outlived`: its service account is gone, or another by now.
 */
export type MadeAgain = "arguments" | "pending" | "due" | "outlived";

export interface PlanCounts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly unchanged: number;
  readonly adopt: number;
  readonly forget: number;
  readonly blocked: number;
}

export interface StackPlan {
  readonly name: string;
  /** null when the stack has left k8sctl.yaml and only its inventory is left. */
  readonly file: string | null;
  readonly after: readonly string[];
  readonly items: readonly PlanItem[];
  readonly generated: readonly GeneratedItem[];
}

/** Destroy is the plan of an empty desired set. */
export interface Plan {
  readonly project: string;
  readonly cluster: PlannedCluster;
  readonly stacks: readonly StackPlan[];
  readonly counts: PlanCounts;
}

export interface PlannedCluster {
  readonly name: string;
  readonly provider: "kind" | "embedded" | "context";
  /** `replace`: what its config asks for cannot be had by changing it; everything in it goes. */
  readonly action: "create" | "unchanged" | "replace";
  /** `v1.34.1`; null while it does not exist. */
  readonly version: string | null;
  readonly nodes: number | null;
  /** Of a replace: what differs between the config and the running cluster. */
  readonly changes?: readonly ClusterChange[];
  /** Of a replace: volume claims that go with it, as `data/data-postgres-0`. */
  readonly losesClaims?: readonly string[];
  /** Images that `up` loads into the nodes, because they lack them or have others of the same name. */
  readonly images?: readonly string[];
}

/** null: not there. */
export interface ClusterChange {
  /** `nodes[worker2]`, `networking.podSubnet` */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

export function planHasChanges(plan: Plan): boolean {
  const c = plan.counts;
  return (
    plan.cluster.action !== "unchanged" ||
    (plan.cluster.images ?? []).length > 0 ||
    c.create + c.update + c.replace + c.delete + c.adopt + c.forget + c.blocked > 0 ||
    plan.stacks.some((s) => s.generated.some((g) => g.action !== "unchanged"))
  );
}
