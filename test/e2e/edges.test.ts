import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Kube, ObjectRef } from "../../src/ports.ts";
import { readInventories } from "../../src/run/inventory.ts";
import { customType, withSpec } from "../custom-type.ts";
import { clientOf } from "../embedded/client.ts";
import { clusterOfFile } from "./cluster.ts";
import { planLines, projectOn, type Stacks, troubles } from "./runs.ts";

const namespace = "edges";
/** The server hands out addresses and ports as it likes. */
function withoutAllocated(line: string): string {
  return line.replace(/(nodePort|clusterIPs?): \S+/, "$1: N");
}

const home: ObjectRef = { group: "", version: "v1", kind: "Namespace", namespace: "", name: namespace };

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(async () => {
  kube = cluster.kube;
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, "test");
});
afterAll(async () => {
  await kube.delete(home, { propagation: "Background" });
});

function manifests(...objects: JsonObject[]): Stacks {
  const resources = Object.fromEntries(objects.map((manifest, i): [string, JsonObject] => [`m${i}`, { manifest }]));
  return { app: { kubernetes_manifest: resources } };
}

function object(apiVersion: string, kind: string, name: string, fields: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name, namespace }, ...fields };
}

function deployment(name: string, spec: JsonObject, container: JsonObject = {}): JsonObject {
  const labels = { app: name };
  return object("apps/v1", "Deployment", name, {
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx", ...container }] } },
      ...spec,
    },
  });
}

function workload(kind: string, spec: JsonObject): JsonObject {
  const of = deployment("kept", spec);
  return { ...of, kind };
}

const refOf = (name: string): ObjectRef => ({ group: "apps", version: "v1", kind: "Deployment", namespace, name });

/** As `kubectl scale` and the autoscaler do it. */
async function scale(name: string, replicas: number, fieldManager: string): Promise<void> {
  const client = clientOf(cluster.access);
  const { status } = await client.send({
    method: "PATCH",
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale?fieldManager=${fieldManager}`,
    headers: { "content-type": "application/merge-patch+json" },
    body: { spec: { replicas } },
  });
  client.close();
  expect(status).toBe(200);
}

interface Step {
  readonly name: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly plan: readonly string[];
}

const env = (...names: string[]) => ({ env: names.map((name) => ({ name, value: name })) });
const ports = (...all: [name: string, port: number, protocol: string][]) => ({
  ports: all.map(([name, port, protocol]) => ({ name, port, protocol })),
});
const mount = (source: JsonObject): JsonObject => ({
  template: {
    metadata: { labels: { app: "volumes" } },
    spec: {
      containers: [{ name: "c", image: "nginx" }],
      volumes: [{ name: "v", ...source }],
    },
  },
});
const service = (name: string, spec: JsonObject) => object("v1", "Service", name, { spec });

const steps: readonly Step[] = [
  {
    name: "a field that has a default is left out",
    before: deployment("defaults", { replicas: 3 }),
    after: deployment("defaults", {}),
    plan: ["update Deployment edges/defaults", "  spec.replicas: 3 -> 1 (config)"],
  },
  {
    name: "a rolling update with bounds becomes a recreation",
    before: deployment("strategy", { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } }),
    after: deployment("strategy", { strategy: { type: "Recreate" } }),
    plan: [
      "update Deployment edges/strategy",
      "  spec.strategy.rollingUpdate.maxSurge: 1 -> absent (config)",
      '  spec.strategy.rollingUpdate.maxUnavailable: "25%" -> absent (config)',
      '  spec.strategy.type: "RollingUpdate" -> "Recreate" (config)',
    ],
  },
  {
    name: "the pods of a daemon are no longer replaced by themselves",
    before: workload("DaemonSet", {}),
    after: workload("DaemonSet", { updateStrategy: { type: "OnDelete" } }),
    plan: ["update DaemonSet edges/kept", '  spec.updateStrategy.type: "RollingUpdate" -> "OnDelete" (config)'],
  },
  {
    name: "variables change places",
    before: deployment("order", {}, env("A", "B", "C")),
    after: deployment("order", {}, env("C", "A", "B")),
    plan: [
      "update Deployment edges/order",
      '  spec.template.spec.containers[c].env: ["A","B","C"] -> ["C","A","B"] (config)',
    ],
  },
  {
    name: "a volume gets another source",
    before: deployment("volumes", mount({ emptyDir: {} })),
    after: deployment("volumes", mount({ configMap: { name: "kube-root-ca.crt" } })),
    plan: [
      "update Deployment edges/volumes",
      "  spec.template.spec.volumes[v].configMap.defaultMode: absent -> 420 (config)",
      '  spec.template.spec.volumes[v].configMap.name: absent -> "kube-root-ca.crt" (config)',
      "  spec.template.spec.volumes[v].emptyDir: {} -> absent (config)",
    ],
  },
  {
    name: "a probe asks another way",
    before: deployment("probe", {}, { readinessProbe: { httpGet: { path: "/", port: 80 } } }),
    after: deployment("probe", {}, { readinessProbe: { tcpSocket: { port: 80 } } }),
    plan: [
      "update Deployment edges/probe",
      '  spec.template.spec.containers[c].readinessProbe.httpGet.path: "/" -> absent (config)',
      "  spec.template.spec.containers[c].readinessProbe.httpGet.port: 80 -> absent (config)",
      '  spec.template.spec.containers[c].readinessProbe.httpGet.scheme: "HTTP" -> absent (config)',
      "  spec.template.spec.containers[c].readinessProbe.tcpSocket.port: absent -> 80 (config)",
    ],
  },
  {
    name: "one port number under two protocols, and one of them goes",
    before: service("dns", { selector: { a: "b" }, ...ports(["t", 53, "TCP"], ["u", 53, "UDP"]) }),
    after: service("dns", { selector: { a: "b" }, ...ports(["u", 53, "UDP"]) }),
    plan: [
      "update Service edges/dns",
      '  spec.ports[53/TCP].name: "t" -> absent (config)',
      "  spec.ports[53/TCP].port: 53 -> absent (config)",
      '  spec.ports[53/TCP].protocol: "TCP" -> absent (config)',
      "  spec.ports[53/TCP].targetPort: 53 -> absent (config)",
    ],
  },
  {
    name: "a port of the nodes becomes an address inside",
    before: service("lb", { type: "NodePort", selector: { a: "b" }, ...ports(["t", 80, "TCP"]) }),
    after: service("lb", { type: "ClusterIP", selector: { a: "b" }, ...ports(["t", 80, "TCP"]) }),
    plan: [
      "update Service edges/lb",
      '  spec.externalTrafficPolicy: "Cluster" -> absent (config)',
      "  spec.ports[80/TCP].nodePort: N -> absent (config)",
      '  spec.type: "NodePort" -> "ClusterIP" (config)',
    ],
  },
  {
    name: "an address inside becomes a name outside",
    before: service("ext", { selector: { a: "b" }, ...ports(["t", 80, "TCP"]) }),
    after: service("ext", { type: "ExternalName", externalName: "example.com" }),
    plan: [
      "update Service edges/ext",
      "  spec.clusterIP: N -> absent (config)",
      "  spec.clusterIPs: N -> absent (config)",
      '  spec.externalName: absent -> "example.com" (config)',
      '  spec.internalTrafficPolicy: "Cluster" -> absent (config)',
      '  spec.ipFamilies: ["IPv4"] -> absent (config)',
      '  spec.ipFamilyPolicy: "SingleStack" -> absent (config)',
      '  spec.ports[80/TCP].name: "t" -> absent (config)',
      "  spec.ports[80/TCP].port: 80 -> absent (config)",
      '  spec.ports[80/TCP].protocol: "TCP" -> absent (config)',
      "  spec.ports[80/TCP].targetPort: 80 -> absent (config)",
      '  spec.selector.a: "b" -> absent (config)',
      '  spec.type: "ClusterIP" -> "ExternalName" (config)',
    ],
  },
  {
    name: "a port gets another number",
    before: service("number", { selector: { a: "b" }, ...ports(["t", 80, "TCP"]) }),
    after: service("number", { selector: { a: "b" }, ...ports(["t", 81, "TCP"]) }),
    plan: [
      "update Service edges/number",
      '  spec.ports[80/TCP].name: "t" -> absent (config)',
      "  spec.ports[80/TCP].port: 80 -> absent (config)",
      '  spec.ports[80/TCP].protocol: "TCP" -> absent (config)',
      "  spec.ports[80/TCP].targetPort: 80 -> absent (config)",
      '  spec.ports[81/TCP].name: absent -> "t" (config)',
      "  spec.ports[81/TCP].port: absent -> 81 (config)",
      '  spec.ports[81/TCP].protocol: absent -> "TCP" (config)',
      "  spec.ports[81/TCP].targetPort: absent -> 81 (config)",
    ],
  },
];

describe("a change is shown, applied, and then gone from the plan", () => {
  test.each(steps.map((step, index) => ({ ...step, index })))("$name", async ({ index, before, after, plan }) => {
    const project = projectOn(`edges-${index}`);
    try {
      const first = await project.up(manifests(before), { timeoutSeconds: 5 });
      expect(troubles(first.events).filter((line) => !line.startsWith("verdict"))).toEqual([]);
      expect(planLines(await project.plan(manifests(before)))).toEqual([]);
      const second = await project.up(manifests(after), { timeoutSeconds: 5 });
      expect(troubles(second.events).filter((line) => !line.startsWith("verdict"))).toEqual([]);
      expect(planLines(await project.plan(manifests(after)))).toEqual([]);
      expect(planLines(second.plan).map(withoutAllocated)).toEqual(plan);
    } finally {
      await project.down();
    }
  });
});

describe("a strategy that the server filled in, which nobody owns, goes with a change of type", () => {
  test.each([
    ["Deployment", "strategy", "Recreate"],
    ["StatefulSet", "updateStrategy", "OnDelete"],
  ])("%s", async (kind, field, type) => {
    const project = projectOn(`edges-strategy-${kind.toLowerCase()}`);
    const other = manifests(workload(kind, { [field]: { type } }));
    await project.up(manifests(workload(kind, {})));
    const changed = await project.up(other);
    expect(troubles(changed.events)).toEqual([]);
    expect(planLines(changed.plan)).toContain(`  spec.${field}.type: "RollingUpdate" -> "${type}" (config)`);
    expect(planLines(changed.plan)).toContainEqual(expect.stringMatching(/rollingUpdate\S* .*-> absent/));
    expect(planLines(await project.plan(other))).toEqual([]);
    // What we took away is not ours for good: the way back is open, and then nothing is left to ask about.
    await project.up(manifests(workload(kind, {})));
    expect(planLines(await project.plan(manifests(workload(kind, {}))))).toEqual([]);
    await project.down();
  });
});

test("who scales by hand is set right; what an autoscaler of the project does is left alone", async () => {
  const project = projectOn("edges-scale");
  const web = deployment("scaled", { replicas: 2 });
  const scaler = object("autoscaling/v2", "HorizontalPodAutoscaler", "scaled", {
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "scaled" }, maxReplicas: 9 },
  });
  await project.up(manifests(web));
  await scale("scaled", 4, "kubectl");
  const set = await project.up(manifests(web));
  expect(planLines(set.plan)).toEqual(["update Deployment edges/scaled", "  spec.replicas: 4 -> 2 (drift kubectl)"]);
  expect((await kube.get(refOf("scaled")))?.["spec"]).toMatchObject({ replicas: 2 });

  await project.up(manifests(web, scaler), { timeoutSeconds: 5 });
  await scale("scaled", 5, "kube-controller-manager");
  const left = await project.up(manifests(web, scaler), { timeoutSeconds: 5 });
  expect(planLines(left.plan)).toEqual([]);
  expect((await kube.get(refOf("scaled")))?.["spec"]).toMatchObject({ replicas: 5 });
  await project.down();
});

test("a custom type and its object come and go in one run", async () => {
  const project = projectOn("edges-custom");
  const properties = { size: { type: "integer" }, colour: { type: "string", default: "red" } };
  const type = customType("edges.example.com", "Gadget", withSpec({ properties }));
  const gadget = (size: number) => object("edges.example.com/v1", "Gadget", "g", { spec: { size } });
  const made = await project.up(manifests(type, gadget(1)), { timeoutSeconds: 60 });
  expect(troubles(made.events)).toEqual([]);
  const again = await project.up(manifests(type, gadget(1)));
  expect(planLines(again.plan)).toEqual([]);
  expect(again.requests.filter((request) => request.startsWith("dry-run"))).toEqual([]);
  const changed = await project.up(manifests(type, gadget(2)));
  expect(planLines(changed.plan)).toEqual(["update Gadget edges/g", "  spec.size: 1 -> 2 (config)"]);
  const { events } = await project.down();
  expect(troubles(events)).toEqual([]);
  expect((await readInventories(kube, "edges-custom", "default")).size).toBe(0);
});

test("what only a quota refuses fails alone; the record is true, and the next run goes on from there", async () => {
  const project = projectOn("edges-quota");
  const space = "edges-quota";
  const quota = (limit: string): KubeObject => ({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "few", namespace: space },
    spec: { hard: { "count/secrets": limit } },
  });
  const admin = { fieldManager: "admin", force: true, dryRun: false };
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: space } }, "test");
  await kube.apply(quota("1"), admin);
  const counted = { group: "", version: "v1", kind: "ResourceQuota", namespace: space, name: "few" };
  await expect
    .poll(async () => (await kube.get(counted))?.["status"])
    .toMatchObject({ used: { "count/secrets": "0" } });
  const secret = (name: string): JsonObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: space },
    data: { a: "MQ==" },
  });
  const both = manifests(secret("one"), secret("two"));
  const half = await project.up(both);
  expect(half.result).toMatchObject({ exitCode: 1, counts: { create: 1, failed: 1 } });
  const recorded = (await readInventories(kube, "edges-quota", "default")).get("app")?.inventory.entries;
  expect(recorded?.map((entry) => entry.uid === null)).toEqual([false]);

  await kube.apply(quota("9"), admin);
  await expect
    .poll(async () => (await kube.get(counted))?.["status"])
    .toMatchObject({ hard: { "count/secrets": "9" } });
  const whole = await project.up(both);
  expect(whole.result).toMatchObject({ exitCode: 0, counts: { create: 1, unchanged: 1 } });
  await project.down();
  await kube.delete({ ...home, name: space }, { propagation: "Background" });
});

test("labels, annotations and fields of ours that somebody removed come back", async () => {
  const project = projectOn("edges-removed");
  const config: JsonObject = {
    ...object("v1", "ConfigMap", "removed", { data: { a: "1", b: "2" } }),
    metadata: { name: "removed", namespace, labels: { team: "x" }, annotations: { note: "y" } },
  };
  await project.up(manifests(config));
  const ref = { group: "", version: "v1", kind: "ConfigMap", namespace, name: "removed" };
  await kube.patch(ref, { metadata: { labels: { team: null } }, data: { b: null } }, "kubectl-edit");
  const { plan } = await project.up(manifests(config));
  expect(planLines(plan).map((line) => line.replace(/ \(.*\)$/, ""))).toEqual([
    "update ConfigMap edges/removed",
    '  data.b: absent -> "2"',
    '  metadata.labels.team: absent -> "x"',
  ]);
  expect(planLines(await project.plan(manifests(config)))).toEqual([]);

  // The mark of membership itself.
  const [mark] = Object.keys((await kube.get(ref))?.metadata.labels ?? {}).filter((label) =>
    label.includes("applyset"),
  );
  await kube.patch(ref, { metadata: { labels: { [mark as string]: null } } }, "kubectl-edit");
  await project.up(manifests(config));
  expect((await kube.get(ref))?.metadata.labels).toHaveProperty([mark as string]);
  await project.down();
  expect(await kube.get(ref)).toBeNull();
});
