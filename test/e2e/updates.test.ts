import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { isJsonObject } from "../../src/model/json.ts";
import { clusterOfFile } from "./cluster.ts";
import { planLines, projectOn, type Stacks } from "./runs.ts";

/** What Terraform's provider did to a live object when its configuration changed; fields as in the fixtures' README. */
interface UpdateCase {
  readonly type: string;
  readonly given?: JsonObject;
  readonly givenObjects?: Json;
  readonly before: JsonObject;
  readonly after: JsonObject | null;
  readonly planActions: readonly string[];
}

clusterOfFile();
const folder = new URL("../fixtures/parity/updates/", import.meta.url);
const cases = readdirSync(folder)
  .sort()
  .map((file) => ({
    ...(JSON.parse(readFileSync(new URL(file, folder), "utf8")) as UpdateCase),
    name: file.replace(/\.json$/, ""),
  }))
  .filter((one) => one.givenObjects === undefined && !/default_service_account/.test(one.type));

const ACTION: Readonly<Record<string, string>> = { update: "update", "no-op": "unchanged", "delete,create": "replace" };

/** Where we do otherwise than the provider, on purpose. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  // Another name is another object.
  "45-namespace-rename-replace": ["create", "delete"],
  "65-manifest-rename-replace": ["create", "delete"],
  // The server has long allowed it.
  "47-pdb-minavailable": ["update"],
};

describe("changes of a configuration, on the cluster", () => {
  test.each(cases.map((one, index) => ({ ...one, index })))("$name", async ({ index, ...one }) => {
    const project = projectOn(`update-${index}`);
    // An autoscaler without a target is never ready, nor a ReplicationController on the embedded cluster; a namespace takes its seconds to go.
    const limits = { timeoutSeconds: /autoscaler|replication_controller/.test(one.type) ? 2 : 60 };
    const stacks = (body: JsonObject | null): Stacks => {
      const own = one.given?.[one.type];
      const mine = body === null ? {} : { [one.type]: { ...(isJsonObject(own) ? own : {}), this: body } };
      return { app: { ...one.given, ...mine } as Stacks[string] };
    };
    try {
      await project.up(stacks(one.before), limits);
      const { plan } = await project.up(stacks(one.after), { ...limits, allowDataLoss: true });
      const actions = plan.stacks[0]!.items.filter((item) => item.origin?.address.endsWith(".this") ?? true);
      expect(planLines(await project.plan(stacks(one.after)))).toEqual([]);
      expect(actions.map((item) => item.action).sort()).toEqual(
        OTHERWISE[one.name] ?? (one.after === null ? ["delete"] : [ACTION[one.planActions.join(",")]]),
      );
    } finally {
      await project.down();
    }
  });
});
