import { expect, test } from "vitest";
import { PART_OF_LABEL } from "../../src/plan/applyset.ts";
import { configMap, terraformJson } from "../cli/stacks.ts";
import { changed, connectTo, get, homeWithCluster, itemOf, place } from "./planning.ts";

const home = homeWithCluster();
const maps = (...names: readonly string[]) => ({
  kubernetes_config_map_v1: Object.fromEntries(names.map((name) => [name, configMap(`given-${name}`, { a: "b" })])),
});
const live = async (name: string) => get(await connectTo(home), "ConfigMap", `default/given-${name}`);

test("a removed block with destroy = false leaves the object, without our label; others are deleted", async () => {
  const p = place(home, "given", { web: maps("stays", "goes", "code") });
  await p.up();
  const removed = [
    { from: "kubernetes_config_map_v1.stays", lifecycle: [{ destroy: false }] },
    { from: "kubernetes_config_map_v1.goes", lifecycle: [{ destroy: true }] },
  ];
  p.write({ "stacks/web.tf.json": terraformJson(maps("code"), { removed }) });
  const plan = await p.plan();
  expect(changed(plan).sort()).toEqual(["delete ConfigMap default/given-goes", "forget ConfigMap default/given-stays"]);
  expect(itemOf(plan, "given-stays").why).toContain("a removed block gives it up");
  await p.up();
  expect(await live("goes")).toBeNull();
  const stays = await live("stays");
  expect(stays).toMatchObject({ data: { a: "b" } });
  expect(stays?.metadata.labels?.[PART_OF_LABEL]).toBeUndefined();
  expect((await p.run(["state", "list"])).stdout).not.toContain("stays");
  expect((await p.plan()).hasChanges).toBe(false);
  // Nothing of this project knows it any more.
  const down = await p.run(["down", "--yes", "--keep-cluster"]);
  expect(down.exitCode, down.all).toBe(0);
  expect(await live("code")).toBeNull();
  expect(await live("stays")).not.toBeNull();
});
