import { describe, expect, test } from "vitest";
import { managersAfterScale, managersOfScale } from "../../src/fields/scale.ts";
import type { ManagedFieldsEntry } from "../../src/model/objects.ts";

const entry = (manager: string, fields: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry =>
  ({
    manager,
    operation: "Update",
    apiVersion: "apps/v1",
    time: "2026-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...more,
  }) as ManagedFieldsEntry;
const untimed = ({ time: _, ...rest }: ManagedFieldsEntry): ManagedFieldsEntry => rest;
const replicas = { "f:spec": { "f:replicas": {} } };
const both = { "f:spec": { "f:paused": {}, "f:replicas": {} } };
const paused = { "f:spec": { "f:paused": {} } };
const applied = { operation: "Apply" } as const;
const inScale = { apiVersion: "autoscaling/v1", subresource: "scale" };
const path = ["spec", "replicas"];

describe("managers of a Scale", () => {
  test("are only those who own the replicas", () => {
    expect(managersOfScale([entry("one", paused, applied)], path)).toEqual([]);
    expect(managersOfScale([entry("one", both, applied), entry("two", paused)], path)).toEqual([
      entry("one", replicas, { ...applied, apiVersion: "autoscaling/v1" }),
    ]);
    expect(managersOfScale([entry("one", { "f:spec": { "f:size": {} } })], ["spec", "size"])).toEqual([
      entry("one", replicas, { apiVersion: "autoscaling/v1" }),
    ]);
  });

  test.each<[string, ManagedFieldsEntry[], ManagedFieldsEntry[], ManagedFieldsEntry[]]>([
    ["nobody owned the replicas: nobody does", [entry("one", paused, applied)], [], [entry("one", paused, applied)]],
    [
      "taken: the scaler has an entry without a time",
      [entry("one", both, applied)],
      [entry("two", replicas, inScale)],
      [entry("one", paused, applied), untimed(entry("two", replicas, { subresource: "scale" }))],
    ],
    [
      "an applier who is still named keeps them",
      [entry("one", both, applied)],
      [entry("one", replicas, { ...applied, apiVersion: "autoscaling/v1" })],
      [entry("one", both, applied)],
    ],
    [
      "an updater is another one in the Scale's version, and is listed apart",
      [entry("one", both)],
      [entry("one", replicas, { apiVersion: "autoscaling/v1" })],
      [untimed(entry("one", replicas)), entry("one", paused)],
    ],
    ["to none, which the Scale does not say: nobody's", [entry("one", replicas, { subresource: "scale" })], [], []],
  ])("%s", (_, before, scaled, after) => {
    expect(managersAfterScale(before, scaled, path, "apps/v1")).toEqual(after);
  });
});
