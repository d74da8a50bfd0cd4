/**
 * How much is forgiven before something counts as hopeless. Every one of these repairs itself at times: a node joins,
 * a ConfigMap is applied a moment later, a database comes up on the third try. None is longer than 25 s from when the
 * API first shows it, but for those that often pass.
 */
export const graces = {
  /** Crashes of one container in a row that end the waiting at once. */
  crashes: 4,
  /** Crashes that end it when the kubelet has been backing off for `backOffMs`: its next try may be minutes away. */
  crashesInBackOff: 3,
  backOffMs: 25_000,
  /** Crashes after something else that was to blame was mended. */
  crashesAfterExcuse: 2,
  /** Restarts that are worth a note on something that is ready. */
  notedRestarts: 3,
  /** A run this long ends the row: the kubelet resets its own back-off after it. */
  healthyRunMs: 10 * 60_000,
  unschedulableMs: 15_000,
  /** Taints that the cluster itself sets and takes away again: a node that is starting, or gone for a moment. */
  nodeNotReadyMs: 120_000,
  configMissingMs: 25_000,
  containerConfigMs: 25_000,
  createRefusedMs: 15_000,
  /** Refused by a webhook that does not answer: its pods may be starting. */
  webhookAwayMs: 60_000,
  provisioningMs: 15_000,
  /** Pulls that the registry answered with a plain no. */
  refusedPulls: 2,
  /** Pulls that failed otherwise: the network, a registry that is down. */
  failedPulls: 3,
  /** The same where fewer were seen since: the kubelet waits longer each time. */
  failedPullsMs: 25_000,
  /** A custom resource without conditions: its controller may not have seen it yet. */
  noConditionsMs: 10_000,
  /** For a controller of Services or Ingresses to show itself. */
  addressMs: 5_000,
  /** For a container without a readiness probe to end at once. */
  unprobedMs: 5_000,
  stuckUpdateMs: 25_000,
  /** Pods evicted one after the other. */
  evictions: 3,
  scaleTargetMs: 25_000,
} as const;
