import { describe, expect, test } from "vitest";
import { decode } from "../../src/desired/decode.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";
import { nothingKnown, type ParityCase, parityCases, parityStack } from "./parity.ts";

/** Refused by the recorded server for what does not hold here. */
const NOT_WRONG_HERE: Readonly<Record<string, string>> = {
  "kubernetes_cron_job.full-grpc": "the server of that API version knew no grpc probes",
  "kubernetes_horizontal_pod_autoscaler.full-behavior-noselect": 'the provider sends selectPolicy "", we leave it out',
  "kubernetes_horizontal_pod_autoscaler_v2.full-behavior-noselect":
    'the provider sends selectPolicy "", we leave it out',
  "kubernetes_horizontal_pod_autoscaler_v2beta2.full-container-resource": "behind a feature gate at that time",
};

/**
 * Taken at the time: a pod template of a StatefulSet as it is, whose pods are refused later; a request without a signer,
 * which the version that is left does not take.
 */
const REFUSED_LATER: ReadonlySet<string> = new Set([
  "kubernetes_certificate_signing_request.full",
  "kubernetes_certificate_signing_request.minimal",
  "kubernetes_stateful_set_v1.full-downward-both",
  "kubernetes_stateful_set_v1.full-init-probes",
]);

const wasRefused = (each: ParityCase): boolean => (each as { outcome?: string }).outcome === "rejected";

function errorsOf(each: ParityCase): string[] {
  const { desired, problems } = decode({ stacks: [parityStack(each)], results: nothingKnown });
  const found = desired.flatMap(({ object, id }) =>
    validateObject(object, builtinTypes, { part: id.part !== undefined }).filter((f) => f.severity === "error"),
  );
  return [
    ...problems.filter((p) => p.severity === "error").map((p) => p.message),
    ...found.map(({ path, message }) => `${path} ${message}`),
  ];
}

describe("configurations that a real server was sent by the real provider", () => {
  const cases = parityCases();

  test("what it took has no errors", () => {
    const wrong = cases
      .filter((each) => !wasRefused(each) && !REFUSED_LATER.has(each.name))
      .map((each) => ({ name: each.name, errors: errorsOf(each) }))
      .filter(({ errors }) => errors.length > 0);
    expect(wrong).toEqual([]);
  });

  test("what it refused has", () => {
    const missed = cases.filter((each) => wasRefused(each) && errorsOf(each).length === 0).map(({ name }) => name);
    expect(missed).toEqual(Object.keys(NOT_WRONG_HERE));
  });
});
