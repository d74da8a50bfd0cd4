/** A ReplicaSet that has replicas, as proportional scaling sees it. */
export interface ScalableSet {
  readonly name: string;
  readonly replicas: number;
  /** `deployment.kubernetes.io/max-replicas` of its last scaling; 0 where it does not say. */
  readonly maxBefore: number;
  /** RFC 3339. */
  readonly created: string;
}

/**
 * Sizes by name after a Deployment in the middle of a rollout was scaled: what is added or taken is spread over the
 * ReplicaSets in proportion to their sizes, and what rounding leaves goes to the largest (Kubernetes documentation,
 * Deployments, "Proportional scaling").
 */
export function proportionalSizes(
  sets: readonly ScalableSet[],
  { total, maxSurge, now }: { readonly total: number; readonly maxSurge: number; readonly now: number },
): ReadonlyMap<string, number> {
  const most = total === 0 ? 0 : total + maxSurge;
  const toAdd = most - sets.reduce((sum, { replicas }) => sum + replicas, 0);
  // Of two of one size the newer grows first, and the older shrinks first.
  const age = (a: ScalableSet, b: ScalableSet) => (a.created < b.created ? -1 : a.created > b.created ? 1 : 0);
  const sorted = [...sets].sort((a, b) => b.replicas - a.replicas || (toAdd > 0 ? age(b, a) : age(a, b)));
  const sizes = new Map(sorted.map(({ name, replicas }) => [name, replicas]));
  let added = 0;
  for (const set of sorted) {
    const part = shareOf(set, total, most, now);
    const left = toAdd - added;
    const own = toAdd > 0 ? Math.min(part, left) : Math.max(part, left);
    sizes.set(set.name, set.replicas + own);
    added += own;
  }
  const [largest] = sorted;
  if (largest !== undefined && toAdd !== 0)
    sizes.set(largest.name, Math.max(0, (sizes.get(largest.name) ?? 0) + toAdd - added));
  return sizes;
}

/** @param now replicas that the Deployment's status counts, where a ReplicaSet does not say what was allowed before */
function shareOf({ replicas, maxBefore }: ScalableSet, total: number, most: number, now: number): number {
  if (total === 0) return -replicas;
  const before = maxBefore || now;
  return before === 0 ? 0 : Math.round((replicas * most) / before) - replicas;
}
