import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { expect, test } from "vitest";
import { type OwnershipOptions, ownership } from "../../stacks/ownership.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

function decoded(options: OwnershipOptions) {
  class Pages extends TerraformStack {
    constructor(scope: Construct, id: string) {
      super(scope, id);
      ownership(new ConfigMapV1(this, "page", { metadata: { name: "page" } }), options);
    }
  }
  return decode([synthesizeOne("pages", Pages, {})]).desired[0]?.ownership;
}

test("whose word counts is said beside the construct; what names more decides first", () => {
  expect(decoded({ take: ["data"], yield: ["data.tuned"], share: ["metadata.labels"] })).toEqual([
    { field: "metadata.labels", conflict: "share" },
    { field: "data.tuned", conflict: "yield" },
    { field: "data", conflict: "take" },
  ]);
});

test.each([
  ["a field that is none", { take: ["/data"] }, /"\/data" is no field as plans show it/],
  ["a way that is none", { steal: ["data"] } as OwnershipOptions, /steal/],
])("%s is refused", (_name, options, words) => {
  expect(() => decoded(options)).toThrow(words);
});
