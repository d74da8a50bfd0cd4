import { request } from "node:https";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  cluster = await startEmbedded({ timeScale: 0.01 });
  client = clientOf(cluster.access);
  await pod("two", { logs: "one\ntwo\nthree" }, ["a", "b"]);
  await runs("two");
});

afterAll(async () => {
  client.close();
  await cluster.close();
});

const pods = "/api/v1/namespaces/default/pods";
const annotation = (name: string) => `embedded.k8sctl.dev/${name}`;
const annotations = (given: Record<string, string>) =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [annotation(name), value]));

async function pod(name: string, given: Record<string, string>, containers = ["a"]): Promise<void> {
  const body = {
    metadata: { name, annotations: annotations(given) },
    spec: { containers: containers.map((each) => ({ name: each, image: "a:1" })) },
  };
  const headers = { "content-type": "application/json" };
  expect((await client.send({ method: "POST", path: pods, headers, body })).status).toBe(201);
}

const say = (name: string, logs: string) =>
  client.send({
    method: "PATCH",
    path: `${pods}/${name}`,
    headers: { "content-type": "application/merge-patch+json" },
    body: { metadata: { annotations: annotations({ logs }) } },
  });

const runs = (name: string) =>
  vi.waitFor(async () => {
    const { body } = await client.send({ path: `${pods}/${name}` });
    expect(JSON.stringify(body)).toContain('"phase":"Running"');
  });

const log = async (name: string, query: string) => {
  const { status, text, body } = await client.send({ path: `${pods}/${name}/log?${query}` });
  return { status, text: status === 200 ? text : (body as { message: string }).message };
};

/** What came of an answer so far. */
function stream(name: string, query: string): Promise<{ text(): string; ended(): boolean }> {
  const { access } = cluster;
  const { credentials } = access;
  if (credentials.kind !== "certificate") throw new Error("no certificate");
  const tls = { ca: access.certificateAuthority ?? "", cert: credentials.certificate, key: credentials.key.reveal() };
  return new Promise((resolve, reject) => {
    const asked = request(`${access.server}${pods}/${name}/log?${query}`, tls, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      resolve({ text: () => text, ended: () => response.complete });
    });
    asked.on("error", reject).end();
  });
}

const answers = [
  { query: "container=a", text: "one\ntwo\nthree\n" },
  { query: "container=a&tailLines=2", text: "two\nthree\n" },
  { query: "container=a&tailLines=0", text: "" },
  { query: "container=a&limitBytes=6", text: "one\ntw" },
  { query: "container=a&sinceSeconds=600&tailLines=1", text: "three\n" },
  { query: "container=a&sinceTime=2100-01-01T00:00:00Z", text: "" },
  { query: "", status: 400, text: "a container name must be specified for pod two, choose one of: [a b]" },
  { query: "container=c", status: 400, text: "container c is not valid for pod two" },
  {
    query: "container=a&previous=true",
    status: 400,
    text: 'previous terminated container "a" in pod "two" not found',
  },
  {
    query: "container=a&limitBytes=0&sinceSeconds=0",
    status: 422,
    text: 'PodLogOptions "two" is invalid: [limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater than 0]',
  },
];

test.each(answers)("log?$query", async ({ query, status = 200, text }) => {
  expect(await log("two", query)).toEqual({ status, text });
});

test("with timestamps a line can be asked for again from its time on", async () => {
  await pod("talks", { logs: "one\ntwo" });
  await runs("talks");
  const lines = (await log("talks", "timestamps=true")).text.trim().split("\n");
  expect(lines.map((line) => line.replace(/\d/g, "0"))).toEqual([
    "0000-00-00T00:00:00.000000000Z one",
    "0000-00-00T00:00:00.000000000Z two",
  ]);
  expect([...lines].sort()).toEqual(lines);
  const since = encodeURIComponent(lines[1]!.split(" ")[0]!);
  expect((await log("talks", `sinceTime=${since}`)).text).toBe("one\ntwo\n");
});

test("a followed log tells later lines, and ends with the pod", async () => {
  await pod("followed", { logs: "one\ntwo" });
  await runs("followed");
  const followed = await stream("followed", "follow=true&tailLines=1");
  await vi.waitFor(() => expect(followed.text()).toBe("two\n"));
  await say("followed", "one\ntwo\nthree");
  await say("followed", "one\ntwo\nthree\nfour");
  await vi.waitFor(() => expect(followed.text()).toBe("two\nthree\nfour\n"));
  expect(followed.ended()).toBe(false);
  await client.send({ method: "DELETE", path: `${pods}/followed` });
  await vi.waitFor(() => expect(followed.ended()).toBe(true));
  expect(followed.text()).toBe("two\nthree\nfour\n");
});

test("a followed log ends at its limit", async () => {
  expect(await log("two", "container=a&follow=true&limitBytes=5")).toEqual({ status: 200, text: "one\nt" });
});

test("a container that crashes ends its followed log; its previous run can be read", async () => {
  await pod("crashes", { fail: "crash" });
  await expect.poll(async () => (await log("crashes", "previous=true")).text, { timeout: 10_000 }).toContain("FATAL");
  expect((await log("crashes", "follow=true")).text).toContain("FATAL");
});
