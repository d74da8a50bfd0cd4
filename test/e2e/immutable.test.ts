import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { typeOf } from "../../src/model/ids.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Kube } from "../../src/ports.ts";
import { customType } from "../custom-type.ts";
import { clusterOfFile } from "./cluster.ts";
import { planLines, projectOn, type Stacks } from "./runs.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

interface Case {
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly clusterScoped?: true;
}

const pod = (app: string, image = "nginx") => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image }] },
});
const selector = (app: string) => ({ selector: { matchLabels: { app } } });
const claim = (storage: string, mode = "ReadWriteOnce") => ({
  accessModes: [mode],
  resources: { requests: { storage } },
});
const set = (fields: JsonObject): JsonObject => ({
  spec: { serviceName: "a", ...selector("a"), template: pod("a"), ...fields },
});
const volume = (path: string): JsonObject => ({
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path }, storageClassName: "x" },
});
const widgets = (scope: "Namespaced" | "Cluster"): JsonObject =>
  customType("immutable.example.com", "Widget", { type: "object" }, { scope });

const cases: readonly Case[] = [
  {
    name: "selector of a Deployment",
    apiVersion: "apps/v1",
    kind: "Deployment",
    before: { spec: { ...selector("a"), template: pod("a") } },
    after: { spec: { ...selector("b"), template: pod("b") } },
  },
  {
    name: "selector of a DaemonSet",
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    before: { spec: { ...selector("a"), template: pod("a") } },
    after: { spec: { ...selector("b"), template: pod("b") } },
  },
  {
    name: "selector of a ReplicaSet",
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    before: { spec: { ...selector("a"), template: pod("a") } },
    after: { spec: { ...selector("b"), template: pod("b") } },
  },
  {
    name: "service name of a StatefulSet",
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    before: set({}),
    after: set({ serviceName: "b" }),
  },
  {
    name: "claim templates of a StatefulSet",
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    before: set({ volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim("1Gi") }] }),
    after: set({ volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim("2Gi") }] }),
  },
  {
    name: "template of a Job",
    apiVersion: "batch/v1",
    kind: "Job",
    before: { spec: { template: { spec: { ...pod("a").spec, restartPolicy: "Never" } } } },
    after: { spec: { template: { spec: { ...pod("a", "other").spec, restartPolicy: "Never" } } } },
  },
  {
    name: "completion mode of a Job",
    apiVersion: "batch/v1",
    kind: "Job",
    before: { spec: { completions: 1, template: { spec: { ...pod("a").spec, restartPolicy: "Never" } } } },
    after: {
      spec: {
        completions: 1,
        completionMode: "Indexed",
        template: { spec: { ...pod("a").spec, restartPolicy: "Never" } },
      },
    },
  },
  {
    name: "command of a Pod",
    apiVersion: "v1",
    kind: "Pod",
    before: { spec: { containers: [{ name: "c", image: "nginx", command: ["a"] }] } },
    after: { spec: { containers: [{ name: "c", image: "nginx", command: ["b"] }] } },
  },
  {
    name: "data of an immutable ConfigMap",
    apiVersion: "v1",
    kind: "ConfigMap",
    before: { immutable: true, data: { a: "1" } },
    after: { immutable: true, data: { a: "2" } },
  },
  {
    name: "immutability of a ConfigMap taken back",
    apiVersion: "v1",
    kind: "ConfigMap",
    before: { immutable: true, data: { a: "1" } },
    after: { data: { a: "1" } },
  },
  {
    name: "data of an immutable Secret",
    apiVersion: "v1",
    kind: "Secret",
    before: { immutable: true, data: { a: "MQ==" } },
    after: { immutable: true, data: { a: "Mg==" } },
  },
  {
    name: "type of a Secret",
    apiVersion: "v1",
    kind: "Secret",
    before: { type: "example.com/a", data: { a: "MQ==" } },
    after: { type: "example.com/b", data: { a: "MQ==" } },
  },
  {
    name: "cluster IP of a Service",
    apiVersion: "v1",
    kind: "Service",
    before: { spec: { clusterIP: "None", selector: { app: "a" }, ports: [{ port: 80 }] } },
    after: { spec: { clusterIP: "10.96.77.77", selector: { app: "a" }, ports: [{ port: 80 }] } },
  },
  {
    name: "access modes of a claim",
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    before: { spec: claim("1Gi") },
    after: { spec: claim("1Gi", "ReadWriteMany") },
  },
  {
    name: "source of a volume",
    apiVersion: "v1",
    kind: "PersistentVolume",
    before: volume("/a"),
    after: volume("/b"),
    clusterScoped: true,
  },
  {
    name: "role of a RoleBinding",
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    before: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" } },
    after: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" } },
  },
  {
    name: "role of a ClusterRoleBinding",
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    before: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" } },
    after: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" } },
    clusterScoped: true,
  },
  {
    name: "provisioner of a StorageClass",
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    before: { provisioner: "example.com/a" },
    after: { provisioner: "example.com/b" },
    clusterScoped: true,
  },
  {
    name: "parameters of a StorageClass",
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    before: { provisioner: "example.com/a", parameters: { a: "1" } },
    after: { provisioner: "example.com/a", parameters: { a: "2" } },
    clusterScoped: true,
  },
  {
    name: "reclaim policy of a StorageClass",
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    before: { provisioner: "example.com/a", reclaimPolicy: "Delete" },
    after: { provisioner: "example.com/a", reclaimPolicy: "Retain" },
    clusterScoped: true,
  },
  {
    name: "binding mode of a StorageClass",
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    before: { provisioner: "example.com/a", volumeBindingMode: "Immediate" },
    after: { provisioner: "example.com/a", volumeBindingMode: "WaitForFirstConsumer" },
    clusterScoped: true,
  },
  {
    name: "value of a PriorityClass",
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    before: { value: 1 },
    after: { value: 2 },
    clusterScoped: true,
  },
  {
    name: "handler of a RuntimeClass",
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    before: { handler: "a" },
    after: { handler: "b" },
    clusterScoped: true,
  },
  {
    name: "controller of an IngressClass",
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    before: { spec: { controller: "example.com/a" } },
    after: { spec: { controller: "example.com/b" } },
    clusterScoped: true,
  },
  {
    name: "attachment of a CSIDriver",
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    before: { spec: { attachRequired: true } },
    after: { spec: { attachRequired: false } },
    clusterScoped: true,
  },
  {
    name: "address type of an EndpointSlice",
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    before: { addressType: "IPv4", endpoints: [] },
    after: { addressType: "FQDN", endpoints: [] },
  },
  {
    name: "scope of a CustomResourceDefinition",
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    before: widgets("Namespaced"),
    after: widgets("Cluster"),
    clusterScoped: true,
  },
];

function manifest(object: JsonObject): Stacks {
  return { app: { kubernetes_manifest: { it: { manifest: object } } } };
}

describe("what cannot change in place is planned as a replace, and can be replaced", () => {
  const namespace = "immutable";
  beforeAll(async () => {
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, "test");
  });
  afterAll(async () => {
    const ref = { group: "", version: "v1", kind: "Namespace", namespace: "", name: namespace };
    await kube.delete(ref, { propagation: "Background" });
  });

  test.each(cases.map((one, index) => ({ ...one, index })))("$name", async ({ index, ...one }) => {
    const project = projectOn(`immutable-${index}`);
    const name = `immutable-${index}`;
    const metadata: JsonObject = one.clusterScoped ? { name } : { name, namespace };
    const stacks = (fields: JsonObject) =>
      manifest({ apiVersion: one.apiVersion, kind: one.kind, metadata, ...fields });
    try {
      await project.up(stacks(one.before), { timeoutSeconds: 20 });
      const { id } = (await project.plan(stacks(one.before))).stacks[0]!.items[0]!;
      const ref = { ...typeOf(one.apiVersion, one.kind), namespace: id.namespace, name: id.name };
      const old = (await kube.get(ref)) as KubeObject;
      const { plan } = await project.up(stacks(one.after), { timeoutSeconds: 20, allowDataLoss: true });
      expect(plan.stacks[0]?.items.map((item) => item.action)).toEqual(["replace"]);
      expect((await kube.get(ref))?.metadata.uid).not.toBe(old.metadata.uid);
      expect(planLines(await project.plan(stacks(one.after)))).toEqual([]);
    } finally {
      await project.down();
    }
  });
  test("a claim is not made again to make it smaller: that would lose what it holds", async () => {
    const project = projectOn("immutable-claim");
    const stacks = (storage: string) =>
      manifest({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "smaller", namespace },
        spec: { ...claim(storage), storageClassName: "at-once" },
      });
    const atOnce = { provisioner: "test.example.com", volumeBindingMode: "Immediate" };
    const storageClass = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "at-once" } };
    await kube.create({ ...storageClass, ...atOnce }, "test");
    await project.up(stacks("2Gi"), { timeoutSeconds: 20 });
    await expect(project.up(stacks("1Gi"))).rejects.toThrow(/can not be less than status.capacity/);
    await project.down();
  });
});
