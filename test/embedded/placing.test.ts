import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  cluster = await startEmbedded({ timeScale: 0.01 });
  client = clientOf(cluster.access);
});

afterAll(async () => {
  client.close();
  await cluster.close();
});

const json = { "content-type": "application/json" };
const merge = { "content-type": "application/merge-patch+json" };
const post = (path: string, body: object) => client.send({ method: "POST", path, headers: json, body });
const node = "/api/v1/nodes/embedded-control-plane";
const onNode = (body: object) => client.send({ method: "PATCH", path: node, headers: merge, body });
const pods = "/api/v1/namespaces/default/pods";

interface PodBody {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: { readonly type: string; readonly message?: string }[] };
}

async function pod(name: string, spec: object = {}, cpu = "1m"): Promise<void> {
  const containers = [{ name: "c", image: "a:1", resources: { requests: { cpu } } }];
  expect((await post(pods, { metadata: { name }, spec: { containers, ...spec } })).status).toBe(201);
}

const read = async (name: string) => (await client.send({ path: `${pods}/${name}` })).body as PodBody;
const whyNot = (name: string) =>
  expect.poll(async () => (await read(name)).status.conditions?.find((each) => each.type === "PodScheduled")?.message);
const placeOf = (name: string) => expect.poll(async () => (await read(name)).spec.nodeName);

test("a tainted node takes only pods that tolerate it", async () => {
  await onNode({ spec: { taints: [{ key: "kind", value: "gpu", effect: "NoSchedule" }] } });
  await pod("plain");
  await pod("tolerant", { tolerations: [{ key: "kind", operator: "Equal", value: "gpu", effect: "NoSchedule" }] });
  await whyNot("plain").toContain("0/1 nodes are available: 1 node(s) had untolerated taint {kind: gpu}.");
  await placeOf("tolerant").toBe("embedded-control-plane");
  await onNode({ spec: { taints: null } });
  await placeOf("plain").toBe("embedded-control-plane");
});

test("a cordoned node takes no pod until it is uncordoned", async () => {
  await onNode({ spec: { unschedulable: true } });
  await pod("waits");
  await whyNot("waits").toContain("1 node(s) were unschedulable");
  await onNode({ spec: { unschedulable: null } });
  await placeOf("waits").toBe("embedded-control-plane");
});

test("what the pods on a node asked for leaves the less for others, until one goes", async () => {
  await pod("big", {}, "10");
  await placeOf("big").toBe("embedded-control-plane");
  await pod("second", {}, "10");
  await whyNot("second").toContain("0/1 nodes are available: 1 Insufficient cpu.");
  await client.send({ method: "DELETE", path: `${pods}/big` });
  await placeOf("second").toBe("embedded-control-plane");
});

test("a pod is bound once", async () => {
  await pod("mine", { schedulerName: "mine", nodeSelector: { there: "none" } });
  const bind = () =>
    post(`${pods}/mine/binding`, { metadata: { name: "mine" }, target: { kind: "Node", name: "other" } });
  expect((await bind()).status).toBe(201);
  const again = await bind();
  expect([again.status, (again.body as { message: string }).message]).toEqual([
    409,
    'Operation cannot be fulfilled on pods/binding "mine": pod mine is already assigned to node "other"',
  ]);
});

test("a Secret for a service account's token gets one that works, and goes with the account", async () => {
  const accounts = "/api/v1/namespaces/default/serviceaccounts";
  expect((await post(accounts, { metadata: { name: "robot" } })).status).toBe(201);
  const secrets = "/api/v1/namespaces/default/secrets";
  const annotations = { "kubernetes.io/service-account.name": "robot" };
  const made = { metadata: { name: "robot-token", annotations }, type: "kubernetes.io/service-account-token" };
  expect((await post(secrets, made)).status).toBe(201);
  const path = `${secrets}/robot-token`;
  const token = async () => ((await client.send({ path })).body as { data?: { token?: string } }).data?.token ?? "";
  await expect.poll(token).not.toBe("");
  const bearer = { authorization: `Bearer ${Buffer.from(await token(), "base64").toString()}` };
  const robot = clientOf(cluster.access, null, bearer);
  const asked = await robot.send({ path: secrets });
  robot.close();
  expect((asked.body as { message: string }).message).toContain(
    'User "system:serviceaccount:default:robot" cannot list',
  );
  await client.send({ method: "DELETE", path: `${accounts}/robot` });
  await expect.poll(async () => (await client.send({ path })).status).toBe(404);
});
