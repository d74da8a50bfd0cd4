import { describe, expect, test } from "vitest";
import { displayPath, elementsOf } from "../../src/fields/display.ts";
import { matchLists } from "../../src/fields/match.ts";
import { builtinTypes, fieldAt, rootType } from "../../src/schema/table.ts";
import type { FieldType } from "../../src/schema/types.ts";

const pod = rootType("v1", "Pod")!;
const listAt = (path: string) => fieldAt(pod, path.split("."))!.type as FieldType & { type: "list" };
const match = (path: string, before: unknown[], after: unknown[]) => {
  const { pairs, reordered } = matchLists(before, after, listAt(path), builtinTypes);
  return [
    ...pairs.map(
      (pair) => `${displayPath([pair.element])} ${JSON.stringify(pair.before)} ${JSON.stringify(pair.after)}`,
    ),
    reordered,
  ];
};

describe("pairing list elements", () => {
  test("by merge key, wherever they stand", () => {
    const env = (name: string, value: string) => ({ name, value });
    expect(match("spec.containers.0.env", [env("A", "1"), env("B", "2")], [env("C", "3"), env("A", "4")])).toEqual([
      '[C] undefined {"name":"C","value":"3"}',
      '[A] {"name":"A","value":"1"} {"name":"A","value":"4"}',
      '[B] {"name":"B","value":"2"} undefined',
      false,
    ]);
  });

  test("a new order is told", () => {
    expect(match("spec.containers.0.env", [{ name: "A" }, { name: "B" }], [{ name: "B" }, { name: "A" }]).at(-1)).toBe(
      true,
    );
  });

  test("ports with the protocol that is the default", () => {
    expect(match("spec.containers.0.ports", [{ containerPort: 80, protocol: "TCP" }], [{ containerPort: 80 }])).toEqual(
      ['[80/TCP] {"containerPort":80,"protocol":"TCP"} {"containerPort":80}', false],
    );
  });

  test("sets by value, atomic lists by index, and lists with a key twice by index", () => {
    expect(match("metadata.finalizers", ["a"], ["b", "a"])).toEqual(['[b] undefined "b"', '[a] "a" "a"', false]);
    expect(match("spec.containers.0.args", ["x"], ["y", "x"])).toEqual(['[0] "x" "y"', '[1] undefined "x"', false]);
    expect(match("spec.containers.0.env", [{ name: "A" }, { name: "A" }], [{ name: "A" }])).toEqual([
      '[0] {"name":"A"} {"name":"A"}',
      '[1] {"name":"A"} undefined',
      false,
    ]);
  });
});

describe("paths as people read them", () => {
  const object = {
    metadata: { labels: { "app.kubernetes.io/name": "web", app: "web" }, finalizers: ["example.com/x"] },
    spec: { containers: [{ name: "web", args: ["-v"], ports: [{ containerPort: 80 }] }] },
  };

  test.each([
    [["spec", "containers", 0, "ports", 0, "containerPort"], "spec.containers[web].ports[80/TCP].containerPort"],
    [["metadata", "labels", "app.kubernetes.io/name"], 'metadata.labels["app.kubernetes.io/name"]'],
    [["metadata", "labels", "app"], "metadata.labels.app"],
    [["metadata", "finalizers", 0], "metadata.finalizers[example.com/x]"],
    [["spec", "containers", 0, "args", 0], "spec.containers[web].args[0]"],
    [["spec", "containers", 7, "image"], "spec.containers[7].image"],
    [[], ""],
  ])("%j", (path, text) => {
    expect(displayPath(elementsOf(path, object, pod, builtinTypes))).toBe(text);
  });
});
