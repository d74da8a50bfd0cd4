import { expect, onTestFinished, test } from "vitest";
import { makeProject } from "./project.ts";

/** The node image that is built where nothing can be pulled has a network for one node, and no load balancer. */
const pulled = process.env["K8SCTL_KIND_NODE_IMAGE"] === undefined;

test.runIf(pulled).each([
  ["workers", "", ["control-plane", "worker", "worker"]],
  ["control planes", "", ["control-plane", "control-plane", "control-plane"]],
  ["two address families", "networking: { ipFamily: dual }", ["control-plane", "worker"]],
])("several nodes, %s (skipped where kindnetd and the load balancer cannot be pulled)", async (_, more, roles) => {
  const nodes = roles.map((role) => `{ role: ${role} }`).join(", ");
  const project = makeProject({
    "kind-config.yaml": `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [${nodes}]\n${more}\n`,
    "k8sctl.yaml":
      "project: nodes\nclusters: { kind: { provider: kind, name: k8sctl-nodes, config: kind-config.yaml } }\nstacks: []\n",
  });
  onTestFinished(async () => {
    await project.run("kind", "delete", "cluster", "--name", "k8sctl-nodes");
    project.remove();
  });
  const plan = await project.k8sctl("plan");
  expect(plan.stdout).toContain("will be created");
  expect((await project.k8sctl("cluster", "create")).exitCode).toBe(0);
  const { items } = await project.json<{ items: unknown[] }>("get", "nodes");
  expect(items).toHaveLength(roles.length);
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
  expect((await project.k8sctl("down", "--yes")).exitCode).toBe(0);
});
