import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { systemClock } from "../../src/host/clock.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Kube } from "../../src/ports.ts";
import { planOf, upOf } from "./native.ts";

let cluster: EmbeddedServer;
let kube: Kube;
beforeAll(async () => {
  cluster = await startEmbedded({ timeScale: 0.01 });
  kube = openKube(cluster.access, {
    exec: { run: () => Promise.reject(new Error("no program is expected to run")) },
    clock: systemClock,
  });
});
afterAll(async () => {
  kube.close();
  await cluster.close();
});

const sums = { match_labels: { "example.com/sum": "true" } };
const stack = (verbs: readonly string[]): JsonObject => ({
  resource: {
    kubernetes_cluster_role_v1: {
      part: {
        metadata: { name: "part", labels: sums.match_labels },
        rule: [{ api_groups: [""], resources: ["pods"], verbs: [...verbs] }],
      },
      whole: { metadata: { name: "whole" }, aggregation_rule: { cluster_role_selectors: [sums] } },
    },
  },
});

/** As the controller of a real cluster writes them: by server-side apply, with force. */
async function gather(verbs: readonly string[]): Promise<void> {
  const whole = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "whole" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
  };
  await kube.apply(whole as KubeObject, {
    fieldManager: "clusterrole-aggregation-controller",
    force: true,
    dryRun: false,
  });
}

test("the rules of a role that gathers others stay their controller's", async () => {
  for (const verbs of [["get"], ["get", "list"]]) {
    await upOf(kube, "roles", stack(verbs));
    await gather(verbs);
    const { plan } = await planOf(kube, "roles", stack(verbs));
    const items = plan.stacks.flatMap((one) => one.items);
    expect(items.map(({ action, changes }) => [action, changes])).toEqual([
      ["unchanged", []],
      ["unchanged", []],
    ]);
  }
});
