import { describe, expect, test } from "vitest";
import { renderPlan } from "../../src/view/plan-text.ts";
import { absent, change, designPlan, item, plan, sensitive, unknown, v } from "./plans.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const screen = { columns: 100, colour: false, unicode: true, now };
const text = (...lines: string[]) => `${lines.join("\n")}\n`;

/** The body of a plan with one item: without header, stack line and sentence. */
function body(planned: ReturnType<typeof item>, options: Partial<Parameters<typeof renderPlan>[1]> = {}) {
  return renderPlan(plan({ shop: [planned] }), { ...screen, ...options })
    .split("\n")
    .slice(2, -2)
    .join("\n");
}

describe("the plan of DESIGN.md", () => {
  test("at 100 columns", () => {
    expect(renderPlan(designPlan(), screen)).toBe(
      text(
        "cluster kind/dev  3 nodes, v1.34.1                                                1 stack, 6 objects",
        "postgres                                                                          stacks/postgres.ts",
        "  ~ StatefulSet data/postgres     config   restarts 1 pod",
        "      spec.template.spec.containers[postgres].image  postgres:17.6 → postgres:17.7",
        "  ~ Deployment web/shop           drift    kubectl-edit changed it 3 h ago",
        "      spec.template.spec.containers[web].env[LOG]  debug → info",
        "  -/+ Job data/migrate            replace  spec.template is immutable",
        "      spec.template.spec.containers[migrate].image  shop:1 → shop:2",
        "  + ConfigMap data/postgres-hba",
        "  - Secret data/old-password      pruned   no longer in stacks/postgres.ts",
        "Plan: 1 to add, 2 to change, 1 to replace, 1 to delete, 1 unchanged.",
      ),
    );
  });

  test("what a restart means stands beside it", () => {
    const restarts = { type: "restarts-pods", pods: 1, meanwhile: "nobody can write" } as const;
    const told = plan({ db: [item("update", "apps StatefulSet data/db", { consequences: [restarts] })] });
    expect(renderPlan(told, screen)).toContain("restarts 1 pod: nobody can write\n");
  });

  test("at 40 columns every fact is still there", () => {
    expect(renderPlan(designPlan(), { ...screen, columns: 40 })).toBe(
      text(
        "cluster kind/dev  3 nodes, v1.34.1",
        "postgres              stacks/postgres.ts",
        "  ~ StatefulSet data/postgres",
        "      config: restarts 1 pod",
        "      …e.spec.containers[postgres].image",
        "        - postgres:17.6",
        "        + postgres:17.7",
        "  ~ Deployment web/shop        drift",
        "      kubectl-edit changed it 3 h ago",
        "      …ate.spec.containers[web].env[LOG]",
        "        - debug",
        "        + info",
        "  -/+ Job data/migrate         replace",
        "      spec.template is immutable",
        "      …te.spec.containers[migrate].image",
        "        - shop:1",
        "        + shop:2",
        "  + ConfigMap data/postgres-hba",
        "  - Secret data/old-password   pruned",
        "      no longer in stacks/postgres.ts",
        "Plan: 1 to add, 2 to change, 1 to",
        "replace, 1 to delete, 1 unchanged.",
      ),
    );
  });

  test("with unchanged objects, in ASCII", () => {
    const shown = renderPlan(designPlan(), { ...screen, unicode: false, showUnchanged: true });
    expect(shown).toContain("    Service data/postgres\n");
    expect(shown).toContain("postgres:17.6 -> postgres:17.7");
    expect(shown).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe("one item", () => {
  test("a list of named elements shows the elements that differ", () => {
    const env = (pairs: Record<string, string>) => v(Object.entries(pairs).map(([name, value]) => ({ name, value })));
    expect(
      body(
        item("update", "apps Deployment web/shop", {
          changes: [
            change("spec.containers[web].env", env({ A: "x", B: "y", Z: "z" }), env({ A: "w", C: "v", Z: "z" })),
          ],
        }),
      ),
    ).toBe(
      [
        "  ~ Deployment web/shop   config",
        "      spec.containers[web].env[A]  x → w",
        "    - spec.containers[web].env[B]  y",
        "    + spec.containers[web].env[C]  v",
      ].join("\n"),
    );
  });

  test("a container that is new shows each of its fields once", () => {
    const added = v({ name: "side", image: "side:1", env: [{ name: "A", value: "x" }] });
    const changes = [
      change("spec.containers", v([{ name: "web" }]), v([{ name: "web" }, (added as { value: unknown }).value])),
    ];
    expect(body(item("update", "apps Deployment web/shop", { changes }))).toBe(
      [
        "  ~ Deployment web/shop   config",
        "    + spec.containers[side].image   side:1",
        "    + spec.containers[side].env[A]  x",
      ].join("\n"),
    );
  });

  test("the same elements in another order are shown whole", () => {
    const changes = [change("spec.rules", v([{ name: "a" }, { name: "b" }]), v([{ name: "b" }, { name: "a" }]))];
    expect(body(item("update", "- ConfigMap web/c", { changes }))).toContain(
      'spec.rules  [{"name":"a"},{"name":"b"}] → [{"name":"b"},{"name":"a"}]',
    );
  });

  test("a text of several lines is a line diff with one line of context", () => {
    const before = "events {}\nhttp {\n  server {\n    listen 80;\n  }\n}\n";
    const changes = [change("data[nginx.conf]", v(before), v(before.replace("80", "8080")))];
    expect(body(item("update", "- ConfigMap web/nginx", { changes }))).toBe(
      [
        "  ~ ConfigMap web/nginx   config",
        "      data[nginx.conf]",
        "        │ … 2 unchanged lines",
        "        │     server {",
        "        │ -     listen 80;",
        "        │ +     listen 8080;",
        "        │     }",
        "        │ … 1 unchanged line",
      ].join("\n"),
    );
  });

  test("two long values are shown from where they differ", () => {
    const long = "x".repeat(120);
    const changes = [change("data[a]", v(`${long}one`), v(`${long}two`))];
    expect(body(item("update", "- ConfigMap web/c", { changes }))).toContain(
      "        - …xxxxxxxxxxxxxxxxone\n        + …xxxxxxxxxxxxxxxxtwo",
    );
  });

  test.each([
    ["empty", v(""), v("a"), '"" → a'],
    ["a string that looks like a number", v("80"), v(80), '"80" → 80'],
    ["a boolean", v(false), v(true), "false → true"],
    ["outer spaces", v(" a"), v("a"), '" a" → a'],
    ["unknown", v("a"), unknown, "a → (known after apply)"],
    ["sensitive", sensitive, sensitive, "(sensitive) → (sensitive)"],
    ["new", absent, v("a"), "+ spec.x  a"],
    ["gone", v("a"), absent, "- spec.x  a"],
  ])("a value: %s", (_name, before, after, shown) => {
    expect(body(item("update", "- ConfigMap web/c", { changes: [change("spec.x", before, after)] }))).toContain(shown);
  });

  test("fields changed for different causes say which", () => {
    const drift = { type: "drift", manager: "kubectl-scale", time: "2026-11-20T11:58:00Z" } as const;
    const changes = [change("spec.replicas", v(1), v(2), drift), change("spec.paused", v(true), v(false))];
    expect(body(item("update", "apps Deployment web/shop", { changes }))).toBe(
      [
        "  ~ Deployment web/shop   drift, config kubectl-scale changed it 2 min ago",
        "      spec.replicas  1 → 2  (kubectl-scale changed it 2 min ago)",
        "      spec.paused    true → false",
      ].join("\n"),
    );
  });

  test("a conflict names the owner, the place and the ways out", () => {
    expect(
      body(
        item("blocked", "apps Deployment web/api", {
          changes: [change("spec.replicas", v(2), v(3), { type: "conflict", manager: "hpa" })],
          refusal: { status: 409, reason: "Conflict", message: 'conflict with "hpa": .spec.replicas', causes: [] },
          origin: {
            stack: "shop",
            address: "kubernetes_deployment_v1.api",
            constructPath: "shop/api",
            position: { file: "stacks/shop.ts", line: 12 },
          },
        }),
      ),
    ).toBe(
      [
        "  ! Deployment web/api   conflict owned by hpa",
        "      spec.replicas  2 → 3",
        '      conflict with "hpa": .spec.replicas',
        "      stacks/shop.ts:12 kubernetes_deployment_v1.api",
        "      → leave it to them (--yield FIELD) or out of the stack, or take it (--take FIELD)",
      ].join("\n"),
    );
  });

  test.each([
    [
      "adopt",
      item("adopt", "- Namespace web"),
      "  ⟳ Namespace web   adopt    exists already; this stack takes it over",
    ],
    [
      "forget",
      item("forget", "- Namespace web", { why: "holds others' things" }),
      "  - Namespace web   forget   holds others' things",
    ],
    [
      "prediction",
      item("create", "- Secret web/s", { prediction: { because: "namespace-missing", namespace: "web" } }),
      "  + Secret web/s   checked by schema only: namespace web does not exist yet",
    ],
    [
      "loss",
      item("delete", "- PersistentVolumeClaim web/d", {
        consequences: [{ type: "loses-data", what: "volume pvc-1, 5Gi" }],
        why: "no longer in stacks/shop.ts",
      }),
      "  - PersistentVolumeClaim web/d   pruned\n      LOSES DATA: volume pvc-1, 5Gi; no longer in stacks/shop.ts",
    ],
    [
      "warning",
      item("create", "- Pod web/p", { warnings: ["is deprecated"] }),
      "  + Pod web/p\n      warning: is deprecated",
    ],
  ])("%s", (_name, planned, shown) => {
    expect(body(planned)).toBe(shown);
  });

  test("a create shows its fields only when asked, a Secret's never", () => {
    const map = item("create", "- ConfigMap web/c", { changes: [change("data.mode", absent, v("fast"))] });
    const secret = item("create", "- Secret web/s", { changes: [change("data.key", absent, v("c2VjcmV0"))] });
    expect(body(map)).toBe("  + ConfigMap web/c");
    expect(body(map, { full: true })).toBe("  + ConfigMap web/c\n    + data.mode  fast");
    expect(body(secret, { full: true })).toBe("  + Secret web/s\n    + data.key  (sensitive)");
  });

  test("control characters from the cluster do not reach the terminal", () => {
    const changes = [change("data.a", v("\x1b[2Jx"), v("y\x9b1m\x07"))];
    expect(body(item("update", "- ConfigMap web/c", { changes, why: "\x1b]0;t\x07w" }))).not.toMatch(
      /[\x00-\x09\x0b-\x1f\x7f-\x9f]/,
    );
  });
});

test.each([20, 40, 80, 200])("no line is wider than %d columns", (columns) => {
  for (const line of renderPlan(designPlan(), { ...screen, columns, full: true, showUnchanged: true }).split("\n")) {
    expect([...line].length).toBeLessThanOrEqual(columns);
  }
});

test.each([
  [
    "nothing to do",
    plan({ shop: [item("unchanged", "- Service web/s")] }),
    "No changes. 1 object on kind/dev is as the stacks say.",
  ],
  ["nothing at all", plan({}), "No changes. The stacks hold no objects."],
  [
    "all kinds",
    plan({ shop: [item("adopt", "- Service web/s"), item("blocked", "- Service web/t")] }),
    "Plan: 0 to add, 0 to change, 0 to replace, 0 to delete, 1 to adopt, 1 blocked, 0 unchanged.",
  ],
])("the last line: %s", (_name, planned, sentence) => {
  expect(renderPlan(planned, screen).trimEnd().split("\n").at(-1)).toBe(sentence);
});

test("a cluster that is missing is part of the plan", () => {
  const missing = plan(
    { shop: [item("create", "- Namespace web")] },
    {
      cluster: { name: "dev", provider: "kind", action: "create", version: null, nodes: null },
    },
  );
  expect(renderPlan(missing, screen)).toMatch(/^\+ cluster kind\/dev {2}will be created +1 stack, 1 object\n/);
});

test("colour changes no character", () => {
  const coloured = renderPlan(designPlan(), { ...screen, colour: true });
  expect(coloured).toContain("\x1b[33m~\x1b[39m");
  expect(coloured.replace(/\x1b\[\d+m/g, "")).toBe(renderPlan(designPlan(), screen));
});
