import type { GeneratedValue, SynthStack } from "./desired.ts";
import type { GeneratedItem, PlanCounts, PlanItem } from "./plan.ts";

/** `running`: also what a run leaves that was killed. */
export type RevisionResult = "running" | "ok" | "not-ready" | "failed" | "interrupted";

/** What one run did to one stack. Kept in a Secret of its own (docs/adr/0007-revisions.md). */
export interface Revision {
  readonly project: string;
  readonly stack: string;
  /** The run's: all stacks of a run bear the same number, which grows over the whole project. */
  readonly number: number;
  readonly command: "up" | "apply" | "rollback";
  /** The revision that a rollback went back to. */
  readonly backTo?: number;
  readonly by: { readonly user: string; readonly host: string };
  /** ISO 8601, by the clock of the machine that ran. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly result: RevisionResult;
  readonly counts: PlanCounts;
  readonly items: readonly RevisionItem[];
  readonly generated: readonly { readonly address: string; readonly action: GeneratedItem["action"] }[];
  /** null: the stack had left the project, and this run removed it. */
  readonly content: RevisionContentRef | null;
}

/** What a plan showed of one object: no value that is sensitive. */
export type RevisionItem = Pick<PlanItem, "id" | "action" | "changes" | "consequences" | "why">;

/** Where the content is: so many Secrets, and what their bytes must hash to. */
export interface RevisionContentRef {
  /** 0: it was too large to be kept. */
  readonly parts: number;
  readonly bytes: number;
  /** sha256 of the compressed bytes, hex. */
  readonly digest: string;
}

/** All that it takes to plan the stack again as it was. Secret. */
export interface RevisionContent {
  readonly stack: SynthStack;
  /** Files that `file()` and its kind read: path -> base64; null: there was none. */
  readonly files: Readonly<Record<string, string | null>>;
  /** By address within the stack. */
  readonly generated: Readonly<Record<string, GeneratedValue>>;
}
