/** Milliseconds at timeScale 1, taken from recordings of a kind cluster and rounded down where it was slow. */
export const delays = {
  accept: 30,
  start: 300,
  startSpread: 500,
  slowStart: 20_000,
  probe: 200,
  probeDelayMost: 10_000,
  /** How long a container that crashes runs. */
  crash: 1_000,
  /** How long a container runs before its liveness probe fails, or the kubelet evicts it. */
  liveness: 8_000,
  /** How long an init container works. */
  init: 500,
  /** How long a Job's container works. */
  work: 1_500,
  settle: 1_000,
  restart: 300,
  stop: 300,
  /** First back-off of a crashing container and of a failing pull; doubled each time, at most the last. */
  backOff: 10_000,
  backOffMost: 300_000,
  /** The kubelet looks at a pod that backs off about so often, and starts nothing in between. */
  look: 13_500,
  mountRetry: 500,
  mountRetryMost: 120_000,
  configRetry: 12_000,
  provision: 500,
  jobRetry: 10_000,
  jobRetryMost: 360_000,
  createRetry: 1_000,
  createRetryMost: 60_000,
} as const;

/** 1, 2, 4 ... times `first`, at most `most`. */
export function doubled(first: number, times: number, most: number): number {
  return Math.min(most, first * 2 ** Math.max(0, times));
}
