import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";
import { parityCases } from "../desired/parity.ts";
import type { clientOf } from "../embedded/client.ts";
import { knownInMutations } from "./known-mutations.ts";
import { type Mutation, mutationsOf } from "./mutations.ts";
import { differences, normal, refusal } from "./normal.ts";
import { ownExchanges } from "./own-exchanges.ts";
import { type BothServers, startBoth } from "./servers.ts";

type Client = ReturnType<typeof clientOf>;

let both: BothServers;
beforeAll(async () => {
  both = await startBoth();
  for (const client of [both.real, both.embedded]) {
    await post(client, "/api/v1/namespaces", { metadata: { name: "x-own" } });
    // Controllers, which are not at work, would make it.
    await post(client, "/api/v1/namespaces/x-own/serviceaccounts", { metadata: { name: "default" } });
  }
});
afterAll(() => both.end());

const post = (client: Client, path: string, body: object) =>
  client.send({ method: "POST", path, headers: { "content-type": "application/json" }, body });

interface Seed {
  readonly path: string;
  readonly object: JsonObject;
}

/** Objects of every kind that are right: those of our own exchanges, and what Terraform's provider sent. */
function seeds(): Seed[] {
  const own = ownExchanges().filter(({ name }) => name.endsWith("-dry-run"));
  const sent = parityCases().flatMap(({ requests }) => requests.filter(({ method }) => method === "POST"));
  return [...own, ...(sent as { path?: string; body: unknown }[])].flatMap(({ path = "", body }) => {
    if (!isJsonObject(body) || !isJsonObject(body["metadata"])) return [];
    const { namespace: _, ...metadata } = body["metadata"];
    const placed = path.replace(/\?.*/, "").replace(/namespaces\/[^/]+\//, "namespaces/x-own/");
    return [{ path: placed, object: { ...body, metadata } }];
  });
}

/** Names whose end is the server's to choose. */
const unstable = /^\.object\.(metadata\.name|.*kube-api-access-)/;

const judge = async (client: Client, path: string, object: JsonObject) => {
  const { status, body } = await post(client, `${path}?dryRun=All`, object);
  const answer = status < 300 ? { object: normal(body as Json) } : refusal(body);
  return { status, ...answer, said: isJsonObject(body) ? (body["message"] ?? "") : "" };
};

test("an object with one thing wrong in it is refused by both servers for the same reason", {
  timeout: 300_000,
}, async () => {
  const todo: (Mutation & Seed)[] = [];
  const seen = new Set<string>();
  for (const { path, object } of seeds()) {
    if ((await judge(both.real, path, object)).status >= 300) continue;
    for (const mutation of mutationsOf(object)) {
      if (seen.has(mutation.name)) continue;
      seen.add(mutation.name);
      todo.push({ ...mutation, path });
    }
  }
  const whole = process.env["K8SCTL_MUTATIONS"] === "all";
  if (!whole) todo.splice(0, todo.length, ...todo.filter((_, index) => index % 8 === 0));
  const different: { name: string; lines: readonly string[] }[] = [];
  const figures = { refused: 0, words: 0 };
  const work = async (): Promise<void> => {
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const { name, path, object } = next;
      const [real, embedded] = await Promise.all([both.real, both.embedded].map((on) => judge(on, path, object)));
      const { said, ...verdict } = real!;
      const { said: ours, ...own } = embedded!;
      if (real!.status >= 300) figures.refused++;
      const lines = differences(verdict, own).filter((line) => !unstable.test(line));
      if (lines.length > 0) different.push({ name, lines });
      else if (real!.status >= 300 && said !== ours) figures.words++;
    }
  };
  const count = todo.length;
  await Promise.all(Array.from({ length: 12 }, work));
  const alike = count - different.length;
  console.log(`${alike} of ${count} alike; ${figures.refused} refused, ${figures.words} in other words`);
  const folder = process.env["K8SCTL_DIFFERENCES"];
  if (folder !== undefined) writeFileSync(`${folder}/mutations.json`, JSON.stringify(different, null, 1));
  const listed = knownInMutations.flatMap(({ names }) => names);
  const covers = (entry: string, { name }: { readonly name: string }): boolean =>
    entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : entry === name;
  expect(different.filter((one) => !listed.some((entry) => covers(entry, one)))).toEqual([]);
  if (whole) expect(listed.filter((entry) => !different.some((one) => covers(entry, one)))).toEqual([]);
});
