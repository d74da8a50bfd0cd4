/** Up to three of `names` that `wanted` is most likely a slip of, nearest first; none that is far off. */
export function nearNames(wanted: string, names: Iterable<string>): string[] {
  const limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  return [...names]
    .map((name) => ({ name, distance: distance(wanted.toLowerCase(), name.toLowerCase(), limit) }))
    .filter(({ distance: d }) => d <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** `did you mean "a" or "b"?`; undefined where nothing is near. */
export function didYouMean(wanted: string, names: Iterable<string>): string | undefined {
  const near = nearNames(wanted, names).map((name) => `"${name}"`);
  return near.length === 0 ? undefined : `did you mean ${near.join(" or ")}?`;
}

/** Optimal string alignment distance: insert, delete, replace, swap neighbours. Above `limit` any number above it. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
