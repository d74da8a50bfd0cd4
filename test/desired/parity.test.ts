import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { isDataSource } from "../../src/desired/data-sources.ts";
import { createProgram } from "../../src/desired/program.ts";
import { partialTypes, resourceKinds } from "../../src/desired/resource-types.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { isJsonObject } from "../../src/model/json.ts";
import { TOKEN_REQUEST } from "../../src/model/renewal.ts";
import {
  expectedBody,
  normal,
  nothingKnown,
  type ParityCase,
  parityCases,
  parityStack,
  updateCases,
  withSetsSorted,
} from "./parity.ts";

/**
 * Cases in which we do not send what the provider sent, and why. The list must only shrink: a case on it that passes
 * is an error.
 */
const differences: Readonly<Record<string, string>> = {
  "kubernetes_horizontal_pod_autoscaler.full-behavior-noselect":
    "on purpose: the provider sends an empty selectPolicy, which every server refuses; without it the default holds",
  "kubernetes_horizontal_pod_autoscaler_v2.full-behavior-noselect":
    "on purpose: the provider sends an empty selectPolicy, which every server refuses; without it the default holds",
};

/** What we make of a case: the object, or the first error's message where there is none. */
function mapped(one: ParityCase): Json {
  const { desired, generated, problems } = createProgram([parityStack(one)]).decode(nothingKnown);
  const address = `${one.type}.this`;
  const error = problems.find((p) => p.severity === "error" && p.address === address);
  const own =
    desired.find((d) => d.origin.address === address)?.object ??
    generated.find((value) => value.address === address)?.request;
  return error === undefined && own !== undefined ? normal(own) : (error?.message ?? "no object");
}

/** A generate_name is a name of ours (ADR 0003): its prefix is what can be compared. */
function withName(expected: Json, ours: Json): Json {
  if (!isJsonObject(expected) || !isJsonObject(expected["metadata"]) || !isJsonObject(ours)) return expected;
  const { generateName, ...metadata } = expected["metadata"];
  const name = isJsonObject(ours["metadata"]) ? ours["metadata"]["name"] : undefined;
  if (typeof generateName !== "string" || typeof name !== "string" || !name.startsWith(generateName)) return expected;
  return normal({ ...expected, metadata: { ...metadata, name } });
}

/** What the recording had from its cluster (`/0/body/spec/...`), and we know only after apply. */
function withVolatile(one: ParityCase, expected: Json, ours: Json): Json {
  const steps = (one.volatileInRequests ?? [])
    .filter((pointer) => pointer.startsWith("/0/body/"))
    .map((pointer) => pointer.slice("/0/body/".length).split("/"));
  return steps.reduce((json, path) => withValueOf(json, ours, path), expected);
}

function withValueOf(expected: Json, ours: Json, [step, ...rest]: readonly string[]): Json {
  if (step === undefined) return typeof ours === "string" && ours.startsWith("unknown ") ? ours : expected;
  if (!isJsonObject(expected) || !isJsonObject(ours) || expected[step] === undefined) return expected;
  return { ...expected, [step]: withValueOf(expected[step], ours[step] ?? null, rest) };
}

/** The folders of the provider's package: one for each resource type (`pod`) and data source (`data-kubernetes-pod`). */
function packageFolders(): string[] {
  const index = createRequire(import.meta.url).resolve("@cdktf/provider-kubernetes");
  return readdirSync(dirname(index), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "provider")
    .map((entry) => entry.name.replaceAll("-", "_"));
}

test("no resource type of the provider's package is unknown to us", () => {
  const known = new Set([...resourceKinds.keys(), ...partialTypes, TOKEN_REQUEST, "kubernetes_manifest"]);
  const packaged = packageFolders().flatMap((name) => (name.startsWith("data_") ? [] : [`kubernetes_${name}`]));
  expect(packaged.length).toBeGreaterThan(70);
  expect(packaged.filter((type) => !known.has(type))).toEqual([]);
});

test("no data source of the provider's package is unknown to us", () => {
  const packaged = packageFolders().flatMap((name) => (name.startsWith("data_") ? [name.slice("data_".length)] : []));
  expect(packaged.length).toBeGreaterThan(25);
  expect(packaged.filter((type) => !isDataSource(type))).toEqual([]);
});

describe("the object that the real provider sent", () => {
  const all = [...parityCases(), ...updateCases()];

  test.each(all.map((one) => [one.name, one] as const))("%s", (_name, one) => {
    const ours = mapped(one);
    const theirs = withVolatile(one, withName(expectedBody(one), ours), ours);
    if (differences[one.name] === undefined) expect(ours).toEqual(theirs);
    else expect(ours, `${one.name} passes: take it off the list`).not.toEqual(theirs);
  });

  test("every case on the list of differences exists", () => {
    const names = new Set(all.map((c) => c.name));
    expect(Object.keys(differences).filter((name) => !names.has(name))).toEqual([]);
  });
});

/**
 * A configuration made by a generator over the provider's schema, and the body that the provider sent: 2.21.1, and 2.38
 * for what the former has no attribute for.
 */
interface SmallCase {
  readonly type: string;
  readonly case: string;
  readonly config: JsonObject;
  readonly given?: JsonObject;
  readonly body: Json;
}

describe("one attribute at a time, zero values and nulls among them", () => {
  const small = readFileSync(new URL("../fixtures/parity/small.ndjson", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as SmallCase);

  test.each(small.map((one) => [`${one.type} ${one.case}`, one] as const))("%s", (name, one) => {
    expect(withSetsSorted(mapped({ ...one, name, requests: [] }))).toEqual(withSetsSorted(one.body));
  });
});
