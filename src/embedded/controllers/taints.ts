/** API reference, Taint and Toleration. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  /** How long a taint with the effect NoExecute is borne. */
  readonly tolerationSeconds?: number;
}

/** The first taint that keeps a new pod off; PreferNoSchedule keeps nobody off. */
export function refusingTaint(taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | null {
  const hard = taints.filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  return hard.find((taint) => !tolerations.some((toleration) => tolerates(toleration, taint))) ?? null;
}

export function tolerates(
  { key = "", operator = "Equal", value = "", effect = "" }: Toleration,
  taint: Taint,
): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (key === "") return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === (taint.value ?? ""));
}
