/**
 * How much is forgiven before something counts as hopeless. Every one of these repairs itself at times: a node joins,
 * a ConfigMap is applied a moment later, a database comes up on the third try.
 */
export const graces = {
  /** Restarts of one container in a row. */
  restarts: 3,
  /** A run this long ends the row: the kubelet resets its own back-off after it. */
  healthyRunMs: 10 * 60_000,
  unschedulableMs: 15_000,
  configMissingMs: 15_000,
  createRefusedMs: 15_000,
  provisioningMs: 15_000,
  /** Pulls that the registry answered with a plain no. */
  refusedPulls: 2,
  /** Pulls that failed otherwise: the network, a registry that is down. */
  failedPulls: 3,
  /** When pulls cannot be counted because events are not at hand. */
  failedPullsMs: 60_000,
  /** A custom resource without conditions: its controller may not have seen it yet. */
  noConditionsMs: 10_000,
  /** For a controller of Services or Ingresses to show itself. */
  addressMs: 5_000,
  stuckUpdateMs: 30_000,
} as const;
