import { CoreV1Api, KubeConfig, type KubernetesObject, makeInformer, Watch } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";

/** The client that most JavaScript programs use, as a second opinion on what the server says. */
let cluster: EmbeddedServer;
let config: KubeConfig;
let api: CoreV1Api;

beforeAll(async () => {
  cluster = await startEmbedded({ simulate: false });
  const { access } = cluster;
  if (access.credentials.kind !== "certificate") throw new Error("no certificate");
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const { certificate, key } = access.credentials;
  config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "e", server: access.server, caData: base64(access.certificateAuthority!) }],
    users: [{ name: "e", certData: base64(certificate), keyData: base64(key.reveal()) }],
    contexts: [{ name: "e", cluster: "e", user: "e" }],
    currentContext: "e",
  });
  api = config.makeApiClient(CoreV1Api);
});

afterAll(() => cluster.close());

const settings = (name: string, data: Record<string, string>) => ({
  namespace: "default",
  body: { metadata: { name, labels: { kind: "settings" } }, data },
});

test("an informer of client-node sees what is there, what comes, changes and goes", async () => {
  await api.createNamespacedConfigMap(settings("first", { n: "1" }));
  const seen: string[] = [];
  const informer = makeInformer(config, "/api/v1/namespaces/default/configmaps", () =>
    api.listNamespacedConfigMap({ namespace: "default", labelSelector: "kind=settings" }),
  );
  for (const event of ["add", "update", "delete"] as const)
    informer.on(event, (object: KubernetesObject) => seen.push(`${event} ${object.metadata?.name}`));
  informer.on("error", (error) => seen.push(`error ${error}`));
  await informer.start();
  await expect.poll(() => seen).toContain("add first");
  await api.createNamespacedConfigMap(settings("second", { n: "2" }));
  await expect.poll(() => seen).toContain("add second");
  await api.replaceNamespacedConfigMap({ ...settings("second", { n: "3" }), name: "second" });
  await expect.poll(() => seen).toContain("update second");
  await api.deleteNamespacedConfigMap({ namespace: "default", name: "first" });
  await expect.poll(() => seen).toContain("delete first");
  expect(seen.filter((line) => line.startsWith("error"))).toEqual([]);
  await informer.stop();
  expect(informer.get("second", "default")).toMatchObject({ data: { n: "3" } });
});

test("its watch gets bookmarks and the end of the initial events", async () => {
  const events: [string, { metadata: { annotations?: Record<string, string> } }][] = [];
  const query = { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true };
  const controller = await new Watch(config).watch(
    "/api/v1/namespaces",
    query,
    (type, object) => events.push([type, object]),
    () => {},
  );
  await expect.poll(() => events.at(-1)?.[0]).toBe("BOOKMARK");
  controller.abort();
  expect(new Set(events.slice(0, -1).map(([type]) => type))).toEqual(new Set(["ADDED"]));
  expect(events.at(-1)![1].metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
});
