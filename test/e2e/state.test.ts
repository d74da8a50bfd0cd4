import { expect, test } from "vitest";
import { configMap } from "../cli/stacks.ts";
import { changed, connectTo, get, homeWithCluster, itemOf, patch, place } from "./planning.ts";

const home = homeWithCluster();
const LABEL = "applyset.kubernetes.io/part-of";
const map = (name: string, data: Record<string, string>) => ({
  kubernetes_config_map_v1: { page: configMap(name, data) },
});
const withPassword = (name: string) => ({
  ...map(name, { a: "1" }),
  random_password: { db: { length: 20 } },
  kubernetes_secret_v1: {
    db: { metadata: { name, namespace: "default" }, data: { password: "${random_password.db.result}" } },
  },
});

test("state lists and shows what the inventories hold, and no value of it", async () => {
  const p = place(home, "listed", { web: withPassword("listed") });
  await p.up();
  const password = (await get(await connectTo(home), "Secret", "default/listed"))?.["data"] as {
    password: string;
  };
  const list = await p.run(["state", "list"]);
  expect(
    list.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => line.replace(/ +/, " ")),
  ).toEqual([
    "web.kubernetes_config_map_v1.page ConfigMap default/listed",
    "web.kubernetes_secret_v1.db Secret default/listed",
    "web.random_password.db generated random_password",
  ]);
  const shown = await p.run(["state", "show", "random_password.db", "web.kubernetes_secret_v1.db"]);
  expect(shown.stdout).toMatch(/generated +random_password/);
  expect(shown.stdout).toMatch(/object +Secret default\/listed/);
  const json = await p.run(["state", "list", "--output", "json"]);
  for (const { all } of [list, shown, json]) {
    expect(all).not.toContain(password.password);
    expect(all).not.toContain(Buffer.from(password.password, "base64").toString());
  }
  const unknown = await p.run(["state", "show", "kubernetes_secret_v1.dc"]);
  expect(unknown.exitCode).toBe(1);
  expect(unknown.stderr).toMatch(/did you mean "kubernetes_secret_v1.db"/);
});

test("state rm leaves the object to nobody: another project may take it, and down leaves it alone", async () => {
  const p = place(home, "giver", { web: map("given", { a: "1" }) });
  await p.up();
  const refused = await p.run(["state", "rm", "kubernetes_config_map_v1.page"]);
  expect(refused.exitCode).toBe(1);
  const kube = await connectTo(home);
  expect((await get(kube, "ConfigMap", "default/given"))?.metadata.labels).toHaveProperty([LABEL]);
  const removed = await p.run(["state", "rm", "--yes", "kubernetes_config_map_v1.page"]);
  expect(removed.exitCode, removed.all).toBe(0);
  expect((await get(kube, "ConfigMap", "default/given"))?.metadata.labels ?? {}).not.toHaveProperty([LABEL]);
  expect((await p.run(["state", "list"])).stdout).toBe("");
  await p.run(["down", "--yes"]);
  expect(await get(kube, "ConfigMap", "default/given")).not.toBeNull();
  const taker = place(home, "receiver", { web: map("given", { a: "1" }) });
  expect(itemOf(await taker.plan(), "given").action).toBe("adopt");
  await taker.up();
  expect(changed(await taker.plan())).toEqual([]);
});

test("import adopts what exists and changes nothing else; the plan then shows the rest", async () => {
  await place(home, "cluster", { web: map("first", {}) }).up();
  const kube = await connectTo(home);
  const metadata = { name: "found", namespace: "default" };
  await kube.create(
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1", b: "1" } },
    "kubectl-client-side-apply",
  );
  const p = place(home, "importer", { web: map("found", { a: "1" }) });
  const imported = await p.run(["import", "--yes", "kubernetes_config_map_v1.page"]);
  expect(imported.exitCode, imported.all).toBe(0);
  expect((await get(kube, "ConfigMap", "default/found"))?.["data"]).toEqual({ a: "1", b: "1" });
  const item = itemOf(await p.plan(), "found");
  expect(item).toMatchObject({ action: "update" });
  expect(item.changes).toContainEqual(expect.objectContaining({ path: "data.b", after: { kind: "absent" } }));
  await p.up();
  expect((await get(kube, "ConfigMap", "default/found"))?.["data"]).toEqual({ a: "1" });
  expect(changed(await p.plan())).toEqual([]);
  for (const [name, address, says] of [
    ["absent", "kubernetes_config_map_v1.page", /does not exist in the cluster/],
    ["found", "kubernetes_config_map_v1.page", /belongs to project importer/],
    ["found", "kubernetes_config_map_v1.pgae", /did you mean "kubernetes_config_map_v1.page"/],
  ] as const) {
    const other = place(home, "stranger", { web: map(name, {}) });
    const refused = await other.run(["import", "--yes", address]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(says);
  }
});

test("plan --refresh-only shows what others did, and nothing of what the code wants", async () => {
  const p = place(home, "fresh", { web: withPassword("fresh") });
  await p.up();
  p.want(map("fresh", { a: "1", wanted: "yes" }));
  expect((await p.run(["plan", "--refresh-only", "--detailed-exitcode"])).exitCode).toBe(0);
  const kube = await connectTo(home);
  await patch(kube, "ConfigMap", "default/fresh", { data: { a: "9" } }, "kubectl-edit");
  const drift = await p.plan("--refresh-only", "--detailed-exitcode");
  expect(changed(drift)).toEqual(["update ConfigMap default/fresh"]);
  expect(itemOf(drift, "fresh").changes).toMatchObject([{ path: "data.a", cause: { type: "drift" } }]);
  const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "default", name: "fresh" };
  await kube.delete(ref, { propagation: "Background" });
  expect(itemOf(await p.plan("--refresh-only"), "fresh")).toMatchObject({
    action: "create",
    why: "it was deleted since the last apply",
  });
});
