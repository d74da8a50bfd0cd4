import { beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { applyMerge } from "../../src/fields/apply.ts";
import { provesUnchanged } from "../../src/fields/proof.ts";
import { Unknown } from "../../src/model/desired.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import { builtinTypes } from "../../src/schema/table.ts";

const deployment = (): KubeObject =>
  parse(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}, finalizers: [a, b]}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx
          args: [-a, -b]
          ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]
          env: [{name: A, value: "1"}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}]
        - {name: aux, image: tools}
      volumes: [{name: tmp, emptyDir: {}}]
`);

function applied(config: KubeObject, manager = "k8sctl:shop"): KubeObject {
  const result = applyMerge({
    live: null,
    config,
    manager,
    apiVersion: config.apiVersion,
    subresource: "",
    force: false,
    now: "2026-01-01T00:00:00Z",
    types: builtinTypes,
  });
  if (result.type !== "applied") throw new Error(JSON.stringify(result));
  // As the server answers: with defaults that nobody owns.
  const object = structuredClone(result.object);
  for (const item of containers(object)) {
    item.imagePullPolicy = "IfNotPresent";
    for (const port of item.ports ?? []) port.protocol ??= "TCP";
  }
  return object;
}

// biome-ignore lint/suspicious/noExplicitAny: the tests reach deep into an object of their own
type Loose = any;
const containers = (object: Loose): Loose[] => object.spec?.template?.spec?.containers ?? [];

const set = (target: Loose, name: string | number, value: unknown): void => {
  target[name] = value;
};

let live: KubeObject;
let desired: Loose;
const proved = (manager = "k8sctl:shop") => provesUnchanged({ live, desired, manager });

beforeEach(() => {
  desired = deployment();
  live = applied(deployment());
});

describe("proof that an apply changes nothing", () => {
  test("the same desired object", () => expect(proved()).toBe(true));

  test.each<[string, (desired: Loose, live: Loose) => void]>([
    ["another value", (d) => set(d.spec, "replicas", 3)],
    ["a value that drifted", (_, l) => set(l.spec, "replicas", 3)],
    ["a field more", (d) => set(d.spec, "paused", true)],
    ["a field less", (d) => void delete d.spec.replicas],
    [
      "a label more, which lives already",
      (d, l) => void Object.assign(d.metadata.labels, Object.assign(l.metadata.labels, { x: "y" })),
    ],
    ["a container less", (d) => void d.spec.template.spec.containers.pop()],
    ["containers in another order", (d) => void d.spec.template.spec.containers.reverse()],
    ["live containers in another order", (_, l) => void l.spec.template.spec.containers.reverse()],
    ["environment in another order", (d) => void containers(d)[0].env.reverse()],
    ["arguments in another order", (d) => void containers(d)[0].args.reverse()],
    ["finalizers in another order", (d) => void d.metadata.finalizers.reverse()],
    ["a finalizer more", (d) => void d.metadata.finalizers.push("c")],
    ["a finalizer twice", (d) => void d.metadata.finalizers.push("a")],
    ["one port twice", (d) => void containers(d)[0].ports.push({ containerPort: 80, protocol: "TCP" })],
    ["a default now written out", (d) => set(containers(d)[0].ports[0], "protocol", "TCP")],
    ["another protocol", (d) => set(containers(d)[0].ports[0], "protocol", "SCTP")],
    ["an unknown leaf", (d) => set(containers(d)[0], "image", new Unknown("${x}", [], false))],
    ["an unknown map", (d) => set(d.metadata, "labels", new Unknown("${x}", [], false))],
    ["an unknown list", (d) => set(containers(d)[0], "env", new Unknown("${x}", [], false))],
    ["an unknown element", (d) => set(containers(d)[0].env, 0, new Unknown("${x}", [], false))],
    ["an unknown volume", (d) => set(d.spec.template.spec.volumes[0], "emptyDir", new Unknown("${x}", [], false))],
    ["null", (d) => set(d.spec, "paused", null)],
    ["an empty map more", (d) => set(d.metadata, "annotations", {})],
    ["a key below what is atomic", (d) => set(containers(d)[0].env[1].valueFrom.secretKeyRef, "optional", true)],
    ["another version", (d) => set(d, "apiVersion", "apps/v1beta1")],
    ["another name", (d) => set(d.metadata, "name", "web2")],
    ["another namespace", (d) => set(d.metadata, "namespace", "default")],
    ["a resourceVersion", (d) => set(d.metadata, "resourceVersion", "1")],
    ["a status", (d) => set(d, "status", { replicas: 1 })],
    ["an entry of another version", (_, l) => set(l.metadata.managedFields[0], "apiVersion", "apps/v1beta1")],
    ["an entry of a subresource", (_, l) => set(l.metadata.managedFields[0], "subresource", "scale")],
    ["an entry of an update", (_, l) => set(l.metadata.managedFields[0], "operation", "Update")],
    ["no managedFields", (_, l) => void delete l.metadata.managedFields],
    ["managedFields that nobody can read", (_, l) => set(l.metadata.managedFields[0].fieldsV1, "f:spec", 1)],
  ])("%s is no proof", (_name, change) => {
    change(desired, live);
    expect(proved()).toBe(false);
  });

  test("another manager's entry is no proof", () => expect(proved("terraform")).toBe(false));

  test.each<[string, (live: Loose) => void]>([
    ["other managers' labels", (l) => set(l.metadata.labels, "other", "x")],
    ["other managers' containers", (l) => void l.spec.template.spec.containers.splice(1, 0, { name: "sidecar" })],
    ["a status", (l) => set(l, "status", { replicas: 2 })],
    [
      "another manager's entry",
      (l) => void l.metadata.managedFields.unshift({ manager: "kubectl", operation: "Update" }),
    ],
  ])("%s do not hinder it", (_name, change) => {
    change(live);
    expect(proved()).toBe(true);
  });

  test("a Secret is proved by its data, never by stringData", () => {
    const secret: Loose = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { a: "MQ==" } };
    const stringy: Loose = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { a: "1" } };
    expect(provesUnchanged({ live: applied(secret), desired: secret, manager: "k8sctl:shop" })).toBe(true);
    expect(provesUnchanged({ live: applied(stringy), desired: stringy, manager: "k8sctl:shop" })).toBe(false);
  });
});
