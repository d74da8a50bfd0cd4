import { beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { apiVersionOf, describeId, objectKey } from "../../src/model/ids.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Kube } from "../../src/ports.ts";
import { readInventories } from "../../src/run/inventory.ts";
import { acquireLocks, forceUnlock } from "../../src/run/locks.ts";
import { clusterOfFile, onReal } from "../e2e/cluster.ts";
import { apply, lines } from "./applying.ts";
import { item, plan, stack } from "./plans.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

/** Pods stay Pending on the real server, too, when their image is `never`. */
function workload(replicas: number, annotations: Record<string, string> = {}, image = "nginx:1.29") {
  const labels = { app: "shop" };
  return {
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: "web", image }] } },
    },
  };
}

const set = {
  spec: {
    ...workload(2).spec,
    serviceName: "pg",
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
  },
};

const widgets = {
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

/** Custom objects without conditions are given ten seconds to get some. */
const ready = [{ type: "Ready", status: "True" }];
const unseen = { because: "type-missing", group: "example.com", kind: "Widget" } as const;

/** The plan of an empty desired set, from the inventories alone. */
async function nothing(): Promise<Plan> {
  const inventories = await readInventories(kube, "shop", "default");
  return plan(
    ...[...inventories.values()].map(({ inventory }) => ({
      ...stack(inventory.stack, [], { file: null, after: inventory.after }),
      items: inventory.entries.map((entry) => ({
        ...item(inventory.stack, ["delete", describeId(entry.id), entry.uid === null ? {} : { uid: entry.uid }]),
        id: entry.id,
        key: objectKey(entry.id),
        apiVersion: apiVersionOf({ group: entry.id.group, version: entry.version }),
      })),
    })),
  );
}

async function names(kind: string, group = ""): Promise<string[]> {
  const { items } = await kube.list({ group, version: "v1", kind }, { namespace: "shop" });
  return items.map((object) => object.metadata.name);
}

const crashing = {
  "embedded.k8sctl.dev/fail": "crash",
  "embedded.k8sctl.dev/logs": "no such database\ngiving up",
};

function lockOptions(host: string) {
  return {
    kube,
    clock: systemClock,
    random: { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) },
    identity: { host, pid: 7, processAlive: () => true },
    command: "up",
    project: "shop",
    inventoryNamespace: "default",
    stacks: ["web", "base"],
  };
}

describe("over a cluster", () => {
  test("from nothing to ready, and back to nothing", async () => {
    const up = await apply(
      kube,
      plan(
        stack("base", [
          ["create", "Namespace shop"],
          ["create", "CustomResourceDefinition widgets.example.com", { body: widgets }],
        ]),
        stack(
          "web",
          [
            ["create", "Deployment shop/web", { body: workload(3), needs: ["ConfigMap shop/env"] }],
            ["create", "ConfigMap shop/env", { body: { data: { a: "1" } } }],
            ["create", "StatefulSet shop/pg", { body: set }],
            ["create", "Widget shop/w", { prediction: unseen, body: { status: { conditions: ready } } }],
          ],
          { after: ["base"] },
        ),
      ),
      { timeouts: { objectSeconds: 25, overallSeconds: null } },
    );
    expect(lines(up.events).filter((line) => /^(failed|skipped|verdict|error)/.test(line))).toEqual([]);
    expect(up.result).toMatchObject({ exitCode: 0, counts: { create: 6 } });
    const web = up.events.flatMap((e) => (e.type === "object-status" && e.status.id.name === "web" ? [e.status] : []));
    expect(web.at(-1)).toMatchObject({ phase: "ready", ready: 3, total: 3 });
    expect(await names("PersistentVolumeClaim")).toEqual(["data-pg-0", "data-pg-1"]);

    const kept = await apply(kube, await nothing(), { destroy: { deleteVolumes: false } });
    expect(kept.result).toMatchObject({ exitCode: 0, counts: { delete: 5, failed: 0 } });
    expect(lines(kept.events)).toContain(
      "kept Namespace shop: it still holds PersistentVolumeClaim shop/data-pg-0 and 1 more",
    );
    expect(await names("Pod")).toEqual([]);
    expect(await names("PersistentVolumeClaim")).toEqual(["data-pg-0", "data-pg-1"]);

    const gone = await apply(kube, await nothing(), { destroy: { deleteVolumes: true } });
    expect(gone.result).toMatchObject({ exitCode: 0, counts: { delete: 1, failed: 0 } });
    expect(await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name: "shop" })).toBeNull();
    expect((await readInventories(kube, "shop", "default")).size).toBe(0);
  });

  // Nobody plays a crash on the real server.
  test.skipIf(onReal)(
    "a rollout that cannot succeed ends early with its cause and log; what does not wait for it goes on",
    async () => {
      const { result, events } = await apply(
        kube,
        plan(
          stack("bad", [
            ["create", "Namespace bad"],
            ["create", "Deployment bad/web", { body: workload(1, crashing) }],
            ["create", "ConfigMap bad/after", { ready: ["Deployment bad/web"] }],
            ["create", "ConfigMap bad/beside"],
          ]),
        ),
        { timeouts: { objectSeconds: 60, overallSeconds: null } },
      );
      const verdict = events.find((event) => event.type === "verdict");
      expect(verdict).toMatchObject({
        stack: "bad",
        verdict: { id: { kind: "Deployment", name: "web" }, cause: "crash", log: ["no such database", "giving up"] },
      });
      expect(lines(events)).toContain("skipped ConfigMap bad/after because of Deployment bad/web");
      expect(lines(events)).toContain("create ConfigMap bad/beside");
      expect(result).toMatchObject({ ok: false, exitCode: 1, counts: { create: 3, failed: 1 } });
    },
  );

  test("everything applied but not ready in time is exit code 3", async () => {
    const slow = workload(1, { "embedded.k8sctl.dev/fail": "unschedulable" }, "never");
    const { result, events } = await apply(
      kube,
      plan(
        stack("slow", [
          ["create", "Namespace slow"],
          ["create", "Deployment slow/web", { body: slow, timeoutSeconds: 1 }],
        ]),
      ),
    );
    expect(lines(events).filter((line) => line.startsWith("verdict"))).toHaveLength(1);
    expect(result).toMatchObject({ ok: false, exitCode: 3, counts: { create: 2, failed: 1 } });
  });

  test("a lock in a namespace that is not there yet makes the namespace", async () => {
    const locks = await acquireLocks({ ...lockOptions("one"), inventoryNamespace: "ops" });
    await locks.release();
    expect(await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name: "ops" })).not.toBeNull();
  });

  test("two runs: the second is kept out and told by whom; unlock lets it in", async () => {
    const first = await acquireLocks(lockOptions("one"));
    await expect(acquireLocks(lockOptions("two"))).rejects.toThrow(
      /stack base is locked by one \(process 7, k8sctl up\)/,
    );
    expect(await forceUnlock(kube, "shop", ["base", "web"], "default")).toHaveLength(2);
    const second = await acquireLocks(lockOptions("two"));
    await second.release();
    await first.release();
    const leases = await kube.list(
      { group: "coordination.k8s.io", version: "v1", kind: "Lease" },
      { namespace: "default" },
    );
    expect(leases.items).toEqual([]);
  });
});
