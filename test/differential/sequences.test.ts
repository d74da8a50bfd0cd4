import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isJsonObject } from "../../src/model/json.ts";
import { randomKinds, widgetDefinition } from "./kinds.ts";
import { knownInSequences } from "./known-sequences.ts";
import { differences, normal, refusal } from "./normal.ts";
import { type Step, Subject, sequencesOf } from "./sequences.ts";
import { type BothServers, startBoth } from "./servers.ts";

/** `K8SCTL_SEQUENCES=2000 K8SCTL_SEED=7 npm run e2e:api -- test/differential` runs many others than the gate does. */
const runs = Number(process.env["K8SCTL_SEQUENCES"] ?? 60);
const seed = Number(process.env["K8SCTL_SEED"] ?? 20_261_121);
const isGate = process.env["K8SCTL_SEQUENCES"] === undefined && process.env["K8SCTL_SEED"] === undefined;
const namespace = "sequences";

let both: BothServers;
beforeAll(async () => {
  both = await startBoth();
  const headers = { "content-type": "application/json" };
  for (const client of [both.real, both.embedded]) {
    await client.send({ method: "POST", path: "/api/v1/namespaces", headers, body: { metadata: { name: namespace } } });
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    expect((await client.send({ method: "POST", path, headers, body: widgetDefinition })).status).toBe(201);
    const widgets = { path: "/apis/differential.example.com/v2/namespaces/sequences/widgets" };
    await vi.waitFor(async () => expect((await client.send(widgets)).status).toBe(200), { timeout: 20_000 });
  }
});
afterAll(() => both.end());

describe("random writes by two managers leave the same object on both servers", () => {
  let count = 0;
  const met = new Set<string>();
  test.each(randomKinds.map((kind) => [kind.kind, kind] as const))("%s", { timeout: 3_600_000 }, async (_, kind) => {
    const property = fc.asyncProperty(sequencesOf(kind), async (steps) => {
      count += 1;
      const real = new Subject(both.real, kind, namespace, `s${count}`);
      const embedded = new Subject(both.embedded, kind, namespace, `s${count}`);
      try {
        for (const [index, step] of steps.entries()) {
          const found = await differenceAfter(step, real, embedded);
          const known = knownInSequences.find((one) => one.kind === kind.kind && one.line.test(found.join("\n")));
          if (known !== undefined) met.add(known.reason);
          if (known !== undefined) return;
          if (found.length > 0) throw new Error(`step ${index + 1} ${JSON.stringify(step)}\n${found.join("\n")}`);
        }
      } finally {
        await Promise.all([real.clear(), embedded.clear()]);
      }
    });
    await fc.assert(property, { numRuns: runs, seed, interruptAfterTimeLimit: 3_000_000, endOnFailure: false });
    const listed = knownInSequences.filter((one) => one.kind === kind.kind).map((one) => one.reason);
    if (isGate) expect(listed.filter((reason) => !met.has(reason))).toEqual([]);
  });
});

async function differenceAfter(step: Step, real: Subject, embedded: Subject): Promise<string[]> {
  const [said, ours] = await Promise.all([real.act(step), embedded.act(step)]);
  const told = (what: typeof said) => `${what.status} ${isJsonObject(what.body) ? String(what.body["message"]) : ""}`;
  if (said.status !== ours.status) return [`status ${told(said)} → ${told(ours)}`];
  if (said.status >= 400) {
    const found = differences(refusal(said.body), refusal(ours.body));
    return found.length === 0 ? [] : [...found, told(said), told(ours)];
  }
  const answers = differences(normal(said.body as never), normal(ours.body as never), "answer");
  if (answers.length > 0 && step.type !== "delete") return answers;
  const [live, own] = [await real.look(), await embedded.look()];
  return differences(normal(live), normal(own), "live");
}
