import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { ClientAnswer, ClientRequest } from "./client.ts";

/** One request to a real API server and what it answered; shape of the recordings. */
export interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, string | readonly string[]>>;
  readonly response: unknown;
  readonly stream?: boolean;
}

export function readExchanges(group: string): Exchange[] {
  const path = new URL(`../fixtures/exchanges/${group}.ndjson`, import.meta.url);
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Exchange);
}

export interface Outcome {
  readonly name: string;
  /** Lines that tell what differs; none where the answers are the same. */
  readonly differences: readonly string[];
}

type Send = (request: ClientRequest, exchange: Exchange) => Promise<ClientAnswer>;
/** Done before each exchange; answers with values of the recording and what they are here. */
type Prepare = (exchange: Exchange) => Promise<readonly (readonly [string, string])[]>;

/** Sends recorded requests in their order to another server; the same exchanges as that server answers them. */
export async function recordAgain(
  exchanges: readonly Exchange[],
  send: Send,
  prepare: Prepare = async () => [],
): Promise<Exchange[]> {
  const asked = await exchangeAll(exchanges, send, prepare);
  return await Promise.all(
    asked.map(async ({ exchange, request, answered }): Promise<Exchange> => {
      const { status, headers, body } = await answered;
      const warning = headers["warning"];
      const responseHeaders: Exchange["responseHeaders"] = warning === undefined ? {} : { warning };
      return { ...exchange, path: request.path, body: request.body, status, responseHeaders, response: body };
    }),
  );
}

/**
 * Sends recorded requests in their order. Values that a server makes up (uids, versions) are learned from each pair of
 * answers and put into later requests; what is left is compared with such values blanked out. Watches run side by side.
 */
export async function replay(
  exchanges: readonly Exchange[],
  send: Send,
  prepare: Prepare = async () => [],
): Promise<Outcome[]> {
  const asked = await exchangeAll(exchanges, send, prepare);
  return await Promise.all(
    asked.map(async ({ exchange, answered }) => ({
      name: exchange.name,
      differences: compare(exchange, await answered),
    })),
  );
}

interface Asked {
  readonly exchange: Exchange;
  readonly request: ClientRequest & { readonly path: string };
  /** A watch goes on while the next requests are sent. */
  readonly answered: Promise<ClientAnswer>;
}

async function exchangeAll(exchanges: readonly Exchange[], send: Send, prepare: Prepare): Promise<Asked[]> {
  const learned = new Map<string, string>();
  const all: Asked[] = [];
  for (const exchange of exchanges) {
    const { method, headers, body } = exchange;
    for (const [was, is] of await prepare(exchange)) learned.set(was, is);
    // A watch is over when its time is: a second is enough for what has happened already.
    const path = exchange.path.replace(/timeoutSeconds=\d+/, "timeoutSeconds=1");
    const request = { method, path: substituted(path, learned), headers, body: substitutedBody(body, learned) };
    const answered = send(request, exchange);
    all.push({ exchange, request, answered });
    if (exchange.stream !== true) learn(exchange.response, (await answered).body, "", learned);
  }
  return all;
}

function compare(exchange: Exchange, answer: ClientAnswer): string[] {
  const differences: string[] = [];
  if (exchange.status !== answer.status) differences.push(`status ${exchange.status} → ${answer.status}`);
  const warnings = (value: unknown) => [value ?? []].flat().map(String).join(", ");
  const [was, is] = [warnings(exchange.responseHeaders["warning"]), warnings(answer.headers["warning"])];
  if (was !== is) differences.push(`warning ${was} → ${is}`);
  const body = Array.isArray(exchange.response) ? [answer.body].flat().filter((event) => event !== "") : answer.body;
  difference(blanked(exchange.response, ""), blanked(body, ""), "", differences);
  return differences;
}

function difference(was: unknown, is: unknown, path: string, into: string[]): void {
  if (isDeepStrictEqual(was, is) || into.length > 20) return;
  const both = typeof was === "object" && typeof is === "object" && was !== null && is !== null;
  if (!both || Array.isArray(was) !== Array.isArray(is)) {
    into.push(`${path}: ${JSON.stringify(was)?.slice(0, 300)} → ${JSON.stringify(is)?.slice(0, 300)}`);
    return;
  }
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  for (const key of keys) difference((was as never)[key], (is as never)[key], `${path}.${key}`, into);
}

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

const notCompared = new Set(["description", "remainingItemCount", "storageVersionHash"]);

/** Values that differ between any two servers, by form or by the field they stand in. */
function blanked(value: unknown, key: string): unknown {
  // Layers of the real server check the same thing one after the other: how often a cause is told says nothing.
  if (key === "causes" && Array.isArray(value))
    return [...new Set(value.map((cause) => JSON.stringify(blanked(cause, ""))))].map((text) => JSON.parse(text));
  // Managers stand in the order of their times, and within a second of their names: that is up to the moment.
  if (key === "managedFields" && Array.isArray(value)) return value.map((item) => blanked(item, "")).sort(byManager);
  if (Array.isArray(value)) return value.map((item) => blanked(item, key));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(withoutControllers(value as Record<string, unknown>));
    // The recorded 1.32 wrote a null time into metadata inside of objects; the version that we imitate does not.
    const compared = entries.filter(
      ([name, item]) => !notCompared.has(name) && !(name === "creationTimestamp" && item === null),
    );
    return Object.fromEntries(compared.map(([name, item]) => [name, blanked(item, name)]));
  }
  if (key === "cells" && typeof value === "string" && /^(\d+[smhd])+$/.test(value)) return "(age)";
  if (key === "nodePort") return "(port)";
  if (key === "continue") return "(token)";
  if (key === "ca.crt") return "(certificate)";
  if (typeof value !== "string") return value;
  if (key === "resourceVersion") return "(version)";
  return wordsOfToday(value)
    .replaceAll(uid, "(uid)")
    .replaceAll(time, "(time)")
    .replaceAll(/10\.96\.(?!0\.0\b)\d+\.\d+/g, "(address)")
    .replaceAll(/(kube-api-access|gen)-[a-z0-9]{5}\b/g, "$1-(random)")
    .replaceAll(/"?resourceVersion\\*":\\*"\d+/g, "resourceVersion (version)")
    .replaceAll(/(too old resource version:|Too large resource version:|current:) \d+( \(\d+\))?/g, "$1 (version)")
    .replaceAll(/resourceVersion: "\d+"/g, 'resourceVersion: "(version)"')
    .replaceAll(/in record \(\d+\)/g, "in record (version)")
    .replaceAll(/\b(80|443):3\d{4}\//g, "$1:(port)/");
}

const asList = (values: string) => `[${values.replaceAll(", ", ",")}]`;

/** The recorded 1.32 showed values in Go's syntax; 1.34, which is imitated, shows them as JSON. */
function wordsOfToday(text: string): string {
  return text
    .replaceAll(
      /v1\.LabelSelector\{MatchLabels:map\[string\]string(\{[^}]*\}|\(nil\)), MatchExpressions:\S+?\(nil\)\}/g,
      (_, labels: string) => (labels === "(nil)" ? "{}" : `{"matchLabels":${labels.replaceAll(", ", ",")}}`),
    )
    .replaceAll(/map\[string\](?:string|interface \{\})(\{[^}]*\})/g, (_, map: string) => map.replaceAll(", ", ","))
    .replaceAll(/value: (?:map\[string\]string|\[\]networking\.IngressRule)\(nil\)/g, "value: null")
    .replaceAll(/value: \[\]string\{([^}]*)\}/g, (_, values: string) => `value: ${asList(values)}`)
    .replaceAll(
      /rbac\.RoleRef\{(.*?)\}/g,
      (_, ref: string) => `{${ref.replaceAll(/(\w+):"/g, '"$1":"').replaceAll(", ", ",")}}`,
    )
    .replaceAll("Invalid value: 0x0:", "Invalid value: 0:")
    .replaceAll('Invalid value: "null": some', "Invalid value: null: some")
    .replaceAll("pkg/api/legacyscheme/scheme.go:30", "pkg/runtime/scheme.go:110")
    .replaceAll("'updateStrategy', 'persistent", "'updateStrategy', 'revisionHistoryLimit', 'persistent");
}

function byManager(a: unknown, b: unknown): number {
  const name = (entry: unknown): string => {
    const { manager, operation, apiVersion, subresource } = entry as Record<string, unknown>;
    return JSON.stringify([manager, operation, apiVersion, subresource]);
  };
  return name(a) < name(b) ? -1 : 1;
}

/** The recorded server had controllers at work at the same time; nothing is simulated in a replay. */
function withoutControllers(value: Record<string, unknown>): Record<string, unknown> {
  const { managedFields, annotations, ...rest } = value;
  const revision = "deployment.kubernetes.io/revision";
  const noted = Object.entries((annotations ?? {}) as object).filter(([key]) => key !== revision);
  const managers = [managedFields ?? []].flat() as { manager?: string }[];
  const written = managers.filter(
    ({ manager }) => manager !== "kube-controller-manager" && manager !== "k8sctl-embedded",
  );
  // The recorded 1.32 counted no generations of pods; the version that we imitate does.
  const spec = (rest["spec"] ?? {}) as { containers?: unknown };
  if (rest["kind"] === "Pod" || spec.containers !== undefined)
    rest["metadata"] = { ...(rest["metadata"] as object), generation: 0 };
  const status = rest["kind"] === "Deployment" || rest["kind"] === "StatefulSet" ? { status: "(controllers')" } : {};
  return {
    ...rest,
    ...status,
    ...(annotations === undefined || (noted.length === 0 && annotations !== null)
      ? {}
      : { annotations: Object.fromEntries(noted) }),
    ...(managers.length > 0 && written.length === 0
      ? {}
      : managedFields === undefined
        ? {}
        : { managedFields: written }),
  };
}

function learn(was: unknown, is: unknown, key: string, learned: Map<string, string>): void {
  if (typeof was === "string" && typeof is === "string") {
    const madeUp = key === "resourceVersion" || key === "uid" || key === "continue" || /^10\.96\./.test(was);
    if (madeUp && was.length > 2) learned.set(was, is);
    if (/^gen-[a-z0-9]{5}$/.test(was)) learned.set(was, is);
    const [uids, own] = [was.match(uid) ?? [], is.match(uid) ?? []];
    if (uids.length === own.length) for (const [i, text] of uids.entries()) learned.set(text, own[i]!);
  } else if (typeof was === "object" && typeof is === "object" && was !== null && is !== null) {
    for (const [name, item] of Object.entries(was))
      learn(item, (is as Record<string, unknown>)[name], Array.isArray(was) ? key : name, learned);
  }
}

function substituted(text: string, learned: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [was, is] of learned) {
    // Versions are bare numbers: replaced only where they stand as a version.
    result = /^\d+$/.test(was)
      ? result.replaceAll(new RegExp(`(resourceVersion(?:\\\\?":\\s*\\\\?"|=))${was}\\b`, "g"), `$1\u0000${is}`)
      : result.replaceAll(was, is);
  }
  return result.replaceAll("\u0000", "");
}

function substitutedBody(body: unknown, learned: ReadonlyMap<string, string>): unknown {
  if (body === null || body === undefined) return null;
  return substituted(typeof body === "string" ? body : JSON.stringify(body), learned);
}
