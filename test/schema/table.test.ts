import { describe, expect, test } from "vitest";
import { deduceUnknown } from "../../src/schema/deduced.ts";
import { allKinds, builtinTypes, fieldAt, findKind, rootType, structType } from "../../src/schema/table.ts";

const root = (apiVersion: string, kind: string) => rootType(apiVersion, kind)!;
const at = (apiVersion: string, kind: string, path: string) =>
  fieldAt(root(apiVersion, kind), path === "" ? [] : path.split("."));

const keyed = (...keys: string[]) => ({ type: "map", keys });
const POD = "spec.template.spec";

describe("list kinds", () => {
  test.each([
    ["containers by name", "apps/v1", "Deployment", `${POD}.containers`, keyed("name")],
    [
      "container ports by number and protocol",
      "v1",
      "Pod",
      "spec.containers.0.ports",
      keyed("containerPort", "protocol"),
    ],
    ["env by name", "v1", "Pod", "spec.containers.0.env", keyed("name")],
    ["volume mounts by path", "v1", "Pod", "spec.containers.0.volumeMounts", keyed("mountPath")],
    ["args are atomic", "v1", "Pod", "spec.containers.0.args", { type: "atomic" }],
    ["tolerations are atomic", "v1", "Pod", "spec.tolerations", { type: "atomic" }],
    [
      "Service ports by port, whatever the strategic merge key is",
      "v1",
      "Service",
      "spec.ports",
      keyed("port", "protocol"),
    ],
    ["finalizers are a set", "v1", "ConfigMap", "metadata.finalizers", { type: "set" }],
    ["owners by uid", "v1", "ConfigMap", "metadata.ownerReferences", keyed("uid")],
    ["RBAC rules are atomic", "rbac.authorization.k8s.io/v1", "Role", "rules", { type: "atomic" }],
    [
      "webhooks by name",
      "admissionregistration.k8s.io/v1",
      "ValidatingWebhookConfiguration",
      "webhooks",
      keyed("name"),
    ],
    ["conditions by type", "apps/v1", "Deployment", "status.conditions", keyed("type")],
    [
      "spread constraints by two keys",
      "v1",
      "Pod",
      "spec.topologySpreadConstraints",
      keyed("topologyKey", "whenUnsatisfiable"),
    ],
  ])("%s", (_name, apiVersion, kind, path, list) => {
    expect(at(apiVersion, kind, path)?.type).toMatchObject({ type: "list", list });
  });
});

describe("fields", () => {
  test.each([
    ["selectors are atomic", "apps/v1", "Deployment", "spec.selector", { type: "struct", atomic: true }],
    ["a Service's selector is an atomic map", "v1", "Service", "spec.selector", { type: "map", atomic: true }],
    ["labels are granular", "v1", "Pod", "metadata.labels", { type: "map", atomic: false }],
    [
      "references to objects are atomic",
      "v1",
      "Pod",
      "spec.containers.0.env.0.valueFrom.secretKeyRef",
      { atomic: true },
    ],
    ["limits are quantities", "v1", "Pod", "spec.containers.0.resources.limits.cpu", { format: "quantity" }],
    ["target ports are numbers or names", "v1", "Service", "spec.ports.0.targetPort", { format: "int-or-string" }],
    ["Secret data is base64", "v1", "Secret", "data.password", { format: "byte" }],
    ["replicas are int32", "apps/v1", "Deployment", "spec.replicas", { scalar: "integer", format: "int32" }],
    [
      "service types are an enum",
      "v1",
      "Service",
      "spec.type",
      { values: ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] },
    ],
    ["a revision's data is untyped", "apps/v1", "ControllerRevision", "data", { type: "untyped" }],
    [
      "a CRD's default is untyped",
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      "spec.versions.0.schema.openAPIV3Schema.default",
      { type: "untyped" },
    ],
  ])("%s", (_name, apiVersion, kind, path, type) => {
    expect(at(apiVersion, kind, path)?.type).toMatchObject(type);
  });

  test("required fields and defaults", () => {
    expect(at("v1", "Pod", "spec.containers.0.ports.0.protocol")).toMatchObject({ required: false, default: "TCP" });
    expect(at("v1", "Pod", "spec.containers")).toMatchObject({ required: true });
    expect(at("v1", "Pod", "spec.hostname")?.default).toBeUndefined();
  });

  test("what the schema does not declare is null, also names that objects inherit", () => {
    expect(at("apps/v1", "Deployment", "spec.replicass")).toBeNull();
    expect(at("apps/v1", "Deployment", "spec.constructor")).toBeNull();
    expect(structType("toString")).toBeNull();
    expect(rootType("v1", "Widget")).toBeNull();
  });

  test("every reference of every type is in the table", () => {
    const seen = new Set<string>();
    const visit = (ref: string): void => {
      if (seen.has(ref)) return;
      seen.add(ref);
      const struct = structType(ref);
      expect(struct, ref).not.toBeNull();
      for (const field of Object.values(struct!.fields)) {
        let { type } = field;
        while (type.type === "map" || type.type === "list") type = type.type === "map" ? type.values : type.items;
        if (type.type === "struct") visit(type.ref);
      }
    };
    for (const kind of allKinds()) visit(kind.type);
    expect(seen.size).toBeGreaterThan(400);
  });
});

describe("kinds", () => {
  test("path, scope, verbs and names", () => {
    expect(findKind("networking.k8s.io", "Ingress")).toEqual({
      group: "networking.k8s.io",
      version: "v1",
      kind: "Ingress",
      resource: "ingresses",
      namespaced: true,
      verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
      shortNames: ["ing"],
      categories: [],
      subresources: ["status"],
      type: "networking.v1.Ingress",
    });
    expect(findKind("", "Namespace")).toMatchObject({ namespaced: false, subresources: ["finalize", "status"] });
    expect(findKind("apps", "Deployment")).toMatchObject({ categories: ["all"], subresources: ["scale", "status"] });
    expect(findKind("authorization.k8s.io", "SelfSubjectAccessReview")).toMatchObject({ verbs: ["create"] });
  });

  test("the preferred version where none is given", () => {
    expect(findKind("autoscaling", "HorizontalPodAutoscaler")?.version).toBe("v2");
    expect(findKind("autoscaling", "HorizontalPodAutoscaler", "v1")?.version).toBe("v1");
    expect(findKind("apps", "Pod")).toBeNull();
  });

  test("kinds of subresources have a type, but no path of their own", () => {
    expect(rootType("autoscaling/v1", "Scale")).toMatchObject({ ref: "autoscaling.v1.Scale" });
    expect(findKind("autoscaling", "Scale")).toBeNull();
  });

  test("unknown kinds are deduced: metadata as everywhere, the rest untyped", () => {
    const types = deduceUnknown(builtinTypes);
    const widget = types.rootType("example.com/v1", "Widget")!;
    expect(fieldAt(widget, ["metadata", "finalizers"], types)?.type).toMatchObject({ list: { type: "set" } });
    expect(fieldAt(widget, ["spec", "size"], types)?.type).toEqual({ type: "untyped" });
  });
});
