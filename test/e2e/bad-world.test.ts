import { expect, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { systemRandomness } from "../../src/host/random.ts";
import { readInventories } from "../../src/run/inventory.ts";
import { acquireLocks, forceUnlock } from "../../src/run/locks.ts";
import { configMap } from "../cli/stacks.ts";
import { customType } from "../custom-type.ts";
import { onReal } from "./cluster.ts";
import { changed, connectTo, get, homeWithCluster, patch, place } from "./planning.ts";

/** A cluster in a state that nobody wanted: a named error, or a plan that says what it will do; nothing is lost. */
const home = homeWithCluster();

const spaced = (name: string) => ({
  kubernetes_namespace_v1: { n: { metadata: { name } } },
  kubernetes_config_map_v1: { m: configMap("m", { a: "1" }, `\${kubernetes_namespace_v1.n.metadata[0].name}`) },
});
const secretOf = (project: string) => ({
  ...{ group: "", version: "v1", kind: "Secret", namespace: "default" },
  name: `k8sctl.${project}.web`,
});
const namespace = (name: string) => ({ group: "", version: "v1", kind: "Namespace", namespace: "", name });
const background = { propagation: "Background" } as const;

test.each([
  ["garbage", "{oops", /Secret default\/k8sctl\.edited\.web does not hold an inventory/],
  ["a newer format", '{"format":9,"entries":[]}', /was written by a newer k8sctl \(format 9\)/],
  ["no entries", '{"format":1}', /does not hold an inventory/],
])("an inventory edited by hand: %s", async (_, text, says) => {
  const p = place(home, "edited", { web: spaced("edited") });
  await p.up();
  const kube = await connectTo(home);
  const before = (await get(kube, "Secret", "default/k8sctl.edited.web"))?.["data"] as Record<string, string>;
  const data = { "inventory.json": Buffer.from(text).toString("base64") };
  await patch(kube, "Secret", "default/k8sctl.edited.web", { data }, "kubectl-edit");
  for (const command of [["plan"], ["up", "--yes"], ["down", "--yes", "--keep-cluster"], ["status"]]) {
    const run = await p.run(command);
    expect(run.exitCode, run.all).toBe(1);
    expect(run.all.replaceAll(/\s+/g, " ")).toMatch(says);
    expect(run.all).toMatch(/→ \S/);
  }
  expect(await get(kube, "ConfigMap", "edited/m")).not.toBeNull();
  // Restored, as the remedy says.
  await patch(kube, "Secret", "default/k8sctl.edited.web", { data: before }, "kubectl-edit");
  expect(changed(await p.plan())).toEqual([]);
});

test("an inventory deleted by hand is made again from the objects that bear the stack's label", async () => {
  const p = place(home, "forgotten", { web: spaced("forgotten") });
  await p.up();
  const kube = await connectTo(home);
  const before = (await readInventories(kube, "forgotten", "default")).get("web")?.inventory.entries;
  await kube.delete(secretOf("forgotten"), background);
  expect(changed(await p.plan())).toEqual([]);
  await p.up();
  const after = (await readInventories(kube, "forgotten", "default")).get("web")?.inventory.entries;
  expect(after?.map(({ id, uid }) => ({ id, uid }))).toEqual(before?.map(({ id, uid }) => ({ id, uid })));
});

test("the lock of a machine that is gone is told of, and taken over when it has run out", async () => {
  const p = place(home, "orphaned", { web: { kubernetes_config_map_v1: { m: configMap("orphaned", {}) } } });
  await p.up();
  const kube = await connectTo(home);
  const spec = { holderIdentity: "gone/7/x", leaseDurationSeconds: 1, acquireTime: "2026-11-01T00:00:00.000000Z" };
  const metadata = { name: "k8sctl.orphaned.web", namespace: "default" };
  await kube.create({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec }, "test");
  const run = await p.run(["up", "--yes"]);
  expect(run.exitCode, run.all).toBe(0);
  expect(run.all).toMatch(/locked by gone \(process 7\) since 2026-11-01.*: looking whether it is alive/);
});

test("a lock that was taken and given back by others meanwhile is lost: no renewal makes it again", async () => {
  const p = place(home, "returned", { web: { kubernetes_config_map_v1: { m: configMap("returned", {}) } } });
  await p.up();
  const kube = await connectTo(home);
  const locks = await acquireLocks({
    ...{ kube, clock: systemClock, random: systemRandomness, command: "up", project: "returned", stacks: ["web"] },
    identity: { host: "elsewhere", pid: 1, processAlive: () => true },
    inventoryNamespace: "default",
    leaseSeconds: 3,
  });
  expect(await forceUnlock(kube, "returned", ["web"], "default")).toHaveLength(1);
  await expect.poll(() => locks.signal.aborted, { timeout: 10_000 }).toBe(true);
  expect(() => locks.assertHeld()).toThrow(/was taken away/);
  await locks.release();
  expect(await kube.get({ ...secretOf("returned"), group: "coordination.k8s.io", kind: "Lease" })).toBeNull();
});

test("a namespace that does not end: ours is waited for and made anew, in another's nothing is made", async () => {
  const p = place(home, "stuck", { web: spaced("stuck") });
  await p.up();
  const kube = await connectTo(home);
  await patch(kube, "ConfigMap", "stuck/m", { metadata: { finalizers: ["example.com/hold"] } }, "kubectl-edit");
  await kube.delete(namespace("stuck"), background);
  await expect
    .poll(async () => changed(await p.plan()))
    .toEqual(["replace Namespace stuck", "replace ConfigMap stuck/m"]);
  const shown = await p.run(["plan"]);
  expect(shown.all).toMatch(/ConfigMap stuck\/m .*(goes with Namespace stuck|it is being deleted)/);
  const guest = place(home, "guest", { web: { kubernetes_config_map_v1: { m: configMap("guest", {}, "stuck") } } });
  const refused = await guest.run(["up", "--yes"]);
  expect(refused.exitCode).toBe(1);
  expect(refused.all).toMatch(/unable to create new content in namespace stuck because it is being\s+terminated/);
  expect(refused.all).toMatch(/→ wait until the namespace is gone/);
  // Let go while the run waits for its end: what was in it is made again.
  const up = p.up();
  await expect
    .poll(() => kube.get({ ...secretOf("stuck"), group: "coordination.k8s.io", kind: "Lease" }), { timeout: 10_000 })
    .not.toBeNull();
  await patch(kube, "ConfigMap", "stuck/m", { metadata: { finalizers: null } }, "kubectl-edit");
  await up;
  expect((await get(kube, "ConfigMap", "stuck/m"))?.["data"]).toEqual({ a: "1" });
  expect(changed(await p.plan())).toEqual([]);
});

test("a type deleted under its objects: both are made again, and down has nothing left to do", async () => {
  const crd = customType("badworld.example.com", "Widget", {
    type: "object",
    "x-kubernetes-preserve-unknown-fields": true,
  });
  const metadata = { name: "w", namespace: "default" };
  const widget = { apiVersion: "badworld.example.com/v1", kind: "Widget", metadata, data: "1" };
  const p = place(home, "types", {
    web: {
      kubernetes_manifest: { crd: { manifest: crd }, w: { manifest: widget, depends_on: ["kubernetes_manifest.crd"] } },
    },
  });
  await p.up();
  const kube = await connectTo(home);
  const ref = {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    namespace: "",
    name: "widgets.badworld.example.com",
  };
  await kube.delete(ref, background);
  await expect
    .poll(async () => changed(await p.plan()), { timeout: 10_000 })
    .toEqual(["create CustomResourceDefinition widgets.badworld.example.com", "create Widget default/w"]);
  await p.up();
  expect(changed(await p.plan())).toEqual([]);
  await kube.delete(ref, background);
  await expect.poll(() => kube.get(ref), { timeout: 10_000 }).toBeNull();
  const down = await p.run(["down", "--yes", "--keep-cluster"]);
  expect(down.exitCode, down.all).toBe(0);
  expect((await readInventories(kube, "types", "default")).size).toBe(0);
}, 60_000);

test("two stacks that claim one object are both named, with their lines", async () => {
  const same = { kubernetes_config_map_v1: { m: configMap("same", {}) } };
  const p = place(home, "claimed", { a: same, b: same });
  const run = await p.run(["plan"]);
  expect(run.exitCode).toBe(1);
  expect(run.all).toMatch(/b\.tf\.json:\d+.*ConfigMap default\/same is also made by a: .*a\.tf\.json:\d+/);
});

test.runIf(onReal)(
  "a webhook that does not answer: told at once, with whom to see, and nothing is changed",
  async () => {
    const kube = await connectTo(home);
    const hook = {
      ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration" },
      metadata: { name: "badworld" },
      webhooks: [
        {
          name: "hook.badworld.example.com",
          clientConfig: { url: "https://127.0.0.1:9/" },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
          objectSelector: { matchLabels: { hooked: "yes" } },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          timeoutSeconds: 1,
        },
      ],
    };
    await kube.create(hook, "test");
    const map = { ...configMap("hooked", {}), metadata: { name: "hooked", labels: { hooked: "yes" } } };
    const p = place(home, "hooked", { web: { kubernetes_config_map_v1: { m: map } } });
    const run = await p.run(["up", "--yes"]);
    const group = "admissionregistration.k8s.io";
    await kube.delete({ group, version: "v1", kind: hook.kind, namespace: "", name: "badworld" }, background);
    expect(run.exitCode, run.all).toBe(1);
    expect(run.all).toMatch(/failed calling webhook "hook\.badworld/);
    expect(run.all).toMatch(/→ see that the webhook's service runs/);
    expect(await get(kube, "ConfigMap", "default/hooked")).toBeNull();
  },
);
