import { describe, expect, test } from "vitest";
import type { Desired, FieldPath, Template } from "../../src/model/desired.ts";
import { Unknown } from "../../src/model/desired.ts";
import { objectKey } from "../../src/model/ids.ts";
import type { Inventory, InventoryEntry } from "../../src/model/inventory.ts";
import type { KubeObject, ManagedFieldsEntry } from "../../src/model/objects.ts";
import { idOf } from "../../src/model/objects.ts";
import type { Observed, ObservedAnswer } from "../../src/model/observed.ts";
import type { OwnershipRule } from "../../src/model/ownership.ts";
import type { Plan, PlanItem } from "../../src/model/plan.ts";
import { applySetId } from "../../src/plan/applyset.ts";
import { bodyOf } from "../../src/plan/body.ts";
import { buildPlan } from "../../src/plan/build.ts";
import { idleRules } from "../../src/plan/ownership-rules.ts";

const MANAGER = "k8sctl:shop";
const SET = applySetId("shop", "web", "default");

function deployment(image: string, extra: Partial<Desired> = {}, env: Template = null): Desired {
  const container = { name: "web", image, ...(env === null ? {} : { env }) };
  const object = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "shop", namespace: "web" },
    spec: { replicas: 3, template: { spec: { containers: [container] } } },
  };
  return {
    id: { group: "apps", kind: "Deployment", namespace: "web", name: "shop" },
    origin: {
      stack: "web",
      address: "kubernetes_deployment_v1.shop",
      constructPath: "web/shop",
      position: { file: "stacks/web.ts", line: 7 },
    },
    object,
    sensitive: [],
    dependsOn: [],
    lifecycle: { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [] },
    wait: { skip: false, timeoutSeconds: null },
    ...extra,
  };
}

function live(image: string, managedFields: ManagedFieldsEntry[] = [ours]): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "shop",
      namespace: "web",
      uid: "u1",
      generation: 4,
      resourceVersion: "9",
      labels: { "applyset.kubernetes.io/part-of": SET },
      managedFields,
    },
    spec: { replicas: 3, template: { spec: { containers: [{ name: "web", image }] } } },
    status: { readyReplicas: 3 },
  };
}

const imageFields = {
  "f:spec": {
    "f:template": { "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {}, "f:name": {} } } } },
  },
};
const ours: ManagedFieldsEntry = { manager: MANAGER, operation: "Apply", apiVersion: "apps/v1", fieldsV1: imageFields };
const edited: ManagedFieldsEntry = {
  manager: "kubectl-edit",
  operation: "Update",
  apiVersion: "apps/v1",
  time: "2026-11-21T00:00:00Z",
  fieldsV1: imageFields,
};

function plan(options: {
  desired?: Desired[];
  live?: KubeObject | null;
  owned?: boolean;
  answer?: ObservedAnswer;
  entries?: InventoryEntry[];
  leftovers?: (KubeObject | null)[];
  forceConflicts?: boolean;
  ownership?: readonly OwnershipRule[];
}): Plan {
  const desired = options.desired ?? [];
  const observed = new Map<string, Observed>();
  const bodies = new Map(desired.map((d) => [objectKey(d.id), bodyOf(d, options.live ?? null, SET, false)] as const));
  for (const { id } of desired) {
    if (options.answer === undefined) continue;
    observed.set(objectKey(id), {
      id,
      live: options.live ?? null,
      owned: options.owned ?? true,
      answer: options.answer,
    });
  }
  const inventory: Inventory = {
    project: "shop",
    stack: "web",
    after: [],
    entries: options.entries ?? [],
    generated: {},
    outputs: {},
  };
  const leftovers = new Map(
    (options.entries ?? []).map((entry, i) => [objectKey(entry.id), options.leftovers?.[i] ?? null] as const),
  );
  return buildPlan({
    project: "shop",
    cluster: { name: "kind/dev", provider: "kind", action: "unchanged", version: "v1.34.1", nodes: 1 },
    stacks: [{ name: "web", file: "stacks/web.ts", after: [] }],
    desired,
    generated: [],
    observed,
    bodies,
    inventories: options.entries === undefined ? [] : [inventory],
    leftovers,
    applySets: new Map([["web", SET]]),
    setOwners: new Map([[SET, "web"]]),
    fieldManager: MANAGER,
    forceConflicts: options.forceConflicts ?? false,
    ownership: options.ownership ?? [],
  });
}

function only(result: Plan): PlanItem {
  const items = result.stacks.flatMap((stack) => stack.items);
  expect(items).toHaveLength(1);
  return items[0]!;
}

const dryRun = (result: KubeObject): ObservedAnswer => ({ type: "dry-run", result, warnings: [] });
const refusal = (status: number, message: string, field = "spec.selector"): ObservedAnswer => ({
  type: "refused",
  refusal: { status, reason: "Invalid", message, causes: [{ reason: "FieldValueInvalid", message, field }] },
});
const conflict = (manager: string, forced: KubeObject): ObservedAnswer => ({
  type: "conflict",
  refusal: {
    status: 409,
    reason: "Conflict",
    message: `Apply failed with 1 conflict: conflict with "${manager}" using apps/v1`,
    causes: [{ reason: "FieldManagerConflict", message: `conflict with "${manager}" using apps/v1`, field: ".spec" }],
  },
  forced,
});

/** Fits the schema: what cannot be asked about is held to it. */
const whole = deployment("nginx:1", {
  object: {
    ...deployment("nginx:1").object,
    spec: {
      selector: { matchLabels: { app: "shop" } },
      template: { metadata: { labels: { app: "shop" } }, spec: { containers: [{ name: "web", image: "nginx:1" }] } },
    },
  },
});

describe("buildPlan", () => {
  test("a missing object is created, with every field that will be sent", () => {
    const item = only(plan({ desired: [deployment("nginx:1")], answer: dryRun(live("nginx:1")) }));
    expect(item.action).toBe("create");
    expect(item.changes.map((c) => c.path)).toEqual([
      "spec.replicas",
      "spec.template.spec.containers[web].name",
      "spec.template.spec.containers[web].image",
    ]);
    expect(item.sent?.["metadata"]).toMatchObject({ labels: { "applyset.kubernetes.io/part-of": SET } });
  });

  test("what cannot be asked is predicted and says why", () => {
    const answer: ObservedAnswer = {
      type: "predicted",
      prediction: { because: "namespace-missing", namespace: "web" },
    };
    expect(only(plan({ desired: [whole], answer }))).toMatchObject({
      action: "create",
      prediction: { because: "namespace-missing", namespace: "web" },
    });
  });

  test("what the schema refuses is blocked before anything is made for it; a sensitive value is not quoted", () => {
    const spec = { ...(whole.object["spec"] as object), replicas: "hunter2" } as Template;
    const wrong = { ...whole, object: { ...whole.object, spec } };
    expect(only(plan({ desired: [wrong] }))).toMatchObject({
      action: "blocked",
      why: expect.stringMatching(/^spec\.replicas /),
    });
    const marked = only(plan({ desired: [{ ...wrong, sensitive: [["spec", "replicas"]] }] }));
    expect(marked.why).toBe("spec.replicas does not fit the schema");
  });

  test("no cluster at all: everything is a create", () => {
    const result = plan({ desired: [whole] });
    expect(only(result).prediction).toEqual({ because: "cluster-missing" });
    expect(result.counts.create).toBe(1);
  });

  test("our own change of an image: update, cause config, restarts as many pods as there are replicas", () => {
    const item = only(
      plan({ desired: [deployment("nginx:2")], live: live("nginx:1"), answer: dryRun(live("nginx:2")) }),
    );
    expect(item).toMatchObject({
      action: "update",
      uid: "u1",
      changes: [
        {
          path: "spec.template.spec.containers[web].image",
          before: { kind: "value", value: "nginx:1" },
          after: { kind: "value", value: "nginx:2" },
          cause: { type: "config" },
        },
      ],
      consequences: [{ type: "restarts-pods", pods: 3 }],
    });
  });

  test.each([
    [5, 3],
    [2, 2],
    [0, 0],
  ])("with %i replicas from now on, of the three that run %i restart", (replicas, pods) => {
    const result = live("nginx:2");
    result["spec"] = { ...(result["spec"] as object), replicas };
    const wanted = deployment("nginx:2");
    const spec = { ...(wanted.object["spec"] as { readonly [key: string]: Template }), replicas };
    const item = only(
      plan({
        desired: [{ ...wanted, object: { ...wanted.object, spec } }],
        live: live("nginx:1"),
        answer: dryRun(result),
      }),
    );
    expect(item.consequences).toEqual(pods === 0 ? [] : [{ type: "restarts-pods", pods }]);
  });

  test("a restart means what the stack says that it means", () => {
    const meanwhile = "nobody can buy";
    const told = { ...deployment("nginx:2"), duringRestart: meanwhile };
    const item = only(plan({ desired: [told], live: live("nginx:1"), answer: dryRun(live("nginx:2")) }));
    expect(item.consequences).toEqual([{ type: "restarts-pods", pods: 3, meanwhile }]);
  });

  test.each([
    ["nginx:1.4.1", "nginx:1.4.0", "older", false],
    ["nginx:1.4", "nginx:1.3.9", "older", true],
    ["r.io:5000/a/nginx:v2.0@sha256:1a", "r.io:5000/a/nginx:v1.9", "older", true],
    ["nginx:1.9", "nginx:2.0", "older", false],
    ["nginx:1.9", "nginx:2.0", "major", true],
    ["nginx:2.1", "nginx:1.9", "major", true],
    ["nginx:1.9", "nginx:1.10", "major", false],
    ["nginx:latest", "nginx:1.10", "major", false],
    ["r.io:5000/nginx", "r.io:4000/nginx", "older", false],
  ] as const)("from %s to %s: a rule on %s versions holds: %s", (from, to, rule, broken) => {
    const versionRules = [{ container: "web", to: rule, says: "mind the data", refuse: false }];
    const given = { live: live(from), answer: dryRun(live(to)) };
    const warned = only(plan({ desired: [deployment(to, { versionRules })], ...given }));
    expect(warned).toMatchObject({ action: "update", warnings: broken ? ["mind the data"] : [] });
    const refusing = deployment(to, { versionRules: versionRules.map((each) => ({ ...each, refuse: true })) });
    const refused = only(plan({ desired: [refusing], ...given }));
    expect(refused).toMatchObject(
      broken ? { action: "blocked", why: "mind the data", consequences: [] } : { action: "update", why: "" },
    );
    const other = deployment(to, { versionRules: versionRules.map((each) => ({ ...each, container: "db" })) });
    expect(only(plan({ desired: [other], ...given })).warnings).toEqual([]);
  });

  test("a stack's warning of a change stands where there is one", () => {
    const warned = { ...deployment("nginx:2"), warnOnChange: "no way back" };
    const warningsAt = (image: string) =>
      only(plan({ desired: [warned], live: live(image), answer: dryRun(live("nginx:2")) })).warnings;
    expect([warningsAt("nginx:1"), warningsAt("nginx:2")]).toEqual([["no way back"], []]);
  });

  test("bookkeeping of the server is no change", () => {
    const result = live("nginx:1");
    result.metadata = { ...result.metadata, generation: 5, resourceVersion: "10", managedFields: [] };
    result["status"] = {};
    const item = only(plan({ desired: [deployment("nginx:1")], live: live("nginx:1"), answer: dryRun(result) }));
    expect(item).toMatchObject({ action: "unchanged", changes: [] });
  });

  test("an edit by a person is drift, set right by force, and shown with who and when", () => {
    const answer = conflict("kubectl-edit", live("nginx:1"));
    const item = only(plan({ desired: [deployment("nginx:1")], live: live("nginx:9", [edited]), answer }));
    expect(item).toMatchObject({
      action: "update",
      force: true,
      changes: [{ cause: { type: "drift", manager: "kubectl-edit", time: "2026-11-21T00:00:00Z" } }],
    });
  });

  test.each([
    ["kubectl scale is drift", "kubectl", "update"],
    ["an autoscaler is an owner", "kube-controller-manager", "blocked"],
  ])("a write through the scale subresource: %s", (_name, manager, action) => {
    const scaled: ManagedFieldsEntry = { ...edited, manager, subresource: "scale" };
    const answer = conflict(manager, live("nginx:1"));
    const item = only(plan({ desired: [deployment("nginx:1")], live: live("nginx:9", [scaled]), answer }));
    expect(item.action).toBe(action);
  });

  test.each([
    ["kubectl scale gives way", "kubectl", "scale", [], "adopt"],
    ["kubectl edit gives way", "kubectl-edit", "", [], "adopt"],
    ["any other writer is an owner", "rancher", "", [], "blocked"],
    [
      "from whom a rule takes",
      "rancher",
      "",
      [{ kind: null, namespace: null, name: null, field: "spec.template", conflict: "take" }],
      "adopt",
    ],
  ] as const)("to adopt: %s", (_name, manager, subresource, ownership, action) => {
    const wrote: ManagedFieldsEntry = { ...edited, manager, subresource };
    const answer = conflict(manager, live("nginx:1"));
    const there = live("nginx:9", [wrote]);
    const item = only(plan({ desired: [deployment("nginx:1")], live: there, owned: false, answer, ownership }));
    expect(item.action).toBe(action);
    expect(item.changes.map(({ cause }) => cause.type)).toEqual([manager === "rancher" ? "conflict" : "config"]);
  });

  test("a rule of the command line that is for no object is told, with the nearest one", () => {
    const rule = (kind: string | null, name: string | null = null): OwnershipRule => ({
      ...{ kind, namespace: name === null ? null : "data", name, field: "spec.replicas", conflict: "take" },
    });
    const there = deployment("nginx:1");
    const { namespace, name } = there.id;
    const fitting = { ...rule("Deployment", name), namespace };
    expect(idleRules([rule(null), rule("Deployment"), fitting], [there])).toEqual([]);
    expect(idleRules([rule("Deploymnt"), rule("Secret", "nothing-like-it")], [there])).toMatchObject([
      { code: "ownership-idle", remedy: 'did you mean "Deployment"?' },
      {
        message:
          '--take "Secret data/nothing-like-it:spec.replicas": no object of the stacks is Secret data/nothing-like-it',
      },
    ]);
  });

  test("a field that another applier claims is blocked, and taken only with --force-conflicts", () => {
    const theirs: ManagedFieldsEntry = { ...edited, manager: "argocd", operation: "Apply" };
    const options = {
      desired: [deployment("nginx:1")],
      live: live("nginx:9", [theirs]),
      answer: conflict("argocd", live("nginx:1")),
    };
    expect(only(plan(options))).toMatchObject({ action: "blocked", force: false });
    const taken = only(plan({ ...options, forceConflicts: true }));
    expect(taken).toMatchObject({ action: "update", force: true });
    expect(taken.consequences).toContainEqual({
      type: "takes-field",
      path: "spec.template.spec.containers[web].image",
      from: "argocd",
    });
  });

  test("an object that exists without our label is adopted, never created", () => {
    const item = only(
      plan({ desired: [deployment("nginx:1")], live: live("nginx:1"), owned: false, answer: dryRun(live("nginx:1")) }),
    );
    expect(item.action).toBe("adopt");
  });

  test.each([
    ["an immutable field is a replace", "field is immutable", {}, "replace"],
    ["with prevent_destroy it is blocked", "field is immutable", { lifecycle: true }, "blocked"],
    ["any other refusal is blocked", "must be no more than 63 characters", {}, "blocked"],
  ])("%s", (_name, message, options, action) => {
    const lifecycle = { preventDestroy: true, createBeforeDestroy: false, ignoreChanges: [] as FieldPath[] };
    const desired = deployment("nginx:2", "lifecycle" in options ? { lifecycle } : {});
    const item = only(plan({ desired: [desired], live: live("nginx:1"), answer: refusal(422, message) }));
    expect(item.action).toBe(action);
  });

  test("a replace of a workload says how many pods go with it", () => {
    const { consequences } = only(
      plan({ desired: [deployment("nginx:2")], live: live("nginx:1"), answer: refusal(422, "field is immutable") }),
    );
    expect(consequences.map(({ type }) => type)).toEqual(["replace", "restarts-pods"]);
  });

  test("a replace shows only what we send, never what the server would fill in", () => {
    const old = live("nginx:1");
    (old["spec"] as { [key: string]: unknown })["revisionHistoryLimit"] = 10;
    const item = only(
      plan({ desired: [deployment("nginx:2")], live: old, answer: refusal(422, "field is immutable") }),
    );
    expect(item.changes.map((c) => c.path)).toEqual(["spec.template.spec.containers[web].image"]);
    expect(item.consequences[0]).toMatchObject({ type: "replace", fields: ["spec.selector"] });
  });

  test("ignore_changes keeps the live value in what is sent", () => {
    const path = ["spec", "template", "spec", "containers", 0, "image"];
    const desired = deployment("nginx:2", {
      lifecycle: { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [path] },
    });
    expect(JSON.stringify(bodyOf(desired, live("nginx:7"), SET, false))).toContain("nginx:7");
    expect(JSON.stringify(bodyOf(desired, null, SET, false))).toContain("nginx:2");
  });

  test("a sensitive value is never in the plan's changes, old or new", () => {
    const env = [{ name: "PASSWORD", value: "hunter2" }];
    const desired = deployment(
      "nginx:1",
      { sensitive: [["spec", "template", "spec", "containers", 0, "env", 0, "value"]] },
      env,
    );
    const before = live("nginx:1");
    const spec = before["spec"] as { template: { spec: { containers: { env?: unknown }[] } } };
    spec.template.spec.containers[0]!.env = [{ name: "PASSWORD", value: "hunter1" }];
    const after = structuredClone(before);
    (after["spec"] as typeof spec).template.spec.containers[0]!.env = env;
    const item = only(plan({ desired: [desired], live: before, answer: dryRun(after) }));
    expect(item.changes).toMatchObject([{ before: { kind: "sensitive" }, after: { kind: "sensitive" } }]);
    expect(JSON.stringify(item.changes)).not.toMatch(/hunter/);
  });

  test("a value that is not known yet shows as such although a stand-in was asked about", () => {
    const env = [{ name: "HOST", value: new Unknown("${x.y}", ["x"], false) }];
    const desired = deployment("nginx:1", {}, env);
    const before = live("nginx:1");
    const spec = before["spec"] as { template: { spec: { containers: { env?: unknown }[] } } };
    spec.template.spec.containers[0]!.env = [{ name: "HOST", value: "old" }];
    const item = only(plan({ desired: [desired], live: before, answer: dryRun(structuredClone(before)) }));
    expect(item.changes).toMatchObject([
      { path: "spec.template.spec.containers[web].env[HOST].value", after: { kind: "unknown", expression: "${x.y}" } },
    ]);
  });
});

describe("objects that are no longer wanted", () => {
  const entry: InventoryEntry = {
    id: idOf(live("x")),
    version: "v1",
    uid: "u1",
    address: "kubernetes_deployment_v1.shop",
    dependsOn: [],
    preventDestroy: false,
  };

  test.each<[string, Partial<InventoryEntry>, KubeObject | null, string, string]>([
    ["is deleted with the uid as precondition", {}, live("x"), "delete", "no longer in stacks/web.ts"],
    ["is forgotten when it is gone", {}, null, "forget", "it is already gone"],
    [
      "is forgotten when another took its name",
      { uid: "u0" },
      live("x"),
      "forget",
      "another object has taken its name",
    ],
    [
      "is kept under prevent_destroy",
      { preventDestroy: true },
      live("x"),
      "blocked",
      "prevent_destroy forbids its deletion",
    ],
  ])("%s", (_name, extra, found, action, why) => {
    const item = only(plan({ entries: [{ ...entry, ...extra }], leftovers: [found] }));
    expect(item).toMatchObject({ action, why });
  });
});
