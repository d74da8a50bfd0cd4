import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { describe, expect, test } from "vitest";
import { objectStatus } from "../../src/status/index.ts";
import { all, any, condition, field, type ReadyCondition, readyWhen, waitFor } from "../../stacks/ready.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const now = Date.parse("2026-11-21T01:00:00Z");

/** The way of a condition: beside the construct, through the JSON that Terraform would read too, to the rule. */
function decodedWait(wanted: ReadyCondition, options: Parameters<typeof waitFor>[1] = {}) {
  class Caches extends TerraformStack {
    constructor(scope: Construct, id: string) {
      super(scope, id);
      const manifest = { apiVersion: "example.com/v1", kind: "Cache", metadata: { name: "c", namespace: "web" } };
      const cache = new Manifest(this, "cache", { manifest });
      readyWhen(cache, wanted);
      waitFor(cache, options);
    }
  }
  const [cache] = decode([synthesizeOne("caches", Caches, {})]).desired;
  if (cache === undefined) throw new Error("nothing was decoded");
  return cache.wait;
}

const bound = { phase: "Bound", shards: 3, hosts: [{ name: "a" }], observedGeneration: 2 };
const synced = (status: string, observedGeneration = 2) => ({
  conditions: [{ type: "Synced", status, observedGeneration }],
});

const cases: readonly (readonly [ReadyCondition, object, string])[] = [
  [condition("Synced"), synced("True"), "ready"],
  [condition("Synced"), synced("False"), "progressing Synced: Synced is False"],
  [condition("Synced"), synced("True", 1), "progressing ReadyWhen: waiting until condition Synced is True"],
  [field("status.phase").equals("Bound"), bound, "ready"],
  [field("status.phase").equals("Ready"), bound, 'progressing ReadyWhen: waiting until status.phase is "Ready"'],
  [
    field("status.phase").equals("Bound"),
    { ...bound, observedGeneration: 1 },
    "progressing ReadyWhen: waiting for its controller to see the change",
  ],
  [field("status.phase").matches(/^Bo/), bound, "ready"],
  [field("status.shards").atLeast(3), bound, "ready"],
  [field("status.shards").atLeast(4), bound, "progressing ReadyWhen: waiting until status.shards is at least 4"],
  [field("status.shards").sameAs("spec.shards"), bound, "ready"],
  [field("status.hosts[0].name").exists(), bound, "ready"],
  [field("status.hosts[1].name").exists(), bound, "progressing ReadyWhen: waiting until status.hosts[1].name is there"],
  [field('metadata.annotations["a.b/c"]').equals("yes"), bound, "ready"],
  [any(condition("Synced"), field("status.shards").atLeast(1)), bound, "ready"],
  [
    all(condition("Synced"), field("status.shards").atLeast(1)),
    bound,
    "progressing ReadyWhen: waiting until condition Synced is True and status.shards is at least 1",
  ],
  [
    condition("Synced"),
    { ...synced("False"), ...{ conditions: [{ type: "Stalled", status: "True", message: "no room" }] } },
    "failed Stalled: no room",
  ],
];

describe("readyWhen", () => {
  test.each(cases)("%j", (wanted, status, seen) => {
    const { readyWhen: decoded } = decodedWait(wanted);
    const metadata = { name: "c", namespace: "web", generation: 2, annotations: { "a.b/c": "yes" } };
    const object = { apiVersion: "example.com/v1", kind: "Cache", metadata, spec: { shards: 3 }, status };
    const found = objectStatus(object, { pods: [], events: [], ...(decoded ? { readyWhen: decoded } : {}) }, now);
    expect(`${found.phase} ${found.reason}: ${found.message}`.replace(/ : $/, "")).toBe(seen);
  });

  test("waitFor sets the time, or that nobody waits", () => {
    expect(decodedWait(condition("Ready"), { timeout: "1m30s" })).toMatchObject({ skip: false, timeoutSeconds: 90 });
    expect(decodedWait(condition("Ready"), { skip: true })).toMatchObject({ skip: true });
  });

  test.each([
    ["a time that is none", () => decodedWait(condition("Ready"), { timeout: "soon" }), /"soon" is no duration/],
    ["a path that leads nowhere", () => field("phase").exists(), /begins with metadata, spec, status or data/],
    ["a pattern with flags", () => field("status.phase").matches(/bound/i), /must not have flags/],
  ])("%s is refused at once", (_, write, words) => {
    expect(write).toThrow(words);
  });
});
