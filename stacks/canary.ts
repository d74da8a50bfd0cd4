import type { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { type Check, fieldsOf, text, wholeNumber } from "./checks.ts";

/** A question for Prometheus after the pause. Every sample must be within the bounds, and there must be one. */
export interface CanaryQueryOptions {
  /** Prometheus as the machine that runs k8sctl reaches it; no user and password in it. */
  readonly url: string;
  /** An instant query that gives a vector or a scalar. */
  readonly promql: string;
  /** Every sample must be less. */
  readonly below?: number;
  /** Every sample must be more. */
  readonly above?: number;
}

/** A few pods of a changed Deployment first, beside the old ones (docs/canary.md). */
export interface CanaryOptions {
  /** Of the Deployment's replicas, 1 to 100; rounded up. */
  readonly percent: number;
  /** How long the canary is left alone once it is ready, and must still be ready after: 30s, 5m, 1h. */
  readonly pause?: string;
  /** What Prometheus must say after the pause. */
  readonly query?: CanaryQueryOptions;
}

const pause: Check<string> = (value) => {
  if (typeof value === "string" && /^\d+[smh]$/.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is not a time, such as 30s, 5m or 1h`);
};

const number: Check<number> = (value) => {
  if (typeof value === "number") return value;
  throw new Error(`${JSON.stringify(value)} is not a number`);
};

const query = fieldsOf<CanaryQueryOptions>({ url: text, promql: text, below: number, above: number }, "url", "promql");

const fields = fieldsOf<CanaryOptions>({ percent: wholeNumber(1, 100), pause, query }, "percent");

export const canaryOptions: Check<CanaryOptions> = (value) => {
  const options = fields(value);
  if (options.query !== undefined && options.query.below === undefined && options.query.above === undefined) {
    throw new Error("the query has no bound: add below or above");
  }
  return options;
};

/**
 * Asks k8sctl to try changes of the Deployment's pods on a few first. k8sctl reads it from a comment in the synthesized
 * JSON; Terraform and OpenTofu pass over comments.
 */
export function canary(deployment: DeploymentV1, options: CanaryOptions): void {
  deployment.addOverride("//.k8sctl.canary", canaryOptions(options));
}
