/** What people look for when an object is not well, beside its status. */

/** One pod of an object. */
export interface PodFacts {
  readonly name: string;
  /** Kubernetes' phase, or the reason why a container waits. */
  readonly phase: string;
  /** Containers that are ready, of how many. */
  readonly ready: number;
  readonly containers: number;
  readonly restarts: number;
  readonly node: string;
  /** ms since its creation; null where nobody says. */
  readonly ageMs: number | null;
}

/** Who wrote fields of an object, and when last (RFC 3339; null where the server does not say). */
export interface WriterFacts {
  readonly manager: string;
  /** `Apply` or `Update`. */
  readonly operation: string;
  readonly time: string | null;
}
