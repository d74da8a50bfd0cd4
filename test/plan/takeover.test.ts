import { expect, test } from "vitest";
import type { KubeObject } from "../../src/model/objects.ts";
import { afterTakeover } from "../../src/plan/takeover.ts";

test("what the server fills in again does not go with the tool that owns it", () => {
  const container = { name: "web", image: "nginx:1", resources: {}, imagePullPolicy: "IfNotPresent" };
  const live: KubeObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      namespace: "default",
      managedFields: [
        {
          ...{
            manager: "kubectl-client-side-apply",
            operation: "Update",
            apiVersion: "apps/v1",
            fieldsType: "FieldsV1",
          },
          fieldsV1: {
            "f:spec": {
              "f:minReadySeconds": {},
              "f:strategy": { "f:type": {} },
              "f:template": {
                "f:spec": {
                  "f:containers": { 'k:{"name":"web"}': { "f:image": {}, "f:imagePullPolicy": {}, "f:resources": {} } },
                  "f:schedulerName": {},
                },
              },
            },
          },
        },
      ],
    },
    spec: {
      minReadySeconds: 5,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      template: { metadata: {}, spec: { containers: [container], schedulerName: "default-scheduler" } },
    },
  };
  const body: KubeObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: { template: { spec: { containers: [{ name: "web", image: "nginx:1" }] } } },
  };
  const spec = afterTakeover(live, body, "k8sctl:shop")["spec"];
  expect(spec).toMatchObject({
    strategy: { type: "RollingUpdate" },
    template: { spec: { containers: [container], schedulerName: "default-scheduler" } },
  });
  // Set by the tool, and no value of the server's: this is what really goes.
  expect(spec).not.toHaveProperty("minReadySeconds", 5);
});
