import { afterEach, expect, test } from "vitest";
import { type ClusterByHand, clusterByHand } from "../histories/play.ts";

/** Autoscaling by what pods say that they use; conditions and events in the words of Kubernetes' own controller. */
let cluster: ClusterByHand | null = null;
afterEach(async () => {
  await cluster?.close();
  cluster = null;
});

const uses = (cpu: string) => ({ "embedded.k8sctl.dev/cpu": cpu });
const labels = { app: "web" };

function deployment(annotations: object, replicas: number) {
  const resources = { requests: { cpu: "100m" } };
  const template = {
    metadata: { labels, annotations },
    spec: { containers: [{ name: "web", image: "web:1", resources }] },
  };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "default" }, spec };
}

const autoscaler = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "web", namespace: "default" },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
  },
};

interface State {
  readonly status: {
    readonly currentReplicas?: number;
    readonly desiredReplicas: number;
    readonly currentMetrics: unknown;
    readonly conditions: { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

async function state() {
  const path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web";
  const { status } = (await cluster!.client.send({ path })).body as State;
  return {
    replicas: [status.currentReplicas, status.desiredReplicas],
    metrics: status.currentMetrics,
    conditions: status.conditions.map((each) => `${each.type}=${each.status} ${each.reason}`),
  };
}

const told = () =>
  cluster!.lines.flatMap(({ type, object }) =>
    type === "ADDED" && object.kind === "Event" && object["reason"] === "SuccessfulRescale" ? [object["message"]] : [],
  );

const load = (percent: number, cpu: string) => [
  { type: "Resource", resource: { name: "cpu", current: { averageUtilization: percent, averageValue: cpu } } },
];

test("scales up by what its pods use, to its bound, and down when five minutes were calm", async () => {
  cluster = await clusterByHand("default");
  await cluster.apply(deployment(uses("150m"), 1));
  await cluster.turn(5000);
  await cluster.apply(autoscaler);
  await cluster.turn(1000);
  expect(await state()).toEqual({
    replicas: [1, 3],
    metrics: load(150, "150m"),
    conditions: [
      "AbleToScale=True SucceededRescale",
      "ScalingActive=True ValidMetricFound",
      "ScalingLimited=False DesiredWithinRange",
    ],
  });
  await cluster.turn(30_000);
  expect(await state()).toEqual({
    replicas: [5, 5],
    metrics: load(150, "150m"),
    conditions: [
      "AbleToScale=True ReadyForNewScale",
      "ScalingActive=True ValidMetricFound",
      "ScalingLimited=True TooManyReplicas",
    ],
  });
  for (const pod of await pods()) await annotate(pod, uses("10m"));
  await cluster.turn(60_000);
  expect((await state()).conditions[0]).toBe("AbleToScale=True ScaleDownStabilized");
  expect((await state()).replicas).toEqual([5, 5]);
  await cluster.turn(300_000);
  expect((await state()).replicas).toEqual([1, 1]);
  const cpu = "cpu resource utilization (percentage of request)";
  expect(told()).toEqual([
    `New size: 3; reason: ${cpu} above target`,
    `New size: 5; reason: ${cpu} above target`,
    "New size: 1; reason: All metrics below target",
  ]);
});

test("a pod without a request for what is measured is named", async () => {
  cluster = await clusterByHand("default");
  const { spec, ...rest } = deployment(uses("150m"), 1);
  const containers = [{ name: "web", image: "web:1" }];
  const template = { ...spec.template, spec: { containers } };
  await cluster.apply({ ...rest, spec: { ...spec, template } });
  await cluster.apply(autoscaler);
  await cluster.turn(20_000);
  const path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web";
  const { text } = await cluster.client.send({ path });
  expect(text).toMatch(/failed to get cpu utilization: missing request for cpu in container web of Pod web-/);
});

async function pods(): Promise<string[]> {
  const { body } = await cluster!.client.send({ path: "/api/v1/namespaces/default/pods" });
  return (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
}

async function annotate(pod: string, annotations: object): Promise<void> {
  const headers = { "content-type": "application/merge-patch+json" };
  const path = `/api/v1/namespaces/default/pods/${pod}`;
  await cluster!.client.send({ method: "PATCH", path, headers, body: { metadata: { annotations } } });
}
