import fc from "fast-check";
import { expect, test } from "vitest";
import { PersistentMap } from "../../src/progress/persistent-map.ts";

function filled(entries: readonly (readonly [string, number])[]): PersistentMap<number> {
  return entries.reduce((map, [key, value]) => map.set(key, value), PersistentMap.empty<number>());
}

test("holds what a Map holds", () => {
  const entries = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.integer()), { maxLength: 200 });
  fc.assert(
    fc.property(entries, (list) => {
      const map = filled(list);
      const model = new Map(list);
      expect(map.size).toBe(model.size);
      for (const [key, value] of model) expect(map.get(key)).toBe(value);
      expect([...map.values()].sort()).toEqual([...model.values()].sort());
      expect(map.get("longer than any key")).toBeUndefined();
    }),
  );
});

test("setting leaves the map as it was, for every earlier version", () => {
  const versions = [PersistentMap.empty<number>()];
  for (let i = 0; i < 300; i++) versions.push(versions[i]!.set(`key-${i % 100}`, i));
  for (const [i, version] of versions.entries()) {
    expect(version.size).toBe(Math.min(i, 100));
    for (let k = 0; k < 100; k++) {
      const newest = Array.from({ length: i }, (_, n) => n).findLast((n) => n % 100 === k);
      expect(version.get(`key-${k}`)).toBe(newest);
    }
  }
});

test("keys whose hashes collide stay apart", () => {
  // Two known collisions of 32-bit FNV-1a.
  const map = filled([
    ["costarring", 1],
    ["liquid", 2],
    ["declinate", 3],
    ["macallums", 4],
    ["liquid", 5],
  ]);
  expect(["costarring", "liquid", "declinate", "macallums"].map((k) => map.get(k))).toEqual([1, 5, 3, 4]);
  expect(map.size).toBe(4);
});
