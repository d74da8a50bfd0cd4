import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { systemClock } from "../../src/host/clock.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { isJsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { PlanItem } from "../../src/model/plan.ts";
import type { Kube } from "../../src/ports.ts";
import { planOf, upOf } from "./native.ts";

/** A recorded change: the configurations before and after, and what Terraform planned for it. */
interface UpdateCase {
  readonly type: string;
  readonly before: JsonObject;
  readonly after: JsonObject | null;
  readonly given?: JsonObject;
  readonly givenObjects?: readonly JsonObject[];
  readonly planActions: readonly string[];
  readonly replacePaths?: readonly (readonly (string | number)[])[];
}

const folder = new URL("../fixtures/parity/updates/", import.meta.url);
const cases = readdirSync(folder)
  .sort()
  .map((file): [string, UpdateCase] => [
    file.replace(/\.json$/, ""),
    JSON.parse(readFileSync(new URL(file, folder), "utf8")) as UpdateCase,
  ]);

/** Where our plan is not Terraform's, and why. A case on the list that agrees is an error. */
const differences: Readonly<Record<string, string>> = {
  "47-pdb-minavailable": "on purpose: the API changes it in place, and a replace would leave the pods without a budget",
  "69-runtimeclass-handler": "the embedded server lets a handler change, the real API refuses: a replace there",
};

let cluster: EmbeddedServer;
let kube: Kube;
beforeAll(async () => {
  cluster = await startEmbedded({ timeScale: 0.01 });
  const exec = { run: () => Promise.reject(new Error("no program is expected to run")) };
  kube = openKube(cluster.access, { exec, clock: systemClock });
});
afterAll(async () => {
  kube.close();
  await cluster.close();
});

function jsonOf(one: UpdateCase, config: JsonObject | null): JsonObject {
  const resource: JsonObject = { ...one.given };
  const own = resource[one.type];
  if (config !== null) resource[one.type] = { ...(isJsonObject(own) ? own : {}), this: config };
  return { resource };
}

/** In Terraform's words; a new name is a delete and a create of two objects to us. */
function actionsOf(items: readonly PlanItem[], given: ReadonlySet<string>): string {
  const own = items.filter(({ origin }) => origin === null || !given.has(origin.address)).map(({ action }) => action);
  const words = own.flatMap((action) =>
    action === "replace" ? ["delete", "create"] : [action === "unchanged" ? "no-op" : action],
  );
  return words.sort().join(" and ");
}

describe("what is planned for a change, as Terraform planned it", () => {
  test.each(cases)("%s", { timeout: 60_000 }, async (name, one) => {
    for (const object of one.givenObjects ?? []) {
      const theirs = { fieldManager: "somebody", force: true, dryRun: false };
      const made = structuredClone(object) as unknown as KubeObject;
      if (made.kind !== "Node" && made.kind !== "Namespace") made.metadata.namespace ??= "default";
      await kube.apply(made, theirs);
    }
    const project = `u${name.slice(0, 2)}`;
    // Whether it becomes ready is not the question here.
    await upOf(kube, project, jsonOf(one, one.before), Date.now(), 1);
    const { plan } = await planOf(kube, project, jsonOf(one, one.after));
    const items = plan.stacks.flatMap((stack) => stack.items);
    const given = new Set(
      Object.entries(one.given ?? {}).flatMap(([type, named]) =>
        Object.keys(named as JsonObject).map((n) => `${type}.${n}`),
      ),
    );
    const ours = actionsOf(items, given);
    const theirs = [...one.planActions].sort().join(" and ");
    if (differences[name] === undefined) {
      expect(ours, JSON.stringify(items.map((i) => [i.action, i.why, i.changes, i.refusal]))).toBe(theirs);
    } else expect(ours, `${name} agrees: take it off the list`).not.toBe(theirs);
  });
});
