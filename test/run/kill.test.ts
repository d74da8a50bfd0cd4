import { describe, expect, test } from "vitest";
import { describeId, objectKey } from "../../src/model/ids.ts";
import type { GeneratedItem, Plan } from "../../src/model/plan.ts";
import { applySetId, PART_OF_LABEL } from "../../src/plan/applyset.ts";
import { readInventories } from "../../src/run/inventory.ts";
import { apply, controllers } from "./applying.ts";
import { MemoryKube } from "./memory-kube.ts";
import { id, type Line, plan, stack } from "./plans.ts";

/** What the code wants: objects by name, with what they need. */
type Wanted = readonly (readonly [object: string, needs?: readonly string[]])[];

const before: Wanted = [
  ["Namespace web"],
  ["ConfigMap web/old"],
  ["Deployment web/old", ["ConfigMap web/old"]],
  ["ConfigMap web/env"],
];
const after: Wanted = [
  ["Namespace web"],
  ["ConfigMap web/env"],
  ["Secret web/db"],
  ["Deployment web/shop", ["ConfigMap web/env", "Secret web/db"]],
];

const password: GeneratedItem["resource"] = {
  stack: "web",
  address: "random_password.db",
  type: "random_password",
  arguments: {},
  origin: { stack: "web", address: "random_password.db", constructPath: "" },
};

/** Plans as planning does, in small: by label and inventory. */
async function replan(kube: MemoryKube, wanted: Wanted): Promise<Plan> {
  const inventory = (await readInventories(kube, "shop", "default")).get("web")?.inventory;
  const live = new Map(
    kube.all().map((object) => [`${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`, object]),
  );
  const find = (text: string) => live.get(text.includes("/") ? text : text.replace(" ", " /"));
  const wants = wanted.map(([object, needs = []]): Line => {
    const known = find(object);
    const uid = known?.metadata.uid;
    const ours = known?.metadata.labels?.[PART_OF_LABEL] === applySetId("shop", "web", "default");
    return [known ? (ours ? "unchanged" : "adopt") : "create", object, { needs, ...(uid ? { uid } : {}) }];
  });
  const keys = new Set(wanted.map(([object]) => objectKey(id(object))));
  const leftovers = (inventory?.entries ?? []).filter((entry) => !keys.has(objectKey(entry.id)));
  const goes = leftovers.map((entry): Line => {
    const text = describeId(entry.id);
    const uid = find(text)?.metadata.uid;
    return uid ? ["delete", text, { uid }] : ["forget", text];
  });
  const held = inventory?.generated["random_password.db"] !== undefined;
  const generated: GeneratedItem[] =
    wanted.length === 0 ? [] : [{ action: held ? "unchanged" : "create", resource: password }];
  return plan(stack("web", [...wants, ...goes], { generated }));
}

let passwords = 0;
function generate() {
  passwords += 1;
  return { type: "random_password", arguments: {}, attributes: { result: `password-${passwords}` } };
}

function cluster(): MemoryKube {
  const kube = new MemoryKube();
  kube.react = controllers;
  kube.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
  return kube;
}

async function converge(kube: MemoryKube, wanted: Wanted): Promise<void> {
  const destroy = wanted.length === 0 ? { deleteVolumes: true } : null;
  const { result } = await apply(kube, await replan(kube, wanted), { parallelism: 1, generate, destroy });
  expect(result.exitCode).toBe(0);
}

/** Runs until the process is killed at write number `at`, before or after the server has carried it out. */
async function killedAt(kube: MemoryKube, wanted: Wanted, at: number, when: "before" | "after"): Promise<boolean> {
  const killed = new AbortController();
  let writes = 0;
  kube.intercept = () => {
    writes += 1;
    // A killed process sends nothing more and hears of nothing.
    if (writes > at || (writes === at && when === "before")) return hang();
  };
  const hang = () => {
    killed.abort();
    return new Promise<void>(() => {});
  };
  const destroy = wanted.length === 0 ? { deleteVolumes: true } : null;
  const run = apply(kube, await replan(kube, wanted), { parallelism: 1, generate, destroy });
  const dead = new Promise<"killed">((resolve) => killed.signal.addEventListener("abort", () => resolve("killed")));
  const ended = await Promise.race([dead, run.then(() => "done" as const)]);
  kube.intercept = () => {};
  return ended === "killed";
}

/** Everything that lasts: objects, what the inventory says of them, and the password. */
async function state(kube: MemoryKube) {
  const inventory = (await readInventories(kube, "shop", "default")).get("web")?.inventory;
  const objects = kube.all().map((o) => `${o.kind} ${o.metadata.namespace ?? ""}/${o.metadata.name}`);
  return {
    objects: objects.sort(),
    recorded: inventory?.entries.map((entry) => `${objectKey(entry.id)} ${entry.uid !== null}`) ?? [],
    password: inventory?.generated["random_password.db"]?.attributes["result"] ?? null,
  };
}

describe("a kill at any write", () => {
  test.each([
    ["of a first up", [], after],
    ["of an up that prunes", before, after],
    ["of a down", after, []],
  ] as const)("%s leaves nothing lost or orphaned", async (_, from, to) => {
    const calm = cluster();
    if (from.length > 0) await converge(calm, from);
    await converge(calm, to);
    const expected = await state(calm);
    let points = 0;
    for (const when of ["before", "after"] as const) {
      for (let at = 1, killed = true; killed; at++) {
        const kube = cluster();
        if (from.length > 0) await converge(kube, from);
        const known = (await state(kube)).password;
        killed = await killedAt(kube, to, at, when);
        points += killed ? 1 : 0;
        const first = known ?? (await state(kube)).password;
        await converge(kube, to);
        const got = await state(kube);
        expect({ ...got, password: null }, `${when} write ${at}`).toEqual({ ...expected, password: null });
        // A value that was recorded once is never made again.
        if (first !== null && to.length > 0) expect(got.password, `${when} write ${at}`).toBe(first);
      }
    }
    expect(points).toBeGreaterThanOrEqual(8);
  });
});
