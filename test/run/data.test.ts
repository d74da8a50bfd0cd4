import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Kube } from "../../src/ports.ts";
import { clusterOfFile, onReal } from "../e2e/cluster.ts";
import { planOf, upOf } from "./native.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(async () => {
  kube = cluster.kube;
  const other = { fieldManager: "somebody", force: false, dryRun: false };
  const metadata = { name: "theirs", namespace: "default", labels: { tier: "gold" } };
  await kube.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { host: "db.example" } }, other);
  const secret = { name: "theirs", namespace: "default" };
  const data = { password: Buffer.from("hunter22").toString("base64") };
  await kube.apply({ apiVersion: "v1", kind: "Secret", metadata: secret, data }, other);
});

async function dataOf(name: string): Promise<unknown> {
  const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "default", name };
  return (await kube.get(ref))?.["data"];
}

/** A ConfigMap whose data are the given expressions. */
function reading(name: string, data: JsonObject, more: JsonObject, sources: JsonObject): JsonObject {
  return { data: sources, resource: { ...more, kubernetes_config_map_v1: { [name]: { metadata: { name }, data } } } };
}

describe("data sources", () => {
  test("have the provider's attributes: ids, its own names, arguments, and no elements where nothing is set", async () => {
    const by = { fieldManager: "somebody", force: false, dryRun: false };
    const apply = (object: object) => kube.apply(object as KubeObject, by);
    const pod = { containers: [{ name: "c", image: "nginx" }], nodeName: "nowhere" };
    const metadata = { name: "seen", namespace: "default" };
    await apply({ apiVersion: "v1", kind: "Secret", metadata, data: { text: "dg==", bytes: "AAE=" } });
    await apply({ apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } });
    await apply({ apiVersion: "v1", kind: "Pod", metadata, spec: pod });
    await apply({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "seen" },
      provisioner: "example.com/disk",
    });
    await apply({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "seen" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/seen" } },
    });
    const expressions: Readonly<Record<string, string>> = {
      secret: "data.kubernetes_secret_v1.s.id",
      namespace: "data.kubernetes_namespace_v1.n.id",
      texts: 'nonsensitive(join(",", keys(data.kubernetes_secret_v1.s.data)))',
      bytes: "nonsensitive(data.kubernetes_secret_v1.s.binary_data.bytes)",
      provisioner: "data.kubernetes_storage_class_v1.c.storage_provisioner",
      path: "data.kubernetes_persistent_volume_v1.v.spec[0].persistent_volume_source[0].host_path[0].path",
      ips: "length(data.kubernetes_service_v1.s.spec[0].external_ips)",
      labels: 'lookup(data.kubernetes_service_v1.s.metadata[0].labels, "a", "none")',
      port: 'data.kubernetes_service_v1.s.spec[0].port[0].target_port == "80"',
      affinity: "length(data.kubernetes_service_v1.s.spec[0].session_affinity_config)",
      phase: 'contains(["Pending", "Running"], data.kubernetes_pod_v1.p.status)',
      kind: "${data.kubernetes_resource.r.kind}/${data.kubernetes_resource.r.metadata[0].name}",
      platform: 'data.kubernetes_server_version.v.platform != ""',
    };
    const texts = Object.entries(expressions).map(([k, v]) => [k, v.startsWith("${") ? v : `\${${v}}`]);
    const seen = { metadata: { name: "seen" } };
    await upOf(
      kube,
      "views",
      reading(
        "views",
        Object.fromEntries(texts) as JsonObject,
        {},
        {
          kubernetes_secret_v1: { s: { ...seen, binary_data: { bytes: "" } } },
          kubernetes_namespace_v1: { n: { metadata: { name: "default" } } },
          kubernetes_storage_class_v1: { c: seen },
          kubernetes_persistent_volume_v1: { v: seen },
          kubernetes_service_v1: { s: seen },
          kubernetes_pod_v1: { p: seen },
          kubernetes_resource: { r: { ...seen, api_version: "v1", kind: "Secret" } },
          kubernetes_server_version: { v: {} },
        },
      ),
    );
    expect(await dataOf("views")).toEqual({
      secret: "default/seen",
      namespace: "default",
      texts: "text",
      bytes: "AAE=",
      provisioner: "example.com/disk",
      path: "/seen",
      ips: "0",
      labels: "none",
      port: "true",
      affinity: "0",
      phase: "true",
      kind: "Secret/seen",
      platform: "true",
    });
  });

  test("are read while planning, one after the other where one names another", async () => {
    const json = reading(
      "copy",
      {
        host: "${data.kubernetes_config_map_v1.a.data.host}",
        tier: '${data.kubernetes_config_map_v1.b.metadata[0].labels["tier"]}',
        object: "${data.kubernetes_resource.r.object.data.host}",
        found: "${length(data.kubernetes_resources.rs.objects)}",
        all: '${contains(data.kubernetes_all_namespaces.all.namespaces, "kube-system")}',
        nodes: "${length(data.kubernetes_nodes.all.nodes) > 0}",
        major: "${data.kubernetes_server_version.v.major}",
      },
      {},
      {
        kubernetes_config_map_v1: {
          a: { metadata: { name: "theirs" } },
          b: { metadata: { name: '${data.kubernetes_config_map_v1.a.data.host == "db.example" ? "theirs" : "x"}' } },
        },
        kubernetes_resource: { r: { api_version: "v1", kind: "ConfigMap", metadata: { name: "theirs" } } },
        kubernetes_resources: { rs: { api_version: "v1", kind: "ConfigMap", label_selector: "tier=gold" } },
        kubernetes_all_namespaces: { all: {} },
        kubernetes_nodes: { all: {} },
        kubernetes_server_version: { v: {} },
      },
    );
    const done = await upOf(kube, "read", json);
    expect(done.exitCode).toBe(0);
    expect(done.planned.plan.stacks[0]?.items[0]?.changes.map((c) => c.after)).toContainEqual({
      kind: "value",
      value: "db.example",
    });
    expect(await dataOf("copy")).toEqual({
      host: "db.example",
      tier: "gold",
      object: "db.example",
      found: "1",
      all: "true",
      // The real server runs without nodes.
      nodes: String(!onReal),
      major: "1",
    });
  });

  test("keep a Secret's values secret", async () => {
    const json = reading(
      "leak",
      { p: "${data.kubernetes_secret_v1.s.data.password}" },
      {},
      { kubernetes_secret_v1: { s: { metadata: { name: "theirs" } } } },
    );
    const { plan } = await planOf(kube, "leak", json);
    const [item] = plan.stacks[0]?.items ?? [];
    expect(item?.changes).toContainEqual(expect.objectContaining({ path: "data.p", after: { kind: "sensitive" } }));
    expect(item?.sent?.["data"]).toEqual({ p: "hunter22" });
  });

  test("that lack a key which is asked for are an error before anything is done, as to Terraform", async () => {
    const sources = { kubernetes_secret_v1: { s: { metadata: { name: "theirs" } } } };
    const json = reading("lacking", { p: '${data.kubernetes_secret_v1.s.data["pasword"]}' }, {}, sources);
    await expect(planOf(kube, "lacking", json)).rejects.toThrow('Secret default/theirs has no key "pasword"');
  });

  test("that depend on what the plan makes are read when that is there", async () => {
    const json = reading(
      "late",
      { host: "${data.kubernetes_config_map_v1.made.data.host}" },
      {
        kubernetes_manifest: {
          made: {
            manifest: {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata: { name: "made", namespace: "default" },
              data: { host: "late" },
            },
          },
        },
      },
      { kubernetes_config_map_v1: { made: { metadata: { name: "made" }, depends_on: ["kubernetes_manifest.made"] } } },
    );
    const done = await upOf(kube, "late", json);
    expect(done.exitCode).toBe(0);
    expect(await dataOf("late")).toEqual({ host: "late" });
    expect((await upOf(kube, "late", json)).actions.map((a) => a.split(" ")[0])).toEqual(["unchanged", "unchanged"]);
  });

  test("that depend on what this plan changes are read after it, not before", async () => {
    const manifest = (host: string): JsonObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "source", namespace: "default" },
      data: { host },
    });
    const json = (host: string): JsonObject => ({
      ...reading(
        "follower",
        { host: "${data.kubernetes_config_map_v1.read.data.host}" },
        {
          kubernetes_manifest: { source: { manifest: manifest(host) } },
          // Ready at once, and with values to come: it must not make the other data be read too early.
          kubernetes_secret_v1: {
            early: {
              metadata: { name: "early" },
              data: { p: "${data.kubernetes_config_map_v1.second.metadata[0].uid}${random_id.r.hex}" },
            },
          },
          random_id: { r: { byte_length: 4 } },
        },
        {
          kubernetes_config_map_v1: {
            read: { metadata: { name: "source" }, depends_on: ["kubernetes_manifest.source"] },
            second: { metadata: { name: "theirs" } },
          },
        },
      ),
      output: { host: { value: "${data.kubernetes_config_map_v1.read.data.host}" } },
    });
    expect((await upOf(kube, "follow", json("one"))).exitCode).toBe(0);
    expect(await dataOf("follower")).toEqual({ host: "one" });
    const quiet = await planOf(kube, "follow", json("one"));
    expect(quiet.plan.stacks[0]?.items.map((item) => item.action)).toEqual(["unchanged", "unchanged", "unchanged"]);

    const changed = await planOf(kube, "follow", json("two"));
    const follower = changed.plan.stacks[0]?.items.find(({ id }) => id.name === "follower");
    expect(follower?.action).toBe("update");
    expect(follower?.changes).toContainEqual(
      expect.objectContaining({ path: "data.host", after: expect.objectContaining({ kind: "unknown" }) }),
    );
    expect((await upOf(kube, "follow", json("two"))).exitCode).toBe(0);
    expect(await dataOf("follower")).toEqual({ host: "two" });
    expect((await upOf(kube, "follow", json("two"))).actions.every((a) => a.startsWith("unchanged"))).toBe(true);
  });

  test("of what nobody makes are an error that names it", async () => {
    const json = reading(
      "x",
      { a: "${data.kubernetes_config_map_v1.no.data.host}" },
      {},
      { kubernetes_config_map_v1: { no: { metadata: { name: "nowhere" } } } },
    );
    await expect(planOf(kube, "x", json)).rejects.toThrow("ConfigMap default/nowhere does not exist");
  });
});
