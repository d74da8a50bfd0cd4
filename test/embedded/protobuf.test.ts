import { describe, expect, test } from "vitest";
import { fromProtobuf } from "../../src/embedded/protobuf.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** As kubectl 1.32 sent it for `kubectl create namespace foo`. */
const namespace = bytes(
  "6b387300 0a0f0a0276311209 4e616d657370616365 121b0a130a03666f6f 1200 1a00 2200 2a00 3200 3800 4200 12001a020a00 1a00 2200",
);

const field = (number: number, value: Buffer | string) => {
  const content = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
};
const number = (at: number, value: number) => Buffer.from([at * 8, value]);
const message = (...parts: Buffer[]) => Buffer.concat(parts);
const body = (apiVersion: string, kind: string, raw: Buffer) =>
  message(bytes("6b387300"), field(1, message(field(1, apiVersion), field(2, kind))), field(2, raw));

describe("protobuf bodies", () => {
  test("a namespace from kubectl, zero values left out as Go's JSON leaves them", () => {
    expect(fromProtobuf(namespace)).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "foo", creationTimestamp: null },
      spec: {},
      status: {},
    });
  });

  test("maps, bytes, lists, numbers, quantities, int-or-string, inlined structs", () => {
    const entry = (key: string, value: Buffer | string) => message(field(1, key), field(2, value));
    expect(fromProtobuf(body("v1", "Secret", message(field(2, entry("a", "b")), field(3, "Opaque"))))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "Yg==" },
      type: "Opaque",
    });
    const port = message(number(3, 80), field(4, message(number(1, 1), field(3, "http"))));
    expect(fromProtobuf(body("v1", "Service", field(2, field(1, port))))).toMatchObject({
      spec: { ports: [{ port: 80, targetPort: "http" }] },
    });
    const quantity = field(1, "5");
    expect(fromProtobuf(body("v1", "ResourceQuota", field(2, field(1, entry("pods", quantity)))))).toMatchObject({
      spec: { hard: { pods: "5" } },
    });
    const volume = message(field(1, "v"), field(2, field(2, field(1, "Memory"))));
    expect(fromProtobuf(body("v1", "Pod", field(2, field(1, volume))))).toMatchObject({
      spec: { volumes: [{ name: "v", emptyDir: { medium: "Memory" } }] },
    });
    // A pointer keeps its zero: no replicas is something else than nothing said of them.
    expect(fromProtobuf(body("apps/v1", "Deployment", field(2, number(1, 0))))).toMatchObject({
      spec: { replicas: 0 },
    });
  });

  test("what is cut off or no protobuf at all is refused with 400, an unknown kind with 415", () => {
    for (let length = 0; length < namespace.length; length++) {
      const part = namespace.subarray(0, length);
      try {
        expect(fromProtobuf(part)).toMatchObject({ kind: "Namespace" });
      } catch (error) {
        expect([400, 415]).toContain((error as { status: number }).status);
      }
    }
    expect(() => fromProtobuf(Buffer.from("{}"))).toThrow("expected prefix");
    expect(() => fromProtobuf(body("example.com/v1", "Widget", Buffer.alloc(0)))).toThrow("no protobuf encoding");
  });
});
