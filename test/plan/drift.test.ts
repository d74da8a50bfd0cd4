import { expect, test } from "vitest";
import type { Inventory } from "../../src/model/inventory.ts";
import { driftOf, seenAlive, tellDeleted } from "../../src/plan/drift.ts";
import { renderPlan } from "../../src/view/plan-text.ts";
import { item, plan } from "../view/plans.ts";

const page = item("create", "- ConfigMap web/page");
const fresh = item("create", "- ConfigMap web/fresh");
const web = item("unchanged", "apps Deployment web/web");

/** An inventory that saw `page` alive, and only promised `fresh`. */
const inventory: Inventory = {
  ...{ project: "shop", stack: "shop", after: [], generated: {}, outputs: {} },
  entries: [page, fresh].map(({ id }) => ({
    ...{ id, version: "v1", uid: id.name === "page" ? "uid-1" : null, address: id.name, dependsOn: [] },
    preventDestroy: false,
  })),
};

test("a plan of everything says which new object was there before", () => {
  const told = tellDeleted(plan({ shop: [page, fresh, web] }), seenAlive([inventory]));
  expect(told.stacks[0]!.items.map(({ why }) => why)).toEqual(["it was deleted since the last apply", "", ""]);
});

test("a plan of drift counts what others did", () => {
  const screen = { colour: false, unicode: true, columns: 100, drift: true };
  const last = (items: Parameters<typeof plan>[0]["shop"]): string | undefined =>
    renderPlan(driftOf(plan({ shop: items! }), seenAlive([inventory])), screen)
      .trimEnd()
      .split("\n")
      .at(-1);
  expect(last([page, fresh, web])).toBe("Drift: 1 deleted, 1 as the last apply left it. `k8sctl up` sets it right.");
  expect(last([web])).toBe("No drift: on kind/dev, it is as the last apply left it.");
  expect(last([])).toBe("No drift. The stacks hold no objects.");
});
