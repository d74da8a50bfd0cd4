import { objectKey } from "../../src/model/ids.ts";
import type { FieldChange, Plan, PlanAction, PlanItem, Shown, StackPlan } from "../../src/model/plan.ts";

/** `v(1)` is a value; `absent`, `sensitive` and `unknown` stand for themselves. */
export const v = (value: unknown): Shown => ({ kind: "value", value });
export const absent: Shown = { kind: "absent" };
export const sensitive: Shown = { kind: "sensitive" };
export const unknown: Shown = { kind: "unknown", expression: "${kubernetes_service_v1.lb.status[0].address}" };

export function change(
  path: string,
  before: Shown,
  after: Shown,
  cause: FieldChange["cause"] = { type: "config" },
): FieldChange {
  return { path, before, after, cause };
}

/** `item("update", "apps Deployment web/shop")`: group (`-` for core), kind, namespace/name. */
export function item(action: PlanAction, text: string, rest: Partial<PlanItem> = {}): PlanItem {
  const [group = "", kind = "", place = ""] = text.split(" ");
  const [namespace, name] = place.includes("/") ? (place.split("/") as [string, string]) : ["", place];
  const id = { group: group === "-" ? "" : group, kind, namespace, name };
  return {
    id,
    key: objectKey(id),
    action,
    stack: "shop",
    origin: null,
    sensitive: [],
    sent: null,
    apiVersion: group === "-" ? "v1" : `${group}/v1`,
    uid: null,
    changes: [],
    consequences: [],
    prediction: null,
    refusal: null,
    warnings: [],
    why: "",
    dependsOn: [],
    lifecycle: { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [] },
    wait: { skip: false, timeoutSeconds: null },
    force: false,
    ...rest,
  };
}

export function plan(stacks: Record<string, PlanItem[]>, rest: Partial<Plan> = {}): Plan {
  const list = Object.entries(stacks).map(
    ([name, items]): StackPlan => ({
      name,
      file: `stacks/${name}.ts`,
      after: [],
      items: items.map((i) => ({ ...i, stack: name })),
      generated: [],
    }),
  );
  const all = list.flatMap((s) => s.items);
  const count = (action: PlanAction) => all.filter((i) => i.action === action).length;
  return {
    project: "shop",
    cluster: { name: "dev", provider: "kind", action: "unchanged", version: "v1.34.1", nodes: 3 },
    stacks: list,
    counts: {
      create: count("create"),
      update: count("update"),
      replace: count("replace"),
      delete: count("delete"),
      unchanged: count("unchanged"),
      adopt: count("adopt"),
      forget: count("forget"),
      blocked: count("blocked"),
    },
    ...rest,
  };
}

/** The plan of DESIGN.md, "What people see". */
export function designPlan(): Plan {
  return plan({
    postgres: [
      item("update", "apps StatefulSet data/postgres", {
        changes: [change("spec.template.spec.containers[postgres].image", v("postgres:17.6"), v("postgres:17.7"))],
        consequences: [{ type: "restarts-pods", pods: 1 }],
      }),
      item("update", "apps Deployment web/shop", {
        changes: [
          change("spec.template.spec.containers[web].env[LOG]", v("debug"), v("info"), {
            type: "drift",
            manager: "kubectl-edit",
            time: "2026-11-20T09:00:00Z",
          }),
        ],
      }),
      item("replace", "batch Job data/migrate", {
        consequences: [{ type: "replace", fields: ["spec.template"], message: "spec.template is immutable" }],
        changes: [change("spec.template.spec.containers[migrate].image", v("shop:1"), v("shop:2"))],
      }),
      item("create", "- ConfigMap data/postgres-hba", { changes: [change("data[hba]", absent, v("a\nb\n"))] }),
      item("delete", "- Secret data/old-password", { why: "no longer in stacks/postgres.ts" }),
      item("unchanged", "- Service data/postgres"),
    ],
  });
}
