import { describe, expect, test } from "vitest";
import { configMap, deployment } from "../cli/stacks.ts";
import { changed, connectTo, get, homeWithCluster, itemOf, patch, place, yamlOf } from "./planning.ts";

/** What the plan says, against what the API server then does. One embedded cluster, over TLS, for the whole file. */
const home = homeWithCluster();

const map = (name: string, data: Record<string, string>, more = {}) => ({
  kubernetes_config_map_v1: { page: { ...configMap(name, data), ...more } },
});
const plainMap = (name: string, data: Record<string, string>, annotations: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", annotations },
  data,
});
const changes = (item: { changes: { path: string; before: unknown; after: unknown; cause: { type: string } }[] }) =>
  item.changes.map(({ path, cause }) => `${path} ${cause.type}`);

describe("who changed what", () => {
  test("drift names its manager and time, is set right; what others added stays", async () => {
    const p = place(home, "drift", { web: map("drift", { a: "1", b: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    await patch(kube, "ConfigMap", "default/drift", { data: { a: "2", c: "3" } }, "kubectl-edit");
    const item = itemOf(await p.plan(), "drift");
    expect(item).toMatchObject({ action: "update", force: true });
    expect(item.changes).toMatchObject([
      { path: "data.a", cause: { type: "drift", manager: "kubectl-edit", time: expect.stringMatching(/^20/) } },
    ]);
    await p.up();
    expect((await get(kube, "ConfigMap", "default/drift"))?.["data"]).toEqual({ a: "1", b: "1", c: "3" });
    expect(changed(await p.plan())).toEqual([]);
  });

  test("our label that somebody took off is put back, in plain sight", async () => {
    const p = place(home, "label", { web: map("label", { a: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    const label = { "applyset.kubernetes.io/part-of": null };
    await patch(kube, "ConfigMap", "default/label", { metadata: { labels: label } }, "kubectl-label");
    expect(changes(itemOf(await p.plan(), "label"))).toEqual([
      'metadata.labels["applyset.kubernetes.io/part-of"] drift',
    ]);
    expect((await p.run(["plan"])).stdout).toMatch(/~ ConfigMap default\/label +drift +somebody took a field away/);
    await p.up();
    expect(changed(await p.plan())).toEqual([]);
  });

  test("status tells who wrote over what, without the code; an up sets it right", async () => {
    const p = place(home, "seen", {
      web: { kubernetes_config_map_v1: { a: configMap("seen-a", { a: "1" }), b: configMap("seen-b", { a: "1" }) } },
    });
    await p.up();
    const kube = await connectTo(home);
    expect((await p.run(["status"])).all).toMatch(/2 objects, all ready\.\n$/);
    // What others add is theirs.
    await patch(kube, "ConfigMap", "default/seen-b", { data: { theirs: "x" } }, "kubectl-edit");
    await patch(kube, "ConfigMap", "default/seen-a", { data: { a: "2" } }, "kubectl-edit");
    const status = await p.run(["status"]);
    expect(status.exitCode).toBe(0);
    expect(status.all).toMatch(/ConfigMap default\/seen-a .*kubectl-edit changed it \d+ s ago/);
    expect(status.all).toMatch(/1 object changed by others; `k8sctl plan` shows what/);
    const { objects } = JSON.parse((await p.run(["status", "--output", "json"])).stdout);
    expect(objects.map((o: { drift: unknown }) => o.drift)).toEqual([
      [{ manager: "kubectl-edit", time: expect.any(String) }],
      null,
    ]);
    await p.up();
    expect((await p.run(["status"])).all).not.toMatch(/changed/);
    await patch(kube, "ConfigMap", "default/seen-b", { data: { a: null } }, "kubectl-edit");
    expect((await p.run(["status"])).all).toMatch(/seen-b .*(took a field away|kubectl-edit changed it)/);
  });

  test("a field that somebody took away is drift, not a change of the code; beside a change of the code it counts as one", async () => {
    const p = place(home, "taken", { web: map("taken", { a: "1", b: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    await patch(kube, "ConfigMap", "default/taken", { data: { a: null } }, "kubectl-edit");
    expect(changes(itemOf(await p.plan(), "taken"))).toEqual(["data.a drift"]);
    p.want(map("taken", { a: "1", b: "2" }));
    expect(changes(itemOf(await p.plan(), "taken")).sort()).toEqual(["data.a config", "data.b config"]);
    await p.up();
    expect((await get(kube, "ConfigMap", "default/taken"))?.["data"]).toEqual({ a: "1", b: "2" });
  });

  test("a new field that lives already as wanted becomes ours in the next run, without a change", async () => {
    const p = place(home, "claim", { web: map("claim", { a: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    await patch(kube, "ConfigMap", "default/claim", { data: { b: "1" } }, "kubectl-edit");
    p.want(map("claim", { a: "1", b: "1" }));
    expect(changed(await p.plan())).toEqual([]);
    expect(itemOf(await p.plan(), "claim")).toMatchObject({ action: "unchanged", claims: true });
    await p.up();
    expect(itemOf(await p.plan(), "claim").claims).toBeUndefined();
    // Ours now: what leaves the code leaves our set, and stays as long as the other one wants it.
    expect((await get(kube, "ConfigMap", "default/claim"))?.["data"]).toEqual({ a: "1", b: "1" });
  });

  test("a field of another applier is blocked with its owner, taken only when told to, and then shown as taken", async () => {
    const p = place(home, "conflict", { web: map("conflict", { a: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    await kube.apply(plainMap("conflict", { a: "9" }), { fieldManager: "argo", force: true, dryRun: false });
    const item = itemOf(await p.plan(), "conflict");
    expect(item).toMatchObject({
      action: "blocked",
      changes: [{ path: "data.a", cause: { type: "conflict", manager: "argo" } }],
    });
    const refused = await p.run(["up", "--yes"]);
    expect(refused.exitCode).toBe(1);
    expect((await get(kube, "ConfigMap", "default/conflict"))?.["data"]).toEqual({ a: "9" });
    expect(itemOf(await p.plan("--force-conflicts"), "conflict").consequences).toEqual([
      { type: "takes-field", path: "data.a", from: "argo" },
    ]);
    await p.up("--force-conflicts");
    expect((await get(kube, "ConfigMap", "default/conflict"))?.["data"]).toEqual({ a: "1" });
    expect(changed(await p.plan())).toEqual([]);
  });

  test("--take takes the fields that it names, and only where no other stands in the way", async () => {
    const p = place(home, "take", { web: map("take", { a: "1", b: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    await kube.apply(plainMap("take", { a: "9", b: "9" }), { fieldManager: "argo", force: true, dryRun: false });
    expect(itemOf(await p.plan("--take", "data.a"), "take").action).toBe("blocked");
    expect(itemOf(await p.plan("--take", "Secret:data"), "take").action).toBe("blocked");
    expect(itemOf(await p.plan("--take", "ConfigMap default/take:data"), "take").action).toBe("update");
    expect((await p.run(["plan", "--take", "9"])).exitCode).toBe(1);
    const both = itemOf(await p.plan("--take", "data.a", "--yield", "data.b"), "take");
    expect(both).toMatchObject({ action: "update", force: true, changes: [{ path: "data.a" }] });
    await p.up("--take", "data.a", "--yield", "data.b");
    expect((await get(kube, "ConfigMap", "default/take"))?.["data"]).toEqual({ a: "1", b: "9" });
  });

  test("k8sctl.yaml says once and for all what is taken, shared and yielded", async () => {
    const p = place(home, "rules", { web: map("rules", { a: "1", b: "1", c: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    const theirs = { a: "9", b: "9", c: "9" };
    await kube.apply(plainMap("rules", theirs), { fieldManager: "argo", force: true, dryRun: false });
    const rules = `ownership:
  - { object: ConfigMap default/rules, field: data.a, conflict: take }
  - { object: ConfigMap, field: data.b, conflict: yield }
  - { field: data.c, conflict: share }
`;
    p.write({ "k8sctl.yaml": yamlOf("rules", ["stacks/web.tf.json"]) + rules });
    expect(itemOf(await p.plan(), "rules").consequences).toEqual([
      { type: "takes-field", path: "data.a", from: "argo" },
    ]);
    await p.up();
    expect((await get(kube, "ConfigMap", "default/rules"))?.["data"]).toEqual({ a: "1", b: "9", c: "9" });
    expect(changed(await p.plan())).toEqual([]);
    // The other one lets go: what was shared stays, what was yielded is set by the stack again.
    const { data: _, ...empty } = plainMap("rules", {});
    await kube.apply(empty, { fieldManager: "argo", force: true, dryRun: false });
    expect((await get(kube, "ConfigMap", "default/rules"))?.["data"]).toEqual({ a: "1", c: "9" });
    await p.up();
    expect((await get(kube, "ConfigMap", "default/rules"))?.["data"]).toEqual({ a: "1", b: "1", c: "1" });
  });

  test("a stack says it beside its object; what the project says goes before", async () => {
    const resources = map("beside", { a: "1", b: "1", c: "1" });
    const [one] = Object.values(resources.kubernetes_config_map_v1);
    Object.assign(one as object, { "//": { k8sctl: { ownership: { take: ["data.a"], yield: ["data"] } } } });
    const p = place(home, "beside", { web: map("beside", { a: "1", b: "1", c: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    await kube.apply(plainMap("beside", { a: "9", b: "9", c: "9" }), {
      fieldManager: "argo",
      force: true,
      dryRun: false,
    });
    p.want(resources);
    p.write({
      "k8sctl.yaml": `${yamlOf("beside", ["stacks/web.tf.json"])}ownership:\n  - { object: ConfigMap, field: data.c, conflict: take }\n`,
    });
    await p.up();
    expect((await get(kube, "ConfigMap", "default/beside"))?.["data"]).toEqual({ a: "1", b: "9", c: "1" });
    expect(changed(await p.plan())).toEqual([]);
    Object.assign(one as object, { "//": { k8sctl: { ownership: { steal: ["data.a"] } } } });
    p.want(resources);
    const refused = await p.run(["plan"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.all).toContain("ownership is not one of k8sctl/stacks/ownership");
  });

  test("adopting takes what a former tool set otherwise, in plain sight", async () => {
    const p = place(home, "former", { web: map("former", { a: "1" }) });
    const kube = await connectTo(home);
    await kube.create(plainMap("former", { a: "9", old: "x" }), "kubectl-client-side-apply");
    const item = itemOf(await p.plan(), "former");
    expect(item).toMatchObject({ action: "adopt", why: expect.stringContaining("kubectl-client-side-apply") });
    expect(item.changes.map((c: { path: string }) => c.path)).toEqual(expect.arrayContaining(["data.a", "data.old"]));
    await p.up();
    expect((await get(kube, "ConfigMap", "default/former"))?.["data"]).toEqual({ a: "1" });
    const foreign = place(home, "operated", { web: map("operated", { a: "1" }) });
    await kube.create(plainMap("operated", { a: "9" }), "some-operator");
    expect(itemOf(await foreign.plan(), "operated").action).toBe("blocked");
  });

  test("ignore_changes leaves a field to others", async () => {
    const p = place(home, "ignore", {
      web: map("ignore", { a: "1", b: "1" }, { lifecycle: { ignore_changes: ["data"] } }),
    });
    await p.up();
    const kube = await connectTo(home);
    await patch(kube, "ConfigMap", "default/ignore", { data: { a: "2" } }, "kubectl-edit");
    expect(itemOf(await p.plan(), "ignore").changes).toEqual([]);
    await p.up();
    expect((await get(kube, "ConfigMap", "default/ignore"))?.["data"]).toEqual({ a: "2", b: "1" });
  });
});

describe("what was there before", () => {
  test("adopting what kubectl applied takes its fields over: what the code lacks goes, as the plan said", async () => {
    const kube = await connectToCluster();
    const last = { "kubectl.kubernetes.io/last-applied-configuration": "{}\n", note: "mine" };
    await kube.create(plainMap("csa", { a: "1", b: "1" }, last), "kubectl-client-side-apply");
    await patch(kube, "ConfigMap", "default/csa", { metadata: { annotations: { seen: "yes" } } }, "some-operator");
    const p = place(home, "csa", { web: map("csa", { a: "1" }) });
    const item = itemOf(await p.plan(), "csa");
    expect(item).toMatchObject({ action: "adopt", why: "exists already; taken over from kubectl-client-side-apply" });
    expect(item.changes.filter((c: { after: { kind: string } }) => c.after.kind === "absent")).toMatchObject([
      { path: 'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]' },
      { path: "metadata.annotations.note" },
      { path: "data.b", before: { value: "1" }, cause: { type: "config" } },
    ]);
    await p.up();
    const live = await get(kube, "ConfigMap", "default/csa");
    expect(live?.["data"]).toEqual({ a: "1" });
    expect(live?.metadata.annotations).toEqual({ seen: "yes" });
    p.want(map("csa", {}));
    await p.up();
    expect((await get(kube, "ConfigMap", "default/csa"))?.["data"] ?? {}).toEqual({});
  });

  test("an object of another project is blocked with its owner, also under --force-conflicts", async () => {
    const owner = place(home, "owner", { web: map("owned", { a: "1" }) });
    await owner.up();
    const p = place(home, "taker", { web: map("owned", { a: "2" }) });
    for (const more of [[], ["--force-conflicts"]]) {
      expect(itemOf(await p.plan(...more), "owned")).toMatchObject({
        action: "blocked",
        why: expect.stringContaining("it belongs to project owner"),
      });
    }
    // No field is at fault, so no remedy speaks of one.
    const refused = await p.run(["up", "--yes"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.all).not.toContain("field");
  });

  test("an object moves between stacks of one project, and only with both in the run", async () => {
    const p = place(home, "move", { one: map("moved", { a: "1" }), two: {} });
    await p.up();
    p.want({}, "one");
    p.want(map("moved", { a: "1" }), "two");
    expect(itemOf(await p.plan("--stack", "two"), "moved")).toMatchObject({
      action: "blocked",
      why: "it belongs to stack one, which is not part of this run",
    });
    expect(itemOf(await p.plan(), "moved")).toMatchObject({ action: "update", why: "moves here from stack one" });
    await p.up();
    expect(changed(await p.plan())).toEqual([]);
    const down = await p.run(["down", "--yes", "--stack", "one"]);
    expect(down.exitCode, down.all).toBe(0);
    expect(await get(await connectTo(home), "ConfigMap", "default/moved")).not.toBeNull();
  });

  async function connectToCluster() {
    await place(home, "first", { web: map("first", {}) }).up();
    return connectTo(home);
  }
});

describe("replicas", () => {
  const scaled = { kubernetes_deployment_v1: { web: deployment("scaled", { replicas: 2 }) } };
  const scaler = {
    kubernetes_horizontal_pod_autoscaler_v2: {
      web: {
        metadata: { name: "scaled", namespace: "default" },
        spec: {
          min_replicas: 1,
          max_replicas: 9,
          scale_target_ref: { api_version: "apps/v1", kind: "Deployment", name: "scaled" },
        },
      },
    },
  };

  test.each([
    ["of this stack", { ...scaled, ...scaler }],
    ["of somebody else", scaled],
  ])("are yielded to an autoscaler %s", async (_, resources) => {
    const p = place(home, "scaled", { web: resources });
    await p.up();
    const kube = await connectTo(home);
    const before = await get(kube, "Deployment", "default/scaled");
    // As the autoscaler writes: through the scale subresource, in the controller manager's name.
    const managedFields = [
      ...(before?.metadata.managedFields ?? []).map((entry) =>
        entry.manager === "k8sctl:scaled" ? { ...entry, fieldsV1: withoutReplicas(entry.fieldsV1) } : entry,
      ),
      {
        manager: "kube-controller-manager",
        operation: "Update",
        apiVersion: "apps/v1",
        subresource: "scale",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { "f:replicas": {} } },
      },
    ];
    await patch(kube, "Deployment", "default/scaled", { spec: { replicas: 5 } }, "setup");
    await patch(kube, "Deployment", "default/scaled", { metadata: { managedFields } } as never, "setup");
    expect(itemOf(await p.plan(), "scaled")).toMatchObject({
      action: expect.stringMatching(/unchanged|update/),
      changes: [],
    });
    await p.up();
    expect((await get(kube, "Deployment", "default/scaled"))?.["spec"]).toMatchObject({ replicas: 5 });
    await p.run(["down", "--yes", "--keep-cluster"]);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: fieldsV1 is a tree without a type.
function withoutReplicas(fields: any) {
  const { "f:replicas": _, ...spec } = fields["f:spec"];
  return { ...fields, "f:spec": spec };
}

describe("objects on their way out", () => {
  test("an object that is being deleted is made anew when it is gone", async () => {
    const p = place(home, "leaving", { web: map("leaving", { a: "1" }) });
    await p.up();
    const kube = await connectTo(home);
    await patch(kube, "ConfigMap", "default/leaving", { metadata: { finalizers: ["example.com/hold"] } }, "holder");
    const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "default", name: "leaving" };
    await kube.delete(ref, { propagation: "Background" });
    expect(itemOf(await p.plan(), "leaving")).toMatchObject({
      action: "replace",
      consequences: [{ type: "replace", message: "it is being deleted, and is made anew when it is gone" }],
    });
    const uid = (await kube.get(ref))?.metadata.uid;
    const running = p.up();
    await patch(kube, "ConfigMap", "default/leaving", { metadata: { finalizers: null } } as never, "holder");
    await running;
    const live = await kube.get(ref);
    expect(live?.metadata.uid).not.toBe(uid);
    expect(live?.["data"]).toEqual({ a: "1" });
  });

  test("immutable fields are a replace; prune and forget say why", async () => {
    const job = (image: string) => ({
      metadata: { name: "migrate", namespace: "default" },
      spec: { template: { metadata: {}, spec: { container: [{ name: "m", image }], restart_policy: "Never" } } },
      wait_for_completion: false,
    });
    const both = { ...map("gone", {}), kubernetes_job_v1: { migrate: job("m:1") } };
    const p = place(home, "replace", { web: both });
    await p.up();
    const kube = await connectTo(home);
    p.want({ kubernetes_job_v1: { migrate: job("m:2") } });
    const plan = await p.plan();
    expect(changed(plan)).toEqual(["replace Job default/migrate", "delete ConfigMap default/gone"]);
    expect(itemOf(plan, "migrate").consequences[0]).toMatchObject({ type: "replace", fields: ["spec.template"] });
    expect(itemOf(plan, "gone").why).toBe("no longer in stacks/web.tf.json");
    await kube.delete(
      { group: "", version: "v1", kind: "ConfigMap", namespace: "default", name: "gone" },
      { propagation: "Background" },
    );
    expect(itemOf(await p.plan(), "gone")).toMatchObject({ action: "forget", why: "it is already gone" });
    await p.up();
    expect(changed(await p.plan())).toEqual([]);
  });
});
