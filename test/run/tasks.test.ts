import { describe, expect, test } from "vitest";
import { objectKey } from "../../src/model/ids.ts";
import type { Plan } from "../../src/model/plan.ts";
import { runDag } from "../../src/run/dag.ts";
import { buildTasks, describeTask, recordedEdges } from "../../src/run/tasks.ts";
import { id, plan, stack } from "./plans.ts";

/** One at a time, so the trace is the order of the plan as far as the edges leave it free. */
async function trace(of: Plan, recorded: Record<string, string[]> = {}, failing: string[] = []): Promise<string[]> {
  const edges = recordedEdges(
    Object.entries(recorded).map(([from, to]) => ({ id: id(from), dependsOn: to.map((t) => objectKey(id(t))) })),
  );
  const lines: string[] = [];
  await runDag(buildTasks(of, edges), {
    parallelism: 1,
    stop: new AbortController().signal,
    skipped: (task) => lines.push(`skip ${describeTask(task)}`),
    run: async (task) => {
      lines.push(describeTask(task));
      if (failing.includes(describeTask(task))) throw new Error("no");
    },
  });
  const quiet = /^(skip )?(gone|stack-applied|stack-removed) /;
  return lines.filter((line) => !quiet.test(line));
}

describe("applies", () => {
  test("a namespace is active and a custom type established before what lives in them", async () => {
    const crd = { spec: { group: "example.com", names: { kind: "Widget" } } };
    const lines = await trace(
      plan(
        stack("web", [
          ["create", "Widget web/a"],
          ["create", "ConfigMap web/b"],
          ["create", "Namespace web"],
          ["create", "CustomResourceDefinition widgets.example.com", { body: crd }],
        ]),
      ),
    );
    expect(lines).toEqual([
      "apply Namespace web",
      "ready Namespace web",
      "apply CustomResourceDefinition widgets.example.com",
      "apply ConfigMap web/b",
      "ready CustomResourceDefinition widgets.example.com",
      "ready ConfigMap web/b",
      "apply Widget web/a",
      "ready Widget web/a",
      "stack-ready web",
    ]);
  });

  test("an exists edge waits for the apply, a ready edge for readiness", async () => {
    const lines = await trace(
      plan(
        stack("web", [
          ["create", "Job web/seed", { ready: ["StatefulSet web/db"] }],
          ["create", "StatefulSet web/db", { needs: ["ServiceAccount web/db"] }],
          ["create", "ServiceAccount web/db"],
        ]),
      ),
    );
    expect(lines.filter((line) => !line.startsWith("stack"))).toEqual([
      "apply ServiceAccount web/db",
      "apply StatefulSet web/db",
      "ready ServiceAccount web/db",
      "ready StatefulSet web/db",
      "apply Job web/seed",
      "ready Job web/seed",
    ]);
  });

  test("after a stack means after all of it is ready, unchanged objects included", async () => {
    const lines = await trace(
      plan(
        stack("web", [["create", "Deployment web/shop"]], { after: ["db"] }),
        stack("db", [
          ["unchanged", "StatefulSet db/pg"],
          ["update", "Service db/pg"],
        ]),
      ),
    );
    expect(lines).toEqual([
      "apply StatefulSet db/pg",
      "apply Service db/pg",
      "ready StatefulSet db/pg",
      "ready Service db/pg",
      "stack-ready db",
      "apply Deployment web/shop",
      "ready Deployment web/shop",
      "stack-ready web",
    ]);
  });

  test("a replaced object is deleted only when the new one could be applied", async () => {
    const lines = await trace(
      plan(
        stack("web", [
          ["replace", "Job web/migrate", { ready: ["StatefulSet web/db"] }],
          ["update", "StatefulSet web/db"],
        ]),
      ),
      {},
      ["ready StatefulSet web/db"],
    );
    expect(lines).toEqual([
      "apply StatefulSet web/db",
      "ready StatefulSet web/db",
      "skip delete Job web/migrate",
      "skip stack-ready web",
      "skip apply Job web/migrate",
      "skip ready Job web/migrate",
    ]);
  });

  test("targets outside the plan hold nothing up", async () => {
    const lines = await trace(
      plan(stack("web", [["create", "Deployment web/shop", { ready: ["Job web/x"] }]], { after: ["db"] })),
    );
    expect(lines[0]).toBe("apply Deployment web/shop");
  });

  test("stacks that wait for each other are refused with the way round", async () => {
    const broken = plan(
      stack("a", [["create", "ConfigMap x/a"]], { after: ["b"] }),
      stack("b", [["create", "ConfigMap x/b"]], { after: ["a"] }),
    );
    await expect(trace(broken)).rejects.toThrow(/these wait for each other: .*stack-ready a/);
  });
});

describe("deletes", () => {
  test("after the applies of the stack, dependents first, namespace last", async () => {
    const lines = await trace(
      plan(
        stack("web", [
          ["delete", "Namespace old"],
          ["delete", "ConfigMap old/env"],
          ["delete", "Deployment old/shop"],
          ["delete", "Service old/shop"],
          ["create", "Deployment web/shop"],
        ]),
      ),
      { "Deployment old/shop": ["ConfigMap old/env"], "Service old/shop": ["Deployment old/shop"] },
    );
    expect(lines.filter((line) => !line.includes("ready"))).toEqual([
      "apply Deployment web/shop",
      "delete Service old/shop",
      "delete Deployment old/shop",
      "delete ConfigMap old/env",
      "delete Namespace old",
    ]);
  });

  test("a failed apply leaves the stack's old objects alone", async () => {
    const lines = await trace(
      plan(
        stack("web", [
          ["create", "Deployment web/new"],
          ["delete", "Deployment web/old"],
        ]),
      ),
      {},
      ["apply Deployment web/new"],
    );
    expect(lines).toContain("skip delete Deployment web/old");
  });

  test("custom objects go before their type, whole stacks before those they came after", async () => {
    const lines = await trace(
      plan(
        stack("operator", [["delete", "CustomResourceDefinition widgets.example.com"]]),
        stack("web", [["delete", "Widget web/a"]], { after: ["operator"] }),
      ),
    );
    expect(lines.filter((line) => line.startsWith("delete"))).toEqual([
      "delete Widget web/a",
      "delete CustomResourceDefinition widgets.example.com",
    ]);
  });

  test("an object that another stack still held is deleted after that stack let go", async () => {
    const lines = await trace(
      plan(
        stack("base", [["delete", "ConfigMap x/shared"]]),
        stack("web", [["update", "Deployment x/shop"]], { after: ["base"] }),
      ),
      { "Deployment x/shop": ["ConfigMap x/shared"] },
    );
    expect(lines.filter((line) => !line.includes("ready"))).toEqual([
      "apply Deployment x/shop",
      "delete ConfigMap x/shared",
    ]);
  });
});
