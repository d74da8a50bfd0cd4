import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";

interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>> | string | null;
  readonly status: number;
}

const fixtures = new URL("../fixtures/exchanges/", import.meta.url);

function exchangesOf(group: string): Exchange[] {
  const lines = readFileSync(new URL(`${group}.ndjson`, fixtures), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as Exchange);
}

/** Whole objects that a real API server was asked to take: creations and applies. */
function offered(group: string): (Exchange & { readonly body: Readonly<Record<string, unknown>> })[] {
  return exchangesOf(group).filter((each): each is Exchange & { body: Readonly<Record<string, unknown>> } => {
    const apply = each.headers?.["content-type"]?.includes("apply-patch") === true;
    const whole = typeof each.body === "object" && each.body?.["kind"] !== undefined;
    return (
      whole && (each.method === "POST" || apply) && !/\/(status|scale|eviction|binding|token)(\?|$)/.test(each.path)
    );
  });
}

const findingsOf = (body: Readonly<Record<string, unknown>>) => validateObject(body, builtinTypes);
const errorsOf = (body: Readonly<Record<string, unknown>>) => findingsOf(body).filter((f) => f.severity === "error");

/** Refusals for which one has to know the cluster, the address of the request, or what is there already. */
const ONLY_THE_SERVER_KNOWS: Readonly<Record<string, string>> = {
  "fieldvalidation-bogus": "the request's parameters",
  "service-clusterip-out-of-range-422": "the cluster's range of addresses",
  "service-nodeport-taken-dryrun-422": "another Service has it",
  "service-nodeport-taken-422": "another Service has it",
  "duplicate-key-strict": "a key twice, gone once JSON is read",
};

/** What the server took that `validate` refuses all the same, and why. */
const REFUSED_HERE: Readonly<Record<string, string>> = {
  "fieldvalidation-default": "unknown fields are dropped by the server",
  "fieldvalidation-warn": "unknown fields are dropped by the server",
  "fieldvalidation-ignore": "unknown fields are dropped by the server",
  "no-name-in-body": "the name stands in the request's address",
  "deployment-reorder-env": "one variable twice: a new object is refused for it",
  "with-resourceversion-on-missing-object": "a stack cannot know it",
  "create-with-server-fields-ignored": "a stack cannot know it",
};

describe("the refusals of a real API server", () => {
  const refused = offered("validation").filter(({ status }) => status === 400 || status === 422);

  test("all that can be known offline are found", () => {
    const missed = refused.filter(({ body }) => findingsOf(body).length === 0).map(({ name }) => name);
    expect(missed.filter((name) => ONLY_THE_SERVER_KNOWS[name] === undefined)).toEqual([]);
    expect({ refused: refused.length, found: refused.length - missed.length }).toEqual({ refused: 50, found: 47 });
  });

  test.each(["crd", "apply"])("those of the group %s that are about a built-in type", (group) => {
    const known = /^(crd-|quantity|unknown-field|wrong-type|deployment-(?!unknown)|port)/;
    const missed = offered(group)
      .filter(
        ({ status, name, body }) => [400, 422, 500].includes(status) && known.test(name) && body["kind"] !== "Gizmo",
      )
      .filter(({ body }) => errorsOf(body).length === 0)
      .map(({ name }) => name);
    expect(missed).toEqual([]);
  });
});

describe("what a real API server took", () => {
  test.each(["apply", "crd", "crud", "defaults", "delete", "immutable", "list-watch", "validation"])(
    "nothing in the group %s is refused",
    (group) => {
      const wrong = offered(group)
        .filter(({ status, name }) => status < 300 && REFUSED_HERE[name] === undefined)
        .map(({ name, body }) => ({ name, errors: errorsOf(body).map(({ path, message }) => `${path} ${message}`) }))
        .filter(({ errors }) => errors.length > 0);
      expect(wrong).toEqual([]);
    },
  );
});
