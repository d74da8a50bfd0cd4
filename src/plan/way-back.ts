import { type UserError, userError } from "../model/errors.ts";
import { assertNever } from "../model/json.ts";
import type { Plan, PlanItem } from "../model/plan.ts";
import type { Revision } from "../model/revision.ts";

/** A place in the history, readable or not. */
export interface Milestone {
  readonly stack: string;
  readonly number: number;
  /** null: nobody can read it, and `error` says why. */
  readonly revision: Revision | null;
  readonly error: UserError | null;
}

/** `to`: as after that run; null: before the last one. `before`: the last good one before that run, of its stacks only. */
export type Wish =
  | { readonly type: "to"; readonly number: number | null; readonly stacks: readonly string[] | null }
  | { readonly type: "before"; readonly number: number };

export interface WayBack {
  readonly to: number;
  /** One for each stack that goes back. */
  readonly chosen: readonly Revision[];
  /** Stacks that stay as they are, and why. */
  readonly left: readonly { readonly stack: string; readonly why: string }[];
}

/**
 * Which revision of each stack is meant. A run's number counts for the whole project, so "as after run 7" is the newest
 * revision of each stack up to 7. Throws UserError `history-empty`, `revision-unknown`, `revision-none-earlier`,
 * `stack-unknown`, or what a chosen revision that cannot be read says.
 */
export function wayBack(history: readonly Milestone[], wish: Wish, projectStacks: readonly string[]): WayBack {
  if (history.length === 0) {
    throw userError("history-empty", "no revision is kept of this project: there is nothing to go back to", {
      remedy: "`k8sctl up` and `k8sctl apply` write one whenever they change something",
    });
  }
  switch (wish.type) {
    case "to": {
      const stacks = stacksToMove(history, wish.stacks, projectStacks);
      const to = wish.number ?? beforeLast(history, stacks);
      if (!history.some(({ number }) => number === to)) throw unknownRevision(history, to);
      return choose(history, to, stacks, wish.stacks !== null);
    }
    case "before": {
      const stacks = history.filter(({ number }) => number === wish.number).map(({ stack }) => stack);
      const good = history.filter((m) => m.number < wish.number && stacks.includes(m.stack) && isGood(m));
      const to = Math.max(0, ...good.map(({ number }) => number));
      return choose(good, to, stacks, false);
    }
    default:
      return assertNever(wish);
  }
}

/** The newest revision of each stack: what the cluster holds of those that do not go back. */
export function newestOf(history: readonly Milestone[], stack: string): Revision | null {
  const own = history.filter((m) => m.stack === stack && m.revision !== null && m.revision.content !== null);
  return (own.findLast(isGood) ?? own.at(-1))?.revision ?? null;
}

function choose(history: readonly Milestone[], to: number, stacks: readonly string[], named: boolean): WayBack {
  const chosen: Revision[] = [];
  const left: { stack: string; why: string }[] = [];
  for (const stack of stacks) {
    const upTo = history.filter((m) => m.stack === stack && m.number <= to);
    const found = upTo.findLast((m) => isGood(m) || m.number === to) ?? upTo.at(-1);
    if (found?.error) throw found.error;
    if (found?.revision && found.revision.content !== null) chosen.push(found.revision);
    else
      left.push({ stack, why: found === undefined ? "no revision of it is kept from then" : "it was not there then" });
  }
  if (chosen.length > 0 && !(named && left.length > 0)) return { to, chosen, left };
  const what = left.map(({ stack, why }) => `stack ${stack}: ${why}`).join("; ");
  throw userError("revision-none-earlier", `there is nothing to go back to (${what})`, {
    remedy: "`k8sctl history` shows what is kept; `k8sctl down --stack NAME` removes a stack",
  });
}

function isGood({ revision }: Milestone): boolean {
  return revision?.result === "ok";
}

function beforeLast(history: readonly Milestone[], stacks: readonly string[]): number {
  const own = history.filter(({ stack }) => stacks.includes(stack));
  const last = Math.max(...own.map(({ number }) => number));
  const earlier = own.filter((m) => m.number < last && isGood(m)).map(({ number }) => number);
  if (earlier.length > 0) return Math.max(...earlier);
  throw userError("revision-none-earlier", "no earlier run that went well is kept", {
    remedy: "name one: `k8sctl history` shows what is kept",
  });
}

function stacksToMove(
  history: readonly Milestone[],
  wanted: readonly string[] | null,
  projectStacks: readonly string[],
): string[] {
  const known = [...new Set([...projectStacks, ...history.map(({ stack }) => stack)])];
  for (const stack of wanted ?? []) {
    if (known.includes(stack)) continue;
    throw userError("stack-unknown", `neither k8sctl.yaml nor the history has a stack "${stack}"`, {
      remedy: `use one of: ${known.join(", ")}`,
    });
  }
  return wanted === null ? known : [...new Set(wanted)];
}

function unknownRevision(history: readonly Milestone[], wanted: number): Error {
  const numbers = [...new Set(history.map(({ number }) => number))];
  return userError("revision-unknown", `there is no revision ${wanted}`, {
    remedy: numbers.length === 0 ? "the history is empty" : `\`k8sctl history\` lists them: ${numbers.join(", ")}`,
  });
}

/** What no rollback brings back is said where it is planned; what goes was not there then. */
export function withRemarks(plan: Plan, to: number): Plan {
  const told = (item: PlanItem): PlanItem => {
    const remark = remarkOn(item);
    return {
      ...item,
      warnings: remark === null ? item.warnings : [...item.warnings, remark],
      why: item.action === "delete" ? `not in revision ${to}` : item.why,
    };
  };
  return { ...plan, stacks: plan.stacks.map((stack) => ({ ...stack, items: stack.items.map(told) })) };
}

function remarkOn({ id, action }: PlanItem): string | null {
  const made = action === "create" || action === "replace";
  switch (id.kind) {
    case "PersistentVolumeClaim":
    case "PersistentVolume":
      return made ? "it is made empty: the data of the volume that is gone does not come back" : null;
    case "Job":
      if (made) return "it runs again; what it did before is not undone";
      return action === "delete" ? "what it did is not undone" : null;
    case "CustomResourceDefinition":
      return made ? "its custom resources that are gone come back only where the revision holds them" : null;
    default:
      return null;
  }
}
