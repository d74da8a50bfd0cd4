import type { Desired } from "../model/desired.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Observed, Refusal } from "../model/observed.ts";
import type { Consequence, FieldChange, PlanItem } from "../model/plan.ts";
import type { TemplateObject } from "./body.ts";
import { changesOfReplace } from "./changes.ts";
import { claimsThatKeepTheirSize } from "./claim-sizes.ts";
import { lossOf, podsOf, podsRestarted } from "./consequences.ts";
import { refusedFields } from "./immutable.ts";

/** An object whose change the server refuses in place. */
export function replaced(
  base: PlanItem,
  desired: Desired,
  seen: Observed,
  live: KubeObject,
  refusal: Refusal,
  fieldManager: string,
): PlanItem {
  const changes = changesOfReplace(desired, live, (base.sent ?? {}) as TemplateObject, fieldManager);
  const orphanPods = keepsPods(desired, changes);
  // Of a StatefulSet the server says only which fields may change.
  const fields = isStatefulSet(desired) ? fixedFields(changes) : refusedFields(refusal);
  const immutable = `${fields.join(", ") || "a field"} is immutable`;
  // The new set takes the pods over; where its template is another one, it then replaces them like any update.
  const pods = orphanPods ? podsRestarted(live, changes) : podsOf(live);
  const kept = pods > 0 ? "its claims" : "its pods and claims";
  const message = orphanPods ? `${immutable}: the set is made anew, ${kept} stay as they are` : immutable;
  const item = { ...base, changes, refusal };
  if (desired.lifecycle.preventDestroy) {
    return { ...item, action: "blocked", why: `${immutable}, and prevent_destroy forbids a replace` };
  }
  if (!seen.owned) {
    return { ...item, action: "blocked", why: `it exists, is not managed by this stack, and ${immutable}` };
  }
  const restarts: Consequence[] = pods > 0 ? [{ type: "restarts-pods", pods }] : [];
  const sizes = claimsThatKeepTheirSize(live, (base.sent ?? {}) as TemplateObject);
  const consequences = [{ type: "replace", fields, message } as const, ...restarts, ...sizes, ...lossOf(live)];
  return { ...item, action: "replace", refusal: null, consequences, ...(orphanPods ? { orphanPods: true } : {}) };
}

/**
 * A StatefulSet can be deleted without its pods and made anew over them, as long as its selector still finds them: so
 * a change of the claim templates stops nothing. The claims that exist keep their size.
 */
function keepsPods(desired: Desired, changes: readonly FieldChange[]): boolean {
  if (!isStatefulSet(desired)) return false;
  return !changes.some(({ path }) => /^spec\.(selector|template\.metadata\.labels)\b/.test(path));
}

function isStatefulSet({ id }: Desired): boolean {
  return id.group === "apps" && id.kind === "StatefulSet";
}

/** The fields of a StatefulSet's spec that can change in place (its validation's own list). */
const MUTABLE =
  /^spec\.(replicas|ordinals|template|updateStrategy|revisionHistoryLimit|persistentVolumeClaimRetentionPolicy|minReadySeconds)\b/;

function fixedFields(changes: readonly FieldChange[]): string[] {
  const fixed = changes.filter(({ path }) => path.startsWith("spec.") && !MUTABLE.test(path));
  return [...new Set(fixed.map(({ path }) => /^spec\.\w+/.exec(path)?.[0] ?? path))];
}
