import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCredentials } from "../../src/embedded/credentials.ts";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { type ClientAnswer, clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  cluster = await startEmbedded();
  client = clientOf(cluster.access);
});

afterAll(async () => {
  client.close();
  await cluster.close();
});

const message = (answer: ClientAnswer) => (answer.body as { message: string }).message;

describe("who may come in", () => {
  test("a certificate of the cluster's authority", async () => {
    expect((await client.send({ path: "/api/v1/namespaces/default" })).status).toBe(200);
  });

  test("without a certificate: 403 for anonymous, health and version are open", async () => {
    const anonymous = clientOf(cluster.access, null);
    const refused = await anonymous.send({ path: "/api/v1/namespaces/default/configmaps" });
    expect(refused.status).toBe(403);
    expect(message(refused)).toBe(
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
    for (const path of ["/healthz", "/livez", "/readyz", "/version"])
      expect((await anonymous.send({ path })).status).toBe(200);
    anonymous.close();
  });

  test("a bad token, or a certificate of another authority: 401", async () => {
    const bearer = clientOf(cluster.access, null);
    const headers = { authorization: "Bearer nonsense" };
    expect((await bearer.send({ path: "/version", headers })).status).toBe(401);
    bearer.close();
    const stranger = clientOf(cluster.access, (await makeCredentials("other", Date.now())).admin);
    expect((await stranger.send({ path: "/version" })).status).toBe(401);
    stranger.close();
  });
});

describe("objects", () => {
  const path = "/api/v1/namespaces/default/configmaps";

  test("apply, read, list, watch, delete", async () => {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "walk" }, data: { a: "1" } };
    const apply = (data: Record<string, string>) =>
      client.send({
        method: "PATCH",
        path: `${path}/walk?fieldManager=alpha`,
        headers: { "content-type": "application/apply-patch+yaml" },
        body: { ...body, data },
      });
    expect((await apply({ a: "1" })).status).toBe(201);
    const again = await apply({ a: "1" });
    expect(again.status).toBe(200);
    const version = (again.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
    const watching = client.send({ path: `${path}?watch=1&resourceVersion=${version}&timeoutSeconds=1` });
    expect((await apply({ a: "2" })).body).toMatchObject({ data: { a: "2" } });
    const listed = await client.send({ path: `${path}?fieldSelector=metadata.name%3Dwalk` });
    expect(listed.body).toMatchObject({ kind: "ConfigMapList", items: [{ data: { a: "2" } }] });
    expect((await client.send({ method: "DELETE", path: `${path}/walk` })).body).toMatchObject({ status: "Success" });
    const events = [(await watching).body].flat() as { type: string }[];
    expect(events.map((event) => event.type)).toEqual(["MODIFIED", "DELETED"]);
  });

  test("what is malformed is refused with a Status", async () => {
    const headers = { "content-type": "application/json" };
    for (const body of ["", "{", "[]", '"x"', "null", '{"metadata":5}']) {
      const answer = await client.send({ method: "POST", path, headers, body });
      expect([answer.status, (answer.body as { kind: string }).kind]).toEqual([expect.any(Number), "Status"]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    const huge = { ...{ apiVersion: "v1", kind: "ConfigMap" }, data: { x: "y".repeat(3_200_000) } };
    expect((await client.send({ method: "POST", path, headers, body: huge })).status).toBe(413);
  });

  test("a StatefulSet's pods mount its claims by name, and nothing that is not there", async () => {
    const labels = { app: "data" };
    const mounting = (volume: string) => ({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: `mounts-${volume}` },
      spec: {
        serviceName: "data",
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "c", image: "i:1", volumeMounts: [{ name: volume, mountPath: "/data" }] }] },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    });
    const create = (volume: string) =>
      client.send({ method: "POST", path: "/apis/apps/v1/namespaces/default/statefulsets", body: mounting(volume) });
    expect((await create("data")).status).toBe(201);
    const refused = await create("other");
    expect(refused.status).toBe(422);
    expect(message(refused)).toContain('volumeMounts[0].name: Not found: "other"');
  });
});

describe("autoscaling/v1", () => {
  const v1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
  const v2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
  const spec = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 3 };

  test("is the same autoscaler as in v2, told in its own words", async () => {
    const body = { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", metadata: { name: "web" } };
    const apply = (percentage: number) =>
      client.send({
        method: "PATCH",
        path: `${v1}/web?fieldManager=alpha`,
        headers: { "content-type": "application/apply-patch+yaml" },
        body: { ...body, spec: { ...spec, targetCPUUtilizationPercentage: percentage } },
      });
    expect((await apply(60)).status).toBe(201);
    const first = (await apply(60)).body;
    expect(first).toMatchObject({
      apiVersion: "autoscaling/v1",
      spec: { ...spec, minReplicas: 1, targetCPUUtilizationPercentage: 60 },
    });
    expect(first).not.toHaveProperty("spec.metrics");
    const pods = {
      type: "Pods",
      pods: { metric: { name: "requests" }, target: { type: "AverageValue", averageValue: "10" } },
    };
    const merge = (path: string, change: object) =>
      client.send({ method: "PATCH", path, headers: { "content-type": "application/merge-patch+json" }, body: change });
    const before = (await client.send({ path: `${v2}/web` })).body as { spec: { metrics: object[] } };
    expect(before.spec.metrics).toMatchObject([{ resource: { name: "cpu", target: { averageUtilization: 60 } } }]);
    await merge(`${v2}/web`, { spec: { metrics: [...before.spec.metrics, pods] } });
    // What v1 cannot say survives a change through v1.
    expect((await merge(`${v1}/web`, { spec: { targetCPUUtilizationPercentage: 70 } })).status).toBe(200);
    const after = (await client.send({ path: `${v2}/web` })).body as { spec: { metrics: object[] } };
    expect(after.spec.metrics).toHaveLength(2);
    expect(after.spec.metrics).toContainEqual(pods);
    const listed = (await client.send({ path: v1 })).body;
    expect(listed).toMatchObject({
      apiVersion: "autoscaling/v1",
      items: [{ spec: { targetCPUUtilizationPercentage: 70 } }],
    });
    expect((await client.send({ method: "DELETE", path: `${v1}/web` })).status).toBe(200);
  });
});
