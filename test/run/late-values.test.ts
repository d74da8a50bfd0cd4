import { beforeAll, expect, test } from "vitest";
import { makeValue } from "../../src/desired/make-value.ts";
import type { Kube } from "../../src/ports.ts";
import { readInventories } from "../../src/run/inventory.ts";
import { clusterOfFile } from "../e2e/cluster.ts";
import { apply, lines } from "./applying.ts";
import { actionsOf, planOf, upOf } from "./native.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

const HOUR = 3_600_000;

test("a token is renewed when four fifths of its life are over, and what holds it follows", async () => {
  const json = {
    resource: {
      kubernetes_service_account_v1: { bot: { metadata: { name: "renewed" } } },
      kubernetes_token_request_v1: { bot: { metadata: { name: "renewed" } } },
      kubernetes_secret_v1: {
        copy: { metadata: { name: "renewed" }, data: { token: "${kubernetes_token_request_v1.bot.token}" } },
      },
    },
  };
  const now = Date.now();
  await upOf(kube, "renewal", json, now);
  const young = await planOf(kube, "renewal", json, now + 0.75 * HOUR);
  expect(young.plan.stacks[0]?.generated.map(({ action }) => action)).toEqual(["unchanged"]);
  const old = await planOf(kube, "renewal", json, now + 0.85 * HOUR);
  expect(old.plan.stacks[0]?.generated).toMatchObject([{ action: "replace", because: "due" }]);
  expect(actionsOf(old.plan)).toEqual(["unchanged ServiceAccount default/renewed", "update Secret default/renewed"]);
});

const pause = {
  resource: {
    time_sleep: { settle: { create_duration: "1h" } },
    kubernetes_config_map_v1: { late: { metadata: { name: "late" }, data: { at: "${time_sleep.settle.id}" } } },
  },
};

test("a pause ends with the first Ctrl-C, holds up what waits for it, and is made by the next run", async () => {
  const planned = await planOf(kube, "pause", pause);
  const drain = new AbortController();
  const { result, events } = await apply(kube, planned.plan, {
    results: planned.results,
    fill: planned.program.fill,
    generate: (resource) => makeValue(resource, { bytes: () => new Uint8Array(), now: Date.now() }),
    drain: drain.signal,
    onEvent: (event) => {
      if (event.type === "value" && event.state === "waiting") drain.abort();
    },
  });
  expect(result.exitCode).toBe(130);
  expect(events.filter(({ type }) => type === "value")).toEqual([
    { type: "value", stack: "app", address: "time_sleep.settle", action: "create", state: "started", message: "" },
    {
      type: "value",
      stack: "app",
      address: "time_sleep.settle",
      action: "create",
      state: "waiting",
      message: "waits 1h",
    },
  ]);
  expect(lines(events)).toEqual(["skipped ConfigMap default/late because of time_sleep.settle"]);
  const inventory = (await readInventories(kube, "pause", "default")).get("app")?.inventory;
  expect(inventory?.generated ?? {}).toEqual({});
});

test("two values of one stack that are made at once are both kept", async () => {
  const names = ["a", "b", "c", "d"];
  const json = {
    resource: {
      kubernetes_config_map_v1: { first: { metadata: { name: "first-of-many" } } },
      null_resource: Object.fromEntries(
        names.map((name) => [name, { triggers: { uid: "${kubernetes_config_map_v1.first.metadata[0].uid}" } }]),
      ),
    },
  };
  await upOf(kube, "many", json);
  const inventory = (await readInventories(kube, "many", "default")).get("app")?.inventory;
  expect(Object.keys(inventory?.generated ?? {}).sort()).toEqual(names.map((name) => `null_resource.${name}`));
  const again = await planOf(kube, "many", json);
  expect(again.plan.stacks[0]?.generated.map(({ action }) => action)).toEqual(names.map(() => "unchanged"));
});
