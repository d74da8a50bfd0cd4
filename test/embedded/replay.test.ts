import { expect, test } from "vitest";
import { startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";
import { knownDifferences } from "./known-differences.ts";
import { type Exchange, readExchanges, replay } from "./replay.ts";

const json = { "content-type": "application/json" };
const withoutCertificate = /no-certificate|bad-bearer-token(?!-with)/;

function grantedToAlice(before: string, name: string, rule: object): Made[] {
  const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/x-errors";
  const apiGroup = "rbac.authorization.k8s.io";
  const binding = { roleRef: { apiGroup, kind: "Role", name }, subjects: [{ apiGroup, kind: "User", name: "alice" }] };
  return [
    { before, path: `${path}/roles`, body: { metadata: { name }, rules: [rule] } },
    { before, path: `${path}/rolebindings`, body: { metadata: { name }, ...binding } },
  ];
}

const restricted = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
};

interface Made {
  readonly path: string;
  readonly body: object;
  /** Name of the exchange before which it was made; absent: before the first. */
  readonly before?: string;
}

/** What was made for the recordings without being recorded. */
const madeBefore: Readonly<Record<string, readonly Made[]>> = {
  errors: [
    { path: "/api/v1/namespaces/x-errors/configmaps", body: { metadata: { name: "one" }, data: { a: "1" } } },
    ...grantedToAlice("patch-only-user-applies-existing", "patch-only", {
      verbs: ["patch"],
      apiGroups: [""],
      resources: ["configmaps"],
    }),
    ...grantedToAlice("privilege-escalation-role-403", "role-maker", {
      verbs: ["create"],
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["roles"],
    }),
    { path: "/api/v1/namespaces", body: { metadata: { name: "x-errors-term" } } },
    {
      path: "/api/v1/namespaces/x-errors-term/configmaps",
      body: { metadata: { name: "held", finalizers: ["example.com/hold"] } },
    },
  ],
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
    const made = madeBefore[group] ?? [];
    const make = async (objects: readonly Made[]) => {
      for (const { path, body } of objects)
        expect((await own.send({ method: "POST", path, headers: json, body })).status).toBe(201);
    };
    const namespaces = namespacesOf(exchanges).map((name) => ({
      path: "/api/v1/namespaces",
      body: { metadata: { name, labels: name.endsWith("-psa") ? restricted : {} } },
    }));
    await make([...namespaces, ...made.filter(({ before }) => before === undefined)]);
    const outcomes = await replay(exchanges, async (request, { name }) => {
      await make(made.filter(({ before }) => before === name));
      return await (withoutCertificate.test(name) ? anonymous : own).send(request);
    });
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
