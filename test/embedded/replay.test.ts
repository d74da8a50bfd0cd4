import { expect, test } from "vitest";
import { startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";
import { knownDifferences } from "./known-differences.ts";
import { type Exchange, readExchanges, replay } from "./replay.ts";

const json = { "content-type": "application/json" };
const withoutCertificate = /no-certificate|bad-bearer-token(?!-with)/;

/** What the recordings had made before their first line. */
const madeBefore: Readonly<Record<string, { path: string; body: object }[]>> = {
  errors: [{ path: "/api/v1/namespaces/x-errors/configmaps", body: { metadata: { name: "one" }, data: { a: "1" } } }],
};

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
    const setup = [
      ...namespacesOf(exchanges).map((name) => ({ path: "/api/v1/namespaces", body: { metadata: { name } } })),
      ...(madeBefore[group] ?? []),
    ];
    for (const { path, body } of setup)
      expect((await own.send({ method: "POST", path, headers: json, body })).status).toBe(201);
    const outcomes = await replay(exchanges, (request, { name }) =>
      (withoutCertificate.test(name) ? anonymous : own).send(request),
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
