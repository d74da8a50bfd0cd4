import { afterEach, beforeEach, expect, test } from "vitest";
import { type ClusterByHand, clusterByHand } from "../histories/play.ts";

/** A node that is away, cordoned or tainted, and what becomes of its pods. */
let cluster: ClusterByHand;
beforeEach(async () => {
  cluster = await clusterByHand("default");
});
afterEach(() => cluster.close());

const node = "/api/v1/nodes/embedded-control-plane";
const pods = "/api/v1/namespaces/default/pods";
const labels = { app: "web" };

function deployment(replicas: number, more: object = {}) {
  const containers = [{ name: "web", image: "web:1" }];
  const spec = {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers, ...more } },
  };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "default" }, spec };
}

async function change(body: object): Promise<void> {
  const headers = { "content-type": "application/merge-patch+json" };
  expect((await cluster.client.send({ method: "PATCH", path: node, headers, body })).status).toBe(200);
}

const away = (gone: boolean) =>
  change({ metadata: { annotations: { "embedded.k8sctl.dev/not-ready": gone ? "true" : null } } });

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly conditions: { readonly type: string; readonly status: string; readonly reason?: string }[];
  };
}

async function list(): Promise<Pod[]> {
  return ((await cluster.client.send({ path: pods })).body as { items: Pod[] }).items;
}

const conditions = (pod: Pod, type: string) =>
  pod.status.conditions
    .filter((each) => each.type === type)
    .map((each) => `${each.status} ${each.reason ?? ""}`.trim());

interface Node {
  readonly spec: { readonly taints?: { readonly key: string; readonly effect: string }[] };
  readonly status: {
    readonly conditions: { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

async function nodeState() {
  const { spec, status } = (await cluster.client.send({ path: node })).body as Node;
  const ready = status.conditions.find(({ type }) => type === "Ready");
  return [`${ready?.status} ${ready?.reason}`, ...(spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`)];
}

const told = (kind: string) =>
  cluster.lines.flatMap(({ type, object }) =>
    type === "ADDED" && object.kind === "Event" && (object["involvedObject"] as { kind: string }).kind === kind
      ? [`${object["type"]} ${object["reason"]}: ${object["message"]}`]
      : [],
  );

test("pods of a node that does not answer are not ready, leave after five minutes, and end when it is back", async () => {
  await cluster.apply(deployment(1));
  await cluster.turn(5000);
  await away(true);
  await cluster.turn(1000);
  expect(await nodeState()).toEqual([
    "Unknown NodeStatusUnknown",
    "node.kubernetes.io/unreachable:NoSchedule",
    "node.kubernetes.io/unreachable:NoExecute",
  ]);
  expect((await list()).map((pod) => conditions(pod, "Ready"))).toEqual([["False"]]);
  expect(told("Pod")).toContain("Warning NodeNotReady: Node is not ready");
  await cluster.turn(290_000);
  expect((await list()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
  await cluster.turn(20_000);
  const [old, fresh] = (await list()).sort(
    (a, b) => Number(b.metadata.deletionTimestamp !== undefined) - Number(a.metadata.deletionTimestamp !== undefined),
  );
  expect(conditions(old!, "DisruptionTarget")).toEqual(["True DeletionByTaintManager"]);
  expect([old?.status.phase, fresh?.spec.nodeName, fresh?.status.phase]).toEqual(["Running", undefined, "Pending"]);
  expect(told("Pod")).toContainEqual(
    expect.stringMatching(/^Normal TaintManagerEviction: Marking for deletion Pod default\/web-/),
  );
  await away(false);
  await cluster.turn(10_000);
  expect(await nodeState()).toEqual(["True KubeletReady"]);
  expect((await list()).map((pod) => [pod.status.phase, ...conditions(pod, "Ready")])).toEqual([["Running", "True"]]);
});

test("a node that comes back in time keeps its pods", async () => {
  await cluster.apply(deployment(2));
  await cluster.turn(5000);
  const before = (await list()).map(({ metadata }) => metadata.name).sort();
  await away(true);
  await cluster.turn(60_000);
  await away(false);
  await cluster.turn(600_000);
  expect((await list()).map(({ metadata }) => metadata.name).sort()).toEqual(before);
  expect((await list()).map((pod) => conditions(pod, "Ready"))).toEqual([["True"], ["True"]]);
});

test("a cordoned node bears the taint that kubectl shows, and loses it again", async () => {
  await change({ spec: { unschedulable: true } });
  await cluster.turn(100);
  expect(await nodeState()).toEqual(["True KubeletReady", "node.kubernetes.io/unschedulable:NoSchedule"]);
  await change({ spec: { unschedulable: null } });
  await cluster.turn(100);
  expect(await nodeState()).toEqual(["True KubeletReady"]);
});

test("a taint with NoExecute drives out who does not bear it, and who bears it for a while after that", async () => {
  await cluster.apply(
    deployment(1, { tolerations: [{ key: "gone", operator: "Exists", effect: "NoExecute", tolerationSeconds: 20 }] }),
  );
  await cluster.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "bare", namespace: "default" },
    spec: { containers: [{ name: "c", image: "c:1" }] },
  });
  await cluster.turn(5000);
  await change({ spec: { taints: [{ key: "gone", effect: "NoExecute" }] } });
  await cluster.turn(5000);
  expect((await list()).map(({ metadata }) => metadata.name.replace(/-.*/, ""))).toEqual(["web"]);
  const first = (await list())[0]?.metadata.name;
  await cluster.turn(25_000);
  expect((await list()).map(({ metadata }) => metadata.name)).not.toContain(first);
});

test("a budget lets as many go as it can spare, however many ask at once", async () => {
  await cluster.apply(deployment(3));
  const selector = { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] };
  await cluster.apply({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "web", namespace: "default" },
    spec: { minAvailable: "50%", selector },
  });
  await cluster.turn(10_000);
  const headers = { "content-type": "application/json" };
  const asked = (await list()).map(({ metadata: { name } }) =>
    cluster.client.send({
      method: "POST",
      path: `${pods}/${name}/eviction`,
      headers,
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } },
    }),
  );
  expect((await Promise.all(asked)).map(({ status }) => status).sort()).toEqual([201, 429, 429]);
});
