import { expect, test } from "vitest";
import { startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";
import { knownDifferences } from "./known-differences.ts";
import { type Made, madeBefore, restricted } from "./made-before.ts";
import { type Exchange, readExchanges, replay } from "./replay.ts";

const json = { "content-type": "application/json" };
const withoutCertificate = /no-certificate|bad-bearer-token(?!-with)/;

function namespacesOf(exchanges: readonly Exchange[]): string[] {
  return [...new Set(exchanges.flatMap(({ path }) => /namespaces\/(x-[a-z0-9-]+)\//.exec(path)?.[1] ?? []))].filter(
    (name) => name !== "x-errors-term",
  );
}

test.each(Object.keys(knownDifferences))("answers recorded exchanges as a real server did: %s", async (group) => {
  const cluster = await startEmbedded({ simulate: false });
  const own = clientOf(cluster.access);
  const anonymous = clientOf(cluster.access, null);
  try {
    const exchanges = readExchanges(group);
    const made = madeBefore[group] ?? [];
    const make = async (objects: readonly Made[]) => {
      for (const { method = "POST", path, body } of objects) {
        const headers = method === "PATCH" ? { "content-type": "application/merge-patch+json" } : json;
        expect((await own.send({ method, path, headers, body })).status).toBe(method === "POST" ? 201 : 200);
      }
    };
    const namespaces = namespacesOf(exchanges).map((name) => ({
      path: "/api/v1/namespaces",
      body: { metadata: { name, labels: name.endsWith("-psa") ? restricted : {} } },
    }));
    await make([...namespaces, ...made.filter(({ before }) => before === undefined)]);
    const outcomes = await replay(
      exchanges,
      (request, { name }) => (withoutCertificate.test(name) ? anonymous : own).send(request),
      async ({ name }) => {
        await make(made.filter(({ before }) => before === name));
        // The version from which the recorded watches begin was read by a request that was not recorded.
        return name === "list-exact" ? [["1257", String(cluster.store.resourceVersion())]] : [];
      },
    );
    const known = knownDifferences[group]!;
    const unexpected = outcomes.filter(({ name, differences }) => differences.length > 0 && known[name] === undefined);
    expect(unexpected).toEqual([]);
    const same = outcomes.filter(({ differences }) => differences.length === 0).map(({ name }) => name);
    expect(Object.keys(known).filter((name) => same.includes(name))).toEqual([]);
  } finally {
    own.close();
    anonymous.close();
    await cluster.close();
  }
});
