import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { clientOf } from "../embedded/client.ts";
import { type Made, madeBefore, restricted } from "../embedded/made-before.ts";
import { type Exchange, type Outcome, readExchanges, recordAgain, replay } from "../embedded/replay.ts";
import { decidedByTheMoment, knownInExchanges } from "./known-exchanges.ts";
import { ownExchanges } from "./own-exchanges.ts";
import { type BothServers, startBoth } from "./servers.ts";

type Client = ReturnType<typeof clientOf>;

const json = { "content-type": "application/json" };
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const services = "/apis/apiregistration.k8s.io/v1/apiservices";
const withoutCertificate = /no-certificate|bad-bearer-token(?!-with)/;

let both: BothServers;
beforeAll(async () => {
  both = await startBoth();
});
afterAll(() => both.end());

/** The recorded requests that the embedded server is held to, and our own. */
const groups: Readonly<Record<string, () => Exchange[]>> = {
  ...Object.fromEntries(Object.keys(madeOrNot()).map((group) => [group, () => readExchanges(group)])),
  own: ownExchanges,
};

function madeOrNot(): Record<string, true> {
  const names = [
    "crud",
    "defaults",
    "apply",
    "immutable",
    "errors",
    "patch",
    "list-watch",
    "delete",
    "crd",
    "validation",
  ];
  return Object.fromEntries(names.map((name) => [name, true]));
}

test.each(Object.keys(groups))("both servers answer alike, live: %s", { timeout: 300_000 }, async (group) => {
  const exchanges = groups[group]!();
  const live = await onServer(both.real, both.accesses.real, group, exchanges, (send, prepare) =>
    recordAgain(exchanges, send, prepare),
  );
  const outcomes = await onServer(both.embedded, both.accesses.embedded, group, exchanges, (send, prepare) =>
    replay(live, send, prepare),
  );
  report(group, outcomes);
  const known = Object.entries(knownInExchanges[group] ?? {});
  const listed = new Set(known.flatMap(([, names]) => names));
  expect(outcomes.filter(({ name, differences }) => differences.length > 0 && !listed.has(name))).toEqual([]);
  const same = new Set(outcomes.filter(({ differences }) => differences.length === 0).map(({ name }) => name));
  const settled = known.filter(([reason]) => !decidedByTheMoment.has(reason as never));
  expect(settled.flatMap(([, names]) => names).filter((name) => same.has(name))).toEqual([]);
});

type Exchanging = Parameters<typeof recordAgain>;

/** What the recordings found there already is made first. */
async function onServer<T>(
  client: Client,
  access: BothServers["accesses"]["real"],
  group: string,
  exchanges: readonly Exchange[],
  work: (send: Exchanging[1], prepare: Exchanging[2]) => Promise<T>,
): Promise<T> {
  const anonymous = clientOf(access, null);
  const made = madeBefore[group] ?? [];
  const make = async (objects: readonly Made[]) => {
    for (const { method = "POST", path, body } of objects) {
      const headers = method === "PATCH" ? { "content-type": "application/merge-patch+json" } : json;
      const { status, text } = await client.send({ method, path, headers, body });
      if (status >= 400 && status !== 409) throw new Error(`${method} ${path}: ${status} ${text}`);
    }
  };
  const names = new Set(exchanges.flatMap(({ path }) => /namespaces\/(x-[a-z0-9-]+)\//.exec(path)?.[1] ?? []));
  names.delete("x-errors-term");
  for (const name of names) {
    const labels = name.endsWith("-psa") ? restricted : {};
    await make([
      { path: "/api/v1/namespaces", body: { metadata: { name, labels } } },
      // The real server runs without the controller that makes it, and refuses pods without it.
      { path: `/api/v1/namespaces/${name}/serviceaccounts`, body: { metadata: { name: "default" } } },
    ]);
  }
  // The embedded cluster comes with a class; recordings were made with one of another name.
  await client.send({ method: "DELETE", path: "/apis/storage.k8s.io/v1/storageclasses/standard" });
  await make(made.filter(({ before }) => before === undefined));
  let served = false;
  // A new type is served a moment after its definition is made; the recordings waited, too.
  const until = (path: string, holds: (answer: { status: number; text: string }) => boolean): Promise<void> =>
    vi.waitFor(async () => expect(holds(await client.send({ path }))).toBe(true), { timeout: 20_000 });
  // What a server's own controllers write a moment after the request: whoever asks for it next waits for it.
  const settled: Readonly<Record<string, () => Promise<void>>> = {
    "crd-get-established": () =>
      until(`${definitions}/gizmos.x.example.com`, ({ text }) => /InitialNamesAccepted/.test(text)),
    "own-crd-get": () =>
      until(`${definitions}/things.x-def.example.com`, ({ text }) => /InitialNamesAccepted/.test(text)),
    "own-apiservice-get": () => until(`${services}/v1.x-def.example.com`, ({ text }) => /"Available"/.test(text)),
    "custom-resource-after-crd-deleted-404": () =>
      until("/apis/x.example.com/v1/namespaces/x-crd/gizmos", ({ status }) => status === 404),
  };
  const untilServed = async (path: string): Promise<void> => {
    const [type] = /^\/apis\/x\.example\.com\/v1/.exec(path) ?? [];
    if (type === undefined || served) return;
    served = true;
    const ready = async (): Promise<void> => {
      expect((await client.send({ path: type })).status).toBe(200);
      expect((await client.send({ path: "/apis/x.example.com" })).text).toContain('"x.example.com/v1"');
    };
    await vi.waitFor(ready, { timeout: 20_000 });
  };
  try {
    return await work(
      (request, { name }) => (withoutCertificate.test(name) ? anonymous : client).send(request),
      async ({ name, path, status }) => {
        await settled[name]?.();
        if (status !== 404) await untilServed(path);
        await make(made.filter(({ before }) => before === name));
        if (name !== "list-exact") return [];
        // The version from which the recorded watches begin was read by a request that was not recorded.
        const { body } = await client.send({ path: "/api/v1/namespaces" });
        const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
        return [[/resourceVersion=(\d+)/.exec(path)?.[1] ?? "1257", resourceVersion]];
      },
    );
  } finally {
    anonymous.close();
  }
}

/** For whoever mends differences: K8SCTL_DIFFERENCES names a folder that takes them, a file per group. */
function report(group: string, outcomes: readonly Outcome[]): void {
  const folder = process.env["K8SCTL_DIFFERENCES"];
  const differing = outcomes.filter(({ differences }) => differences.length > 0);
  if (folder !== undefined) writeFileSync(`${folder}/${group}.json`, JSON.stringify(differing, null, 1));
  console.log(`${group}: ${outcomes.length - differing.length} of ${outcomes.length} alike`);
}
