import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "../embedded/client.ts";
import { temporaryHome, workplace } from "./command-line.ts";
import { configMap, deployment, terraformJson } from "./stacks.ts";

/** Somebody who may do everything in three namespaces, and nothing outside of them. */
const home = temporaryHome();
const namespaces = ["default", "one", "two"];
const rbac = "/apis/rbac.authorization.k8s.io/v1";
let cluster: EmbeddedServer;
let kubeconfig: string;

beforeAll(async () => {
  cluster = await startEmbedded({ timeScale: 0.02 });
  const admin = clientOf(cluster.access);
  const post = (path: string, body: object) =>
    admin.send({ method: "POST", path, headers: { "content-type": "application/json" }, body });
  for (const name of ["one", "two"]) await post("/api/v1/namespaces", { metadata: { name } });
  await post("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "deployer" } });
  for (const namespace of namespaces) {
    const metadata = { name: "deployer" };
    const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
    await post(`${rbac}/namespaces/${namespace}/roles`, { metadata, rules });
    await post(`${rbac}/namespaces/${namespace}/rolebindings`, {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "deployer" },
      subjects: [{ kind: "ServiceAccount", name: "deployer", namespace: "default" }],
    });
  }
  const answer = await post("/api/v1/namespaces/default/serviceaccounts/deployer/token", { spec: {} });
  const { token } = (answer.body as { status: { token: string } }).status;
  admin.close();
  const { server, certificateAuthority } = cluster.access;
  kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "c",
        cluster: { server, "certificate-authority-data": Buffer.from(certificateAuthority ?? "").toString("base64") },
      },
    ],
    users: [{ name: "deployer", user: { token } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "deployer" } }],
    "current-context": "c",
  });
});

afterAll(() => cluster.close());

const yaml = `project: shop
clusters: { team: { provider: context, context: c, kubeconfig: kubeconfig } }
stacks: [{ file: stacks/web.tf.json }]
`;

function resources(version: string, names: readonly string[] = ["one", "two"]) {
  return terraformJson({
    kubernetes_config_map_v1: Object.fromEntries(names.map((ns) => [ns, configMap("page", { version }, ns)])),
    kubernetes_deployment_v1: Object.fromEntries(
      names.map((ns) => [ns, deployment("web", { namespace: ns, image: `web:${version}` })]),
    ),
  });
}

test("a user of three namespaces gets up, plan, status, prune and down", async () => {
  const place = workplace(home, { "k8sctl.yaml": yaml, kubeconfig, "stacks/web.tf.json": resources("1") });
  const counts = async (argv: readonly string[]) => {
    const { all, lines, exitCode } = await place.run([...argv, "--output", "json"]);
    expect(exitCode, all).toBe(0);
    return lines.at(-1).counts;
  };
  expect(await counts(["up", "--yes"])).toMatchObject({ create: 4, failed: 0 });
  expect(await counts(["up", "--yes"])).toMatchObject({ create: 0, update: 0, unchanged: 4 });
  place.write({ "stacks/web.tf.json": resources("2") });
  expect(await counts(["up", "--yes"])).toMatchObject({ update: 4, failed: 0 });
  const status = await place.run(["status", "--output", "json"]);
  expect(status.exitCode, status.all).toBe(0);
  expect(status.lines[0].objects).toHaveLength(4);
  place.write({ "stacks/web.tf.json": resources("2", ["one"]) });
  expect(await counts(["up", "--yes"])).toMatchObject({ delete: 2, unchanged: 2 });
  expect(await counts(["down", "--yes"])).toMatchObject({ delete: 2, failed: 0 });
});
