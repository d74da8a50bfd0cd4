import { describe, expect, test } from "vitest";
import { displayPath } from "../../src/fields/display.ts";
import type { Template } from "../../src/model/desired.ts";
import { Unknown } from "../../src/model/desired.ts";
import { diffObjects } from "../../src/plan/diff.ts";

type Fields = { [key: string]: Template };

const pod = (spec: Fields): Fields => ({ spec: { template: { spec } } });

/** `path: before -> after`, one a line; `-` for absent. */
function lines(apiVersion: string, kind: string, before: Fields | null, after: Fields | null): string[] {
  const text = (value: Template | undefined): string =>
    value === undefined ? "-" : value instanceof Unknown ? "?" : JSON.stringify(value);
  return diffObjects(apiVersion, kind, before, after).map(
    (d) => `${displayPath(d.path)}: ${text(d.before)} -> ${text(d.after)}`,
  );
}

const cases: { name: string; type: [string, string]; before: Fields; after: Fields; expected: string[] }[] = [
  {
    name: "one changed field",
    type: ["apps/v1", "Deployment"],
    before: pod({ containers: [{ name: "web", image: "nginx:1.27" }] }),
    after: pod({ containers: [{ name: "web", image: "nginx:1.28" }] }),
    expected: ['spec.template.spec.containers[web].image: "nginx:1.27" -> "nginx:1.28"'],
  },
  {
    name: "list elements are paired by merge key; another order is a difference of its own, which the server would make",
    type: ["apps/v1", "Deployment"],
    before: pod({ containers: [{ name: "a" }, { name: "b", env: [{ name: "X", value: "1" }] }] }),
    after: pod({ containers: [{ name: "b", env: [{ name: "X", value: "2" }] }, { name: "a" }] }),
    expected: [
      'spec.template.spec.containers[b].env[X].value: "1" -> "2"',
      'spec.template.spec.containers: ["a","b"] -> ["b","a"]',
    ],
  },
  {
    name: "an added and a removed element",
    type: ["v1", "Service"],
    before: { spec: { ports: [{ port: 80, name: "http" }] } },
    after: { spec: { ports: [{ port: 81, protocol: "TCP", name: "http" }] } },
    expected: [
      "spec.ports[81/TCP].port: - -> 81",
      'spec.ports[81/TCP].protocol: - -> "TCP"',
      'spec.ports[81/TCP].name: - -> "http"',
      "spec.ports[80/TCP].port: 80 -> -",
      'spec.ports[80/TCP].name: "http" -> -',
    ],
  },
  {
    name: "a port without protocol is the TCP port",
    type: ["v1", "Service"],
    before: { spec: { ports: [{ port: 80, protocol: "TCP" }] } },
    after: { spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 8080 }] } },
    expected: ["spec.ports[80/TCP].targetPort: - -> 8080"],
  },
  {
    name: "map keys with dots are quoted",
    type: ["v1", "ConfigMap"],
    before: { metadata: { labels: {} }, data: { "a.txt": "1" } },
    after: { metadata: { labels: { "app.kubernetes.io/name": "x" } }, data: { "a.txt": "2" } },
    expected: ['metadata.labels["app.kubernetes.io/name"]: - -> "x"', 'data["a.txt"]: "1" -> "2"'],
  },
  {
    name: "a set is compared by its values",
    type: ["v1", "ConfigMap"],
    before: { metadata: { finalizers: ["a/x", "b/x"] } },
    after: { metadata: { finalizers: ["b/x", "c/x"] } },
    expected: ['metadata.finalizers[c/x]: - -> "c/x"', 'metadata.finalizers[a/x]: "a/x" -> -'],
  },
  {
    name: "an atomic list of another length is one difference",
    type: ["rbac.authorization.k8s.io/v1", "Role"],
    before: { rules: [{ verbs: ["get"] }] },
    after: { rules: [{ verbs: ["get", "list"] }] },
    expected: ['rules[0].verbs: ["get"] -> ["get","list"]'],
  },
  {
    name: "an empty map is not the same as none",
    type: ["apps/v1", "Deployment"],
    before: pod({ volumes: [{ name: "v" }] }),
    after: pod({ volumes: [{ name: "v", emptyDir: {} }] }),
    expected: ["spec.template.spec.volumes[v].emptyDir: - -> {}"],
  },
  {
    name: "an unknown value is a difference of its own",
    type: ["v1", "ConfigMap"],
    before: { data: { host: "a" } },
    after: { data: { host: new Unknown("${x.y}", ["x"], false) } },
    expected: ['data.host: "a" -> ?'],
  },
];

describe("diffObjects", () => {
  test.each(cases)("$name", ({ type, before, after, expected }) => {
    expect(lines(...type, before, after)).toEqual(expected);
  });

  test("a new object shows each of its leaves", () => {
    expect(lines("v1", "ConfigMap", null, { data: { a: "1", b: "2" } })).toEqual([
      'data.a: - -> "1"',
      'data.b: - -> "2"',
    ]);
  });
});
