import type { SourcePosition } from "./errors.ts";
import type { ObjectId, ObjectKey } from "./ids.ts";

/** What is asked for one Deployment: a few pods of its new version first. */
export interface CanaryWish {
  /** Of the Deployment's replicas, 1 to 100. */
  readonly percent: number;
  /** How long the canary is left alone once it is ready, and must still be ready after. */
  readonly pauseSeconds: number;
  readonly query: CanaryQuery | null;
}

/** A wish under `canary` of k8sctl.yaml, or beside the construct. */
export interface CanaryRule extends CanaryWish {
  readonly id: ObjectId;
  /** Where it is asked for. */
  readonly position: SourcePosition;
}

/** Asked of Prometheus after the pause. Every sample must be within the bounds, and there must be one. */
export interface CanaryQuery {
  /** Of the server, without `/api/v1/query`. */
  readonly url: string;
  readonly promql: string;
  /** null: no bound. */
  readonly below: number | null;
  readonly above: number | null;
}

/** A rule as it applies to one change of one Deployment. */
export interface Canary {
  /** The Deployment of the canary's pods, `NAME-canary`. */
  readonly id: ObjectId;
  readonly key: ObjectKey;
  readonly pods: number;
  /** The Deployment's replicas. */
  readonly of: number;
  readonly pauseSeconds: number;
  readonly query: CanaryQuery | null;
}
