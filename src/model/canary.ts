import type { SourcePosition } from "./errors.ts";
import type { ObjectId, ObjectKey } from "./ids.ts";

/** What k8sctl.yaml asks for under `canary`: a few pods of a Deployment's new version first. */
export interface CanaryRule {
  readonly id: ObjectId;
  /** Of the Deployment's replicas, 1 to 100. */
  readonly percent: number;
  /** How long the canary is left alone once it is ready, and must still be ready after. */
  readonly pauseSeconds: number;
  readonly query: CanaryQuery | null;
  /** Where k8sctl.yaml asks for it. */
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
