import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { type ClientAnswer, clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let admin: ReturnType<typeof clientOf>;

beforeAll(async () => {
  cluster = await startEmbedded({ timeScale: 0.05 });
  admin = clientOf(cluster.access);
});

afterAll(async () => {
  admin.close();
  await cluster.close();
});

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const roleRef = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });
const message = (answer: ClientAnswer) => (answer.body as { message: string }).message;
const post = (path: string, body: object, client = admin) =>
  client.send({ method: "POST", path, headers: { "content-type": "application/json" }, body });
const made = async (path: string, body: object) => expect([201, 409]).toContain((await post(path, body)).status);

async function tokenOf(namespace: string, name: string, spec: object = {}): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await made(path, { metadata: { name } });
  const answer = await post(`${path}/${name}/token`, { spec });
  expect(answer.status).toBe(201);
  return (answer.body as { status: { token: string } }).status.token;
}

const withToken = (token: string) => clientOf(cluster.access, null, { authorization: `Bearer ${token}` });

describe("tokens of service accounts", () => {
  test("say who they are, and nothing more than roles allow", async () => {
    const bot = withToken(await tokenOf("default", "bot"));
    const who = await post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, bot);
    expect(who.body).toMatchObject({
      status: {
        userInfo: {
          username: "system:serviceaccount:default:bot",
          groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
        },
      },
    });
    const path = "/api/v1/namespaces/default/pods";
    const refused = await bot.send({ path });
    expect(refused.status).toBe(403);
    expect(message(refused)).toContain('User "system:serviceaccount:default:bot" cannot list resource "pods"');
    await made(`${rbac}/namespaces/default/roles`, {
      metadata: { name: "reader" },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
    });
    await made(`${rbac}/namespaces/default/rolebindings`, {
      metadata: { name: "reader" },
      roleRef: roleRef("Role", "reader"),
      subjects: [{ kind: "ServiceAccount", name: "bot", namespace: "default" }],
    });
    expect((await bot.send({ path })).status).toBe(200);
    expect((await bot.send({ path: "/api/v1/namespaces/kube-system/pods" })).status).toBe(403);
    expect((await bot.send({ method: "DELETE", path: `${path}/x` })).status).toBe(403);
    bot.close();
  });

  test("are worth nothing when changed, without their account, or for another audience", async () => {
    const token = await tokenOf("default", "gone");
    const statusOf = async (text: string) => {
      const client = withToken(text);
      const { status } = await client.send({ path: "/version" });
      client.close();
      return status;
    };
    expect(await statusOf(token)).toBe(200);
    const [head, claims, signature] = token.split(".");
    const others = Buffer.from(Buffer.from(claims!, "base64url").toString().replaceAll("gone", "else"));
    expect(await statusOf(`${head}.${others.toString("base64url")}.${signature}`)).toBe(401);
    for (const bad of ["", "x", "a.b.c", `${token}.d`, `${head}.${claims}.`]) expect(await statusOf(bad)).toBe(401);
    expect(await statusOf(await tokenOf("default", "gone", { audiences: ["vault"] }))).toBe(401);
    await admin.send({ method: "DELETE", path: "/api/v1/namespaces/default/serviceaccounts/gone" });
    expect(await statusOf(token)).toBe(401);
  });

  test("a TokenReview tells whose a token is", async () => {
    const path = "/apis/authentication.k8s.io/v1/tokenreviews";
    const token = await tokenOf("default", "known");
    expect((await post(path, { spec: { token } })).body).toMatchObject({
      status: { authenticated: true, user: { username: "system:serviceaccount:default:known" } },
    });
    expect((await post(path, { spec: { token: "x.y.z" } })).body).toMatchObject({ status: { user: {} } });
  });
});

describe("roles", () => {
  test.each([
    ["view", "get", "configmaps", true],
    ["view", "get", "secrets", false],
    ["view", "create", "configmaps", false],
    ["edit", "create", "secrets", true],
    ["edit", "create", "roles", false],
    ["admin", "create", "roles", true],
    ["cluster-admin", "delete", "nodes", true],
  ])("%s in a namespace: %s %s is %s", async (role, verb, resource, allowed) => {
    await made(`${rbac}/namespaces/default/rolebindings`, {
      metadata: { name: `user-${role}` },
      roleRef: roleRef("ClusterRole", role),
      subjects: [{ kind: "User", name: `user-${role}` }],
    });
    const group = resource === "roles" ? "rbac.authorization.k8s.io" : "";
    const resourceAttributes = { namespace: "default", verb, resource, group };
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    const review = await post(path, { spec: { user: `user-${role}`, resourceAttributes } });
    expect(review.body).toMatchObject({ status: { allowed } });
    const elsewhere = { ...resourceAttributes, namespace: "kube-system" };
    const other = await post(path, { spec: { user: `user-${role}`, resourceAttributes: elsewhere } });
    expect(other.body).toMatchObject({ status: { allowed: false } });
  });

  test("a ClusterRole gathers the rules of those that it aggregates; names narrow a rule", async () => {
    const labels = { "example.com/to": "all" };
    await made(`${rbac}/clusterroles`, {
      metadata: { name: "all" },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
      rules: [],
    });
    await made(`${rbac}/clusterroles`, {
      metadata: { name: "part", labels },
      rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["one"], verbs: ["get"] }],
    });
    await made(`${rbac}/clusterrolebindings`, {
      metadata: { name: "all" },
      roleRef: roleRef("ClusterRole", "all"),
      subjects: [{ kind: "Group", name: "testers" }],
    });
    const get = (name: string) =>
      admin.send({
        path: `/api/v1/namespaces/default/configmaps/${name}`,
        headers: { "impersonate-user": "tina", "impersonate-group": "testers" },
      });
    expect((await get("one")).status).toBe(404);
    expect((await get("two")).status).toBe(403);
  });
});

describe("policies of a namespace", () => {
  const path = "/api/v1/namespaces/guarded";
  const pod = (securityContext?: object) => ({
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image: "i", ...(securityContext === undefined ? {} : { securityContext }) }] },
  });
  const safe = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };

  beforeAll(() =>
    made("/api/v1/namespaces", {
      metadata: { name: "guarded", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    }),
  );

  test.each([
    ["nothing said", undefined, "runAsNonRoot != true (pod or container"],
    [
      "privileged",
      { ...safe, privileged: true },
      'privileged (container "c" must not set securityContext.privileged=true)',
    ],
    ["root by number", { ...safe, runAsUser: 0 }, 'runAsUser=0 (container "c" must not set runAsUser=0)'],
    [
      "capabilities",
      { ...safe, capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } },
      'must not include "NET_ADMIN" in securityContext.capabilities.add',
    ],
    ["unconfined", { ...safe, seccompProfile: { type: "Unconfined" } }, 'seccompProfile.type to "Unconfined"'],
  ])("PodSecurity refuses: %s", async (_name, context, why) => {
    const refused = await post(`${path}/pods?dryRun=All`, pod(context));
    expect(refused.status).toBe(403);
    expect(message(refused)).toContain('violates PodSecurity "restricted:latest": ');
    expect(message(refused)).toContain(why);
  });

  test("PodSecurity lets a careful pod pass, and tells a Deployment's ReplicaSet why not", async () => {
    expect((await post(`${path}/pods?dryRun=All`, pod(safe))).status).toBe(201);
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: pod().spec };
    const spec = { selector: { matchLabels: labels }, template };
    await made("/apis/apps/v1/namespaces/guarded/deployments", { metadata: { name: "web" }, spec });
    const events = async () => (await admin.send({ path: `${path}/events` })).text;
    await expect.poll(events, { timeout: 10_000 }).toContain("violates PodSecurity");
  });

  test("a quota counts what is there, and its status with it", async () => {
    await made(`${path}/resourcequotas`, { metadata: { name: "q" }, spec: { hard: { services: "1" } } });
    const service = (name: string) => ({ metadata: { name }, spec: { ports: [{ port: 80 }] } });
    expect((await post(`${path}/services`, service("a"))).status).toBe(201);
    const refused = await post(`${path}/services`, service("b"));
    expect(message(refused)).toContain(
      "exceeded quota: q, requested: services=1, used: services=1, limited: services=1",
    );
    const used = async () => (await admin.send({ path: `${path}/resourcequotas/q` })).body;
    await expect.poll(used).toMatchObject({ status: { used: { services: "1" } } });
    await admin.send({ method: "DELETE", path: `${path}/services/a` });
    expect((await post(`${path}/services`, service("b"))).status).toBe(201);
  });
});
