import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyMerge } from "../../src/fields/apply.ts";
import { difference, intersection, isEmptySet, pathsOf } from "../../src/fields/field-set.ts";
import { fieldsOf } from "../../src/fields/fields-of.ts";
import { parseFieldsV1 } from "../../src/fields/fields-v1.ts";
import { printPath } from "../../src/fields/path-element.ts";
import { provesUnchanged } from "../../src/fields/proof.ts";
import { updateManagers } from "../../src/fields/update.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import { builtinTypes, rootType } from "../../src/schema/table.ts";

const few = { maxLength: 3 };
const text = fc.constantFrom("a", "b", "c");
const labels = fc.dictionary(fc.constantFrom("app", "tier", "example.com/x"), text, { minKeys: 1, maxKeys: 3 });
const env = fc.record({ name: fc.constantFrom("A", "B", "C"), value: text });
const port = fc.record(
  { containerPort: fc.constantFrom(80, 443), protocol: fc.constantFrom("TCP", "UDP"), name: text },
  { requiredKeys: ["containerPort"] },
);
const container = fc.record(
  {
    name: fc.constantFrom("web", "aux"),
    image: text,
    args: fc.array(text, few),
    env: fc.uniqueArray(env, { ...few, minLength: 1, selector: (item) => item.name }),
    ports: fc.uniqueArray(port, {
      ...few,
      minLength: 1,
      selector: (item) => `${item.containerPort}/${item.protocol ?? "TCP"}`,
    }),
  },
  { requiredKeys: ["name"] },
);
const spec = fc.record(
  {
    replicas: fc.constantFrom(1, 2, 3),
    selector: fc.record({ matchLabels: labels }),
    template: fc.record({
      spec: fc.record({
        containers: fc.uniqueArray(container, { minLength: 1, maxLength: 2, selector: (item) => item.name }),
      }),
    }),
  },
  { requiredKeys: [] },
);
const config: fc.Arbitrary<KubeObject> = fc
  .record(
    {
      metadata: fc.record(
        {
          name: fc.constant("web"),
          labels,
          finalizers: fc.uniqueArray(text, { minLength: 1, maxLength: 3 }),
        },
        { requiredKeys: ["name"] },
      ),
      spec: spec.filter((value) => Object.keys(value).length > 0),
    },
    { requiredKeys: ["metadata"] },
  )
  .map((object) => ({ apiVersion: "apps/v1", kind: "Deployment", ...structuredClone(object) }));

const step = fc.record({
  manager: fc.constantFrom("alpha", "beta"),
  operation: fc.constantFrom<"Apply" | "Update">("Apply", "Update"),
  config,
});
const history = fc.array(step, { maxLength: 4 });

function apply(live: KubeObject | null, wanted: KubeObject, manager: string, now = "2026-01-01T00:00:00Z") {
  const result = applyMerge({
    live,
    config: wanted,
    manager,
    apiVersion: "apps/v1",
    subresource: "",
    force: true,
    now,
    types: builtinTypes,
  });
  if (result.type !== "applied") throw new Error(JSON.stringify(result));
  return result;
}

/** A plain write puts the object in place of the old one. */
function write(live: KubeObject | null, after: KubeObject, manager: string): KubeObject {
  const managedFields = updateManagers({
    before: live,
    after: { ...after, metadata: { ...after.metadata, managedFields: live?.metadata.managedFields } },
    manager,
    apiVersion: "apps/v1",
    subresource: "",
    now: "2026-01-01T00:00:00Z",
    types: builtinTypes,
  });
  return { ...after, metadata: { ...after.metadata, managedFields } };
}

function live(steps: readonly { manager: string; operation: "Apply" | "Update"; config: KubeObject }[]) {
  return steps.reduce<KubeObject | null>(
    (object, { manager, operation, config: wanted }) =>
      operation === "Apply" ? apply(object, wanted, manager).object : write(object, wanted, manager),
    null,
  );
}

const ownedBy = (object: KubeObject, manager: string, operation = "Apply") =>
  parseFieldsV1(
    object.metadata.managedFields?.find((entry) => entry.manager === manager && entry.operation === operation)
      ?.fieldsV1 ?? {},
  )!;
const fieldsIn = (object: KubeObject) => fieldsOf(object, rootType("apps/v1", "Deployment")!, builtinTypes);
const list = (set: ReturnType<typeof fieldsIn>) => pathsOf(set).map(printPath);

describe("server-side apply", () => {
  test("a second time changes nothing, not even times, and is proved to", () => {
    fc.assert(
      fc.property(history, config, (steps, wanted) => {
        const once = apply(live(steps), wanted, "alpha").object;
        const twice = apply(once, wanted, "alpha", "2027-01-01T00:00:00Z");
        expect(twice).toEqual({ type: "applied", changed: false, object: once });
        // Who owns nothing has no entry to prove anything from.
        const owns = !isEmptySet(ownedBy(once, "alpha"));
        expect(provesUnchanged({ live: once, desired: wanted, manager: "alpha" })).toBe(owns);
      }),
    );
  });

  test("a proof of no change holds: the apply then changes neither values nor owners", () => {
    let proofs = 0;
    fc.assert(
      fc.property(history, config, fc.boolean(), (steps, other, same) => {
        const object = live(steps);
        if (object === null) return;
        const wanted = same ? steps.at(-1)!.config : other;
        if (!provesUnchanged({ live: object, desired: wanted, manager: "alpha" })) return;
        proofs++;
        expect(apply(object, wanted, "alpha", "2027-01-01T00:00:00Z")).toEqual({
          type: "applied",
          changed: false,
          object,
        });
      }),
      { numRuns: 500 },
    );
    expect(proofs).toBeGreaterThan(20);
  });

  test("what is applied lives, and its manager owns exactly that", () => {
    fc.assert(
      fc.property(history, config, (steps, wanted) => {
        const { object } = apply(live(steps), wanted, "alpha");
        expect(object).toMatchObject({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } });
        const owned = ownedBy(object, "alpha");
        const unowned = [".apiVersion", ".kind", ".metadata.name"];
        expect(list(owned)).toEqual(list(fieldsIn(wanted)).filter((path) => !unowned.includes(path)));
        expect(list(difference(owned, fieldsIn(object)))).toEqual([]);
      }),
    );
  });

  test("what one manager leaves out goes, unless another owns it", () => {
    fc.assert(
      fc.property(history, config, config, (steps, first, second) => {
        const before = apply(live(steps), first, "alpha").object;
        const { object } = apply(before, second, "alpha");
        const others = (before.metadata.managedFields ?? []).filter(
          (entry) => entry.manager !== "alpha" || entry.operation !== "Apply",
        );
        const kept = others.map((entry) => parseFieldsV1(entry.fieldsV1)!);
        const left = intersection(difference(ownedBy(before, "alpha"), ownedBy(object, "alpha")), fieldsIn(object));
        expect(list(kept.reduce(difference, left))).toEqual([]);
      }),
    );
  });

  test("two appliers share a field only where they agree", () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const { object } = apply(apply(null, first, "alpha").object, second, "beta");
        const shared = intersection(ownedBy(object, "alpha"), ownedBy(object, "beta"));
        const again = applyMerge({
          live: object,
          config: first,
          manager: "alpha",
          apiVersion: "apps/v1",
          subresource: "",
          force: false,
          now: "2027-01-01T00:00:00Z",
          types: builtinTypes,
        });
        if (again.type === "untyped") throw new Error(again.message);
        const fought = again.type === "conflict" ? again.conflicts.flatMap((conflict) => conflict.fields) : [];
        expect(list(shared).filter((path) => fought.includes(path))).toEqual([]);
      }),
    );
  });
});

describe("plain writes", () => {
  test("the writer owns what it changed; nobody owns what is gone", () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const before = apply(null, first, "alpha").object;
        const after = write(before, second, "editor");
        const owned = ownedBy(after, "editor", "Update");
        expect(isEmptySet(intersection(owned, ownedBy(after, "alpha")))).toBe(true);
        expect(list(difference(ownedBy(after, "alpha"), fieldsIn(second)))).toEqual([]);
      }),
    );
  });
});
