import type { GeneratedValue } from "./desired.ts";
import type { ObjectId } from "./ids.ts";

/** One object that a stack made or adopted. */
export interface InventoryEntry {
  readonly id: ObjectId;
  /** Version it was last applied with; the identity does not depend on it. */
  readonly version: string;
  /** null while the object has been promised but not yet seen alive (superset written before the first change). */
  readonly uid: string | null;
  readonly address: string;
  /** Keys of objects this one depends on: `down` needs them when the code is gone. */
  readonly dependsOn: readonly string[];
  /** Terraform's prevent_destroy at the time of the last apply. */
  readonly preventDestroy: boolean;
  /** Digest of the body that was applied last; absent where it held something secret. */
  readonly applied?: string;
  /** Digest of the fields that were this project's after the last apply: another one later means that others wrote. */
  readonly owned?: string;
  /** It was there before this stack: a namespace that was adopted is given back by `down`, not deleted. */
  readonly adopted?: true;
  /** What its code said must hold before it counts as ready, for `status` without the code (model/ready-condition.ts). */
  readonly readyWhen?: unknown;
  /** A canary, to be removed by the run that makes it, or by the next one. */
  readonly canary?: true;
}

/** What one stack holds in a cluster. Kept in the Secret `k8sctl.<project>.<stack>` (docs/adr/0002-inventory.md). */
export interface Inventory {
  readonly project: string;
  readonly stack: string;
  /** Stack names this one came after, for the order of `down`. */
  readonly after: readonly string[];
  readonly entries: readonly InventoryEntry[];
  /** By address within the stack. Secret. */
  readonly generated: Readonly<Record<string, GeneratedValue>>;
  /** Output name -> value, for `output` without code. Sensitive ones are in the Secret like all else. */
  readonly outputs: Readonly<Record<string, { value: unknown; sensitive: boolean }>>;
  /** Claims of StatefulSet templates that `down` left behind: `down --delete-volumes` finds them here. */
  readonly keptClaims?: readonly { readonly id: ObjectId; readonly uid: string }[];
}
