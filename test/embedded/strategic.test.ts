import { describe, expect, test } from "vitest";
import { strategicMerge } from "../../src/embedded/strategic.ts";
import type { Json } from "../../src/model/json.ts";
import { builtinTypes, fieldAt, rootType } from "../../src/schema/table.ts";

const ports = fieldAt(rootType("v1", "Service")!, ["spec", "ports"])!.type;
const port = (number: number, protocol: string): Json => ({ port: number, protocol, name: `${number}${protocol}` });
const live = [port(80, "TCP"), port(81, "TCP"), port(80, "UDP")];

describe("ports that share the key of a strategic merge", () => {
  test.each<[string, Json[], string[]]>([
    ["stand together after a patch that names none", [], ["80TCP", "80UDP", "81TCP"]],
    ["stay behind what stood before them", [{ port: 81 }], ["80TCP", "80UDP", "81TCP"]],
    ["follow what is new", [{ port: 82, name: "new" }], ["new", "80TCP", "80UDP", "81TCP"]],
  ])("%s", (_, patch, names) => {
    const merged = strategicMerge(live, patch, ports, builtinTypes) as { name: string }[];
    expect(merged.map(({ name }) => name)).toEqual(names);
  });
});
