import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { failureOf } from "../../../src/host/kube/answers.ts";
import { discoverTypes } from "../../../src/host/kube/discovery.ts";
import { KubeError } from "../../../src/model/errors.ts";
import type { JsonObject } from "../../../src/model/json.ts";

/** Answers of a real API server (Kubernetes 1.32). */
interface Exchange {
  readonly name: string;
  readonly path: string;
  readonly status: number;
  readonly responseHeaders: Record<string, string>;
  readonly response: JsonObject | string;
}

const recorded = (file: string): Exchange[] =>
  readFileSync(new URL(`../../fixtures/exchanges/${file}.ndjson`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

const discovery = recorded("discovery");
const refusals = recorded("refusals");

describe("discovery of a real server", () => {
  const from = (aggregated: boolean) => async (path: string) => {
    const found = discovery.find((e) => e.path === path && e.name.includes("aggregated") === aggregated);
    if (found !== undefined) return found.response as JsonObject;
    throw new KubeError({ status: 503, reason: "ServiceUnavailable", message: "not recorded", request: path });
  };

  test("aggregated: all groups in two documents, without subresources", async () => {
    const types = await discoverTypes(from(true));
    expect(types).toContainEqual({
      group: "apps",
      version: "v1",
      kind: "Deployment",
      resource: "deployments",
      namespaced: true,
      verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    });
    expect(types.find((type) => type.kind === "Namespace")).toMatchObject({ group: "", namespaced: false });
    expect(types.filter((type) => type.resource.includes("/") || type.kind === "Scale")).toEqual([]);
  });

  test("legacy documents of an older server say the same, and a broken group hides no other", async () => {
    const known = (group: string) => ["", "apps", "batch"].includes(group);
    const order = (a: { group: string; resource: string }, b: { group: string; resource: string }) =>
      `${a.group}/${a.resource}`.localeCompare(`${b.group}/${b.resource}`);
    const legacy = await discoverTypes(from(false));
    const aggregated = await discoverTypes(from(true));
    expect(legacy.length).toBeGreaterThan(20);
    expect(legacy.sort(order)).toEqual(aggregated.filter((type) => known(type.group)).sort(order));
  });
});

describe("refusals of a real server", () => {
  test.each([
    ["unknown-resource-404", { status: 404, reason: "TypeNotServed" }],
    ["unknown-group-404", { status: 404, reason: "TypeNotServed", message: "404 page not found" }],
    ["object-missing-grouped-404", { status: 404, reason: "NotFound" }],
    ["dryrun-missing-namespace-404", { status: 404, reason: "NotFound", about: { kind: "namespaces" } }],
    ["bad-bearer-token-401", { status: 401, reason: "Unauthorized" }],
    ["no-certificate-is-anonymous-403", { status: 403, reason: "Forbidden" }],
    ["unknown-field", { status: 500, reason: "" }],
    [
      "deployment-conflict-two-fields-409",
      {
        status: 409,
        reason: "Conflict",
        causes: [{ reason: "FieldManagerConflict" }, { reason: "FieldManagerConflict" }],
      },
    ],
  ])("%s", (name, expected) => {
    const { status, responseHeaders, response, path } = refusals.find((e) => e.name === name)!;
    const text = typeof response === "string" ? response : JSON.stringify(response);
    const failure = failureOf({ status, headers: responseHeaders, text }, `GET ${path}`);
    expect(failure).toMatchObject(expected);
    expect(failure.message).not.toBe("");
  });
});
