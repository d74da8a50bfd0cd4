/** Whose word counts where another manager owns a field that a stack sets. */
export interface OwnershipRule extends FieldRule {
  /** null: objects of every kind. */
  readonly kind: string | null;
  /** null: in every namespace. */
  readonly namespace: string | null;
  /** null: of every name. */
  readonly name: string | null;
}

/** The same of one object, which is known. */
export interface FieldRule {
  /** As plans show it, with all below it: `spec.template.spec.containers[web].image`. */
  readonly field: string;
  /**
   * take: our value is written over theirs. yield: theirs stays and is none of ours. share: theirs stays, and we own it
   * too, so that it does not go when they give it up (Kubernetes, "Server-Side Apply", conflicts).
   */
  readonly conflict: "take" | "yield" | "share";
}
