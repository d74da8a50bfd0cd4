import type { Deployment, Quantity } from "./shapes.ts";

/** `25%` of `total`, or a plain number. */
export function share(value: Quantity | undefined, total: number, round: "up" | "down"): number {
  const text = String(value ?? "25%");
  if (!text.endsWith("%")) return Number(text);
  const exact = (Number(text.slice(0, -1)) * total) / 100;
  return round === "up" ? Math.ceil(exact) : Math.floor(exact);
}

/** Surge rounds up, unavailability down; both 0 would never move (API reference, RollingUpdateDeployment). */
export function bounds(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const total = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === "Recreate") return { maxSurge: 0, maxUnavailable: 0 };
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const maxSurge = share(rolling?.maxSurge, total, "up");
  const maxUnavailable = Math.min(total, share(rolling?.maxUnavailable, total, "down"));
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

/** Sizes that count in a rolling update. */
export interface SetSize {
  readonly wanted: number;
  readonly available: number;
}

/** Replicas for the new ReplicaSet: as many as the surge leaves room for. */
export function grownTo(total: number, maxSurge: number, newest: SetSize, old: readonly SetSize[]): number {
  if (newest.wanted >= total) return total;
  const all = newest.wanted + sum(old.map((each) => each.wanted));
  const room = total + maxSurge - all;
  return room <= 0 ? newest.wanted : newest.wanted + Math.min(room, total - newest.wanted);
}

/** Replicas for each old ReplicaSet, oldest first: broken pods go first, then as many as availability allows. */
export function shrunkTo(
  total: number,
  maxUnavailable: number,
  newest: SetSize,
  old: readonly SetSize[],
): readonly number[] {
  const minAvailable = total - maxUnavailable;
  const all = newest.wanted + sum(old.map((each) => each.wanted));
  let room = all - minAvailable - Math.max(0, newest.wanted - newest.available);
  const sizes = old.map((each) => each.wanted);
  if (room <= 0) return sizes;
  old.forEach((each, index) => {
    const broken = Math.min(room, Math.max(0, each.wanted - each.available));
    sizes[index] = each.wanted - broken;
    room -= broken;
  });
  let spare = newest.available + sum(old.map((each) => each.available)) - minAvailable;
  spare = Math.min(spare, room);
  for (let index = 0; index < sizes.length && spare > 0; index++) {
    const cut = Math.min(spare, sizes[index] ?? 0);
    sizes[index] = (sizes[index] ?? 0) - cut;
    spare -= cut;
  }
  return sizes;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
