import { expect, test } from "vitest";
import { resourceKinds } from "../../src/desired/resource-types.ts";
import { typeOf } from "../../src/model/ids.ts";
import { isRemoved } from "../../src/schema/deprecations.ts";
import { findKind } from "../../src/schema/table.ts";

test("of the provider's types exactly those are removed that today's API table does not have", () => {
  for (const [type, { apiVersion, kind }] of resourceKinds) {
    const { group, version } = typeOf(apiVersion, kind);
    expect([type, isRemoved(apiVersion, kind)]).toEqual([type, findKind(group, kind, version) === null]);
  }
});
