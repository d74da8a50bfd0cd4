import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fieldPathOf } from "../../src/desired/decode-object.ts";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { systemClock } from "../../src/host/clock.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { PlanItem } from "../../src/model/plan.ts";
import type { Kube } from "../../src/ports.ts";
import { planOf, upOf } from "./native.ts";

/** One attribute changed, removed, added or reordered, and what Terraform's provider planned for it on a real server. */
interface Change {
  readonly name: string;
  readonly case: string;
  readonly type: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly planActions: readonly string[];
  /** The steps of blocks and attributes, without indexes. */
  readonly replacePaths: readonly (readonly string[])[];
}

const changes = readFileSync(new URL("../fixtures/parity/changes.ndjson", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Change);

/** All in one stack: it is planned once. */
function stack(which: "before" | "after"): JsonObject {
  const resource: Record<string, Record<string, JsonObject>> = {};
  for (const one of changes) resource[one.type] = { ...resource[one.type], [one.name]: one[which] };
  return { resource };
}

const ACTIONS: Readonly<Record<string, string>> = {
  update: "update",
  "no-op": "unchanged",
  "delete,create": "replace",
};

let cluster: EmbeddedServer;
let kube: Kube;
const items = new Map<string, PlanItem>();
beforeAll(async () => {
  cluster = await startEmbedded({ timeScale: 0.01 });
  kube = openKube(cluster.access, {
    exec: { run: () => Promise.reject(new Error("no program is expected to run")) },
    clock: systemClock,
  });
  // Whether they become ready is not the question here.
  await upOf(kube, "changes", stack("before"), Date.now(), 1);
  const { plan } = await planOf(kube, "changes", stack("after"));
  for (const item of plan.stacks.flatMap((one) => one.items)) items.set(item.id.name, item);
}, 120_000);
afterAll(async () => {
  kube.close();
  await cluster.close();
});

describe("single changes, as Terraform planned them", () => {
  test.each(changes.map((one) => [`${one.type} ${one.case}`, one] as const))("%s", (_title, one) => {
    const item = items.get(one.name);
    expect(item?.action, JSON.stringify([item?.why, item?.changes, item?.refusal])).toBe(
      ACTIONS[one.planActions.join(",")],
    );
    // A replace tells what it is for, each field that Terraform names among it.
    const told = (item?.changes ?? []).map(({ path }) => path.replaceAll(/\[[^\]]*\]/g, ""));
    for (const steps of one.replacePaths) {
      const field = fieldPathOf(one.type, steps.join(".")).join(".");
      expect(field).not.toBe("");
      expect(
        told.filter((path) => path.startsWith(field) || field.startsWith(path)),
        field,
      ).not.toEqual([]);
    }
  });
});
