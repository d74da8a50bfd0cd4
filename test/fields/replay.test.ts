import { describe, expect, test } from "vitest";
import { type ApplyResult, applyMerge } from "../../src/fields/apply.ts";
import { conflictCauses, conflictMessage } from "../../src/fields/conflicts.ts";
import { provesUnchanged } from "../../src/fields/proof.ts";
import { updateManagers } from "../../src/fields/update.ts";
import type { KubeObject, ManagedFieldsEntry } from "../../src/model/objects.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { type Exchange, readExchanges } from "./exchanges.ts";

const NOW = "2026-11-21T00:32:59Z";
const exchanges = readExchanges("apply.ndjson");
const applies = exchanges.filter(
  (exchange) =>
    exchange.contentType === "application/apply-patch+yaml" &&
    exchange.query.has("fieldManager") &&
    exchange.subresource !== "scale",
);
/** Refused before or after merging, by rules of the server that are no business of ours. */
const OTHER_RULES = ["with-stale-resourceversion-409", "with-uid-on-missing-object-422"];
const answered = (status: number) =>
  applies.filter((exchange) => exchange.status === status && !OTHER_RULES.includes(exchange.name));

function replay(exchange: Exchange): ApplyResult {
  return applyMerge({
    live: exchange.live,
    config: exchange.body,
    manager: exchange.query.get("fieldManager")!,
    apiVersion: exchange.body.apiVersion,
    subresource: exchange.subresource,
    force: exchange.query.get("force") === "true",
    now: NOW,
    types: builtinTypes,
  });
}

function applied(exchange: Exchange): { object: KubeObject; changed: boolean } {
  const result = replay(exchange);
  if (result.type !== "applied") throw new Error(`${exchange.name}: ${JSON.stringify(result)}`);
  return result;
}

/** The controller writes between two requests; whether an entry has a time matters, which one does not. */
function comparable(entries: readonly ManagedFieldsEntry[] | undefined): unknown[] {
  return (entries ?? [])
    .filter((entry) => entry.manager !== "kube-controller-manager")
    .map((entry) => ({ ...entry, time: entry.time === undefined ? "absent" : "present" }))
    .sort((a, b) => (JSON.stringify([a.manager, a.subresource]) < JSON.stringify([b.manager, b.subresource]) ? -1 : 1));
}

/** What a user set, without what the server writes itself. */
function content(object: KubeObject): Record<string, unknown> {
  const { kind: _, apiVersion: __, metadata, status: ___, stringData: ____, ...rest } = object;
  const { labels, annotations, finalizers } = metadata;
  const { "deployment.kubernetes.io/revision": _____, ...own } = annotations ?? {};
  return { ...rest, labels, finalizers, annotations: Object.keys(own).length === 0 ? undefined : own };
}

/** The server adds defaults to what is new, and writes quantities its own way. */
const DEFAULTED = ["deployment-add-env", "ports-same-number-two-protocols", "service-port-number-changed"];
const REWRITTEN = ["quantities-again-no-op"];

describe("applies that a real API server accepted", () => {
  const accepted = [...answered(200), ...answered(201)];

  test("are there", () => expect(accepted.length).toBeGreaterThan(40));

  test.each(accepted)("$name: managedFields", (exchange) => {
    const recorded = exchange.response as unknown as KubeObject;
    expect(comparable(applied(exchange).object.metadata.managedFields)).toEqual(
      comparable(recorded.metadata.managedFields),
    );
  });

  test.each(accepted.filter((exchange) => exchange.live !== null && !REWRITTEN.includes(exchange.name)))(
    "$name: object",
    (exchange) => {
      const expected = content(exchange.response as unknown as KubeObject);
      const actual = content(applied(exchange).object);
      if (DEFAULTED.includes(exchange.name)) expect(expected).toMatchObject(actual);
      else expect(actual).toEqual(expected);
    },
  );

  test.each(accepted.filter((exchange) => exchange.live !== null && exchange.subresource === ""))(
    "$name: a proof of no change only where the server kept the resourceVersion",
    ({ live, body, query, response }) => {
      const manager = query.get("fieldManager")!;
      const kept = (response as unknown as KubeObject).metadata.resourceVersion === live!.metadata.resourceVersion;
      const proved = provesUnchanged({ live: live!, desired: body, manager });
      if (proved) expect(kept && !query.has("dryRun")).toBe(true);
    },
  );

  test.each(["no-op", "deployment-no-op", "ports-without-protocol-again", "service-no-op"])(
    "%s is proved unchanged",
    (name) => {
      const exchange = applies.find((candidate) => candidate.name === name)!;
      expect(provesUnchanged({ live: exchange.live!, desired: exchange.body, manager: "alpha" })).toBe(true);
    },
  );
});

describe("applies that a real API server refused", () => {
  test.each(answered(409))("$name: conflicts, word for word", (exchange) => {
    const result = replay(exchange);
    if (result.type !== "conflict") throw new Error(JSON.stringify(result));
    expect(conflictMessage(result.conflicts)).toBe(exchange.response["message"]);
    expect({ causes: conflictCauses(result.conflicts) }).toEqual(exchange.response["details"]);
  });

  test.each(answered(500))("$name: does not fit the schema, word for word", (exchange) => {
    expect(replay(exchange)).toEqual({ type: "untyped", message: exchange.response["message"] });
  });

  test.each(answered(422))("$name: is left to validation, as on the server", (exchange) => {
    expect(replay(exchange).type).toBe("applied");
  });
});

describe("managedFields after plain writes", () => {
  const writes = exchanges.filter(
    (exchange) =>
      exchange.contentType !== "application/apply-patch+yaml" &&
      exchange.status < 300 &&
      (exchange.query.has("fieldManager") || exchange.name === "merge-patch-that-clears-managedfields") &&
      exchange.subresource === "",
  );

  test.each(writes)("$name", (exchange) => {
    const recorded = exchange.response as unknown as KubeObject;
    const sent = exchange.body.metadata?.managedFields;
    const after = {
      ...recorded,
      metadata: { ...recorded.metadata, managedFields: sent ?? exchange.live?.metadata.managedFields },
    };
    const entries = updateManagers({
      before: exchange.live,
      after,
      manager: exchange.query.get("fieldManager") ?? "unknown",
      apiVersion: recorded.apiVersion,
      subresource: "",
      now: NOW,
      types: builtinTypes,
    });
    expect(comparable(entries)).toEqual(comparable(recorded.metadata.managedFields));
  });

  test("are there", () => expect(writes.map((write) => write.name)).toContain("csa-create"));
});
