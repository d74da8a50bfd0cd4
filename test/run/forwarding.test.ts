import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/model/objects.ts";
import { choosePorts } from "../../src/run/forwarding.ts";

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    ports: [
      { name: "http", port: 80, targetPort: "web" },
      { name: "metrics", port: 9090 },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
  },
} as unknown as KubeObject;
const workload = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: { template: { spec: { containers: [{ name: "c", ports: [{ containerPort: 8080, name: "web" }] }, {}] } } },
} as unknown as KubeObject;
const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "page", namespace: "shop" } } as KubeObject;

const chosen = (objects: readonly KubeObject[], ...asked: string[]) =>
  choosePorts(objects, asked).map(({ local, chosen: { object, port, target } }) => [object.kind, local, port, target]);

describe("ports to forward", () => {
  test.each([
    [
      "all TCP ports of a Service",
      [service],
      [],
      [
        ["Service", null, 80, "web"],
        ["Service", null, 9090, 9090],
      ],
    ],
    ["those of the containers", [workload], [], [["Deployment", null, 8080, 8080]]],
    ["the Service stands for its pods", [workload, service], ["80"], [["Service", 80, 80, "web"]]],
    ["by name, on another local port", [service], ["8080:http"], [["Service", 8080, 80, "web"]]],
    ["on any local port", [service], [":metrics"], [["Service", 0, 9090, 9090]]],
    ["a port that no container names", [workload], ["5000:6000"], [["Deployment", 5000, 6000, 6000]]],
    [
      "several",
      [service],
      ["80", "9090"],
      [
        ["Service", 80, 80, "web"],
        ["Service", 9090, 9090, 9090],
      ],
    ],
  ] as const)("%s", (_name, objects, asked, expected) => {
    expect(chosen(objects, ...asked)).toEqual(expected);
  });

  test.each([
    ["dns", "there is no port dns"],
    ["0", "there is no port 0"],
    ["70000", "there is no port 70000"],
    ["80:", "80: is no port"],
    ["99999:80", "99999:80 is no port"],
    ["a b", "a b is no port"],
  ])("%s is refused", (asked, message) => {
    expect(() => choosePorts([service], [asked])).toThrow(message);
  });

  test("what has no ports is told as such", () => {
    expect(() => choosePorts([map], [])).toThrow("ConfigMap shop/page has no TCP ports");
  });
});
