import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { amountOf } from "../../../stacks/checks.ts";
import { copyExample, type KindProject } from "./project.ts";
import { applyAndCompare } from "./restarts.ts";

/** examples/04-shop with its three services out of their sources: an order's way, what it all takes, and upgrades. */
const NAME = "k8sctl-e2e-shop";
let project: KindProject;

async function sh(...argv: [string, ...string[]]): Promise<string> {
  const { stdout, stderr, exitCode } = await project.run(...argv);
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stdout}${stderr}`);
  return stdout.trim();
}

const order = (body: object) =>
  sh("curl", "-s", "-w", " %{http_code}", "-d", JSON.stringify(body), "http://shop.localhost:8080/orders");
const shown = (id: number) => sh("curl", "-s", `http://shop.localhost:8080/orders/${id}`);
const psql = (sql: string) =>
  sh("kubectl", "exec", "-n", "postgres", "postgres-0", "-c", "postgres", "--", "psql", "-U", "shop", "-tAc", sql);
const messages = (count: number) => {
  const consumer = "/opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server kafka:9092 --topic orders";
  const script = `${consumer} --from-beginning --max-messages ${count} --timeout-ms 30000 2>/dev/null`;
  return sh("kubectl", "exec", "-n", "kafka", "kafka-0", "-c", "kafka", "--", "sh", "-c", script);
};

beforeAll(async () => {
  project = copyExample("04-shop");
  project.edit("k8sctl.yaml", "name: shop\n", `name: ${NAME}\n`);
  project.edit(
    "k8sctl.yaml",
    "shop/prices:1.0]",
    "shop/prices:1.0, shop/orders:1.1, shop/events:1.1, shop/prices:1.1]",
  );
  await sh("bash", fileURLToPath(new URL("../../../scripts/real-kind/shop-images.sh", import.meta.url)));
  for (const service of ["orders", "events", "prices"]) {
    await sh("docker", "tag", `shop/${service}:1.0`, `shop/${service}:1.1`);
  }
  await project.run("kind", "delete", "cluster", "--name", NAME);
});
afterAll(async () => {
  await project.run("kind", "delete", "cluster", "--name", NAME);
  project.remove();
});

test("one up brings five systems and three services, and then nothing is left to do", async () => {
  const up = await project.k8sctl("up", "--yes");
  expect(`${up.stdout}${up.stderr}`).toContain("Deployment shop/orders (shop) ready 1/1");
  expect(up.exitCode).toBe(0);
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
});

test("an order through the ingress is in Postgres and in Kafka", async () => {
  const first = { id: 1, item: "lamp", quantity: 2, total: 9800 };
  expect(await order({ item: "lamp", quantity: 2 })).toBe(`${JSON.stringify(first)}\n 201`);
  expect(await shown(1)).toBe(JSON.stringify(first));
  expect(await psql("select id, item, quantity, total_cents from orders")).toBe("1|lamp|2|9800");
  expect(await messages(1)).toBe(JSON.stringify(first));
  expect(await order({ item: "ghost", quantity: 1 })).toBe('{"error":"the shop has no ghost"}\n 404');
  expect(await order({ item: "lamp", quantity: 0 })).toMatch(/ 400$/);
});

test("Prometheus sees the services' own figures", async ({ expect }) => {
  const path =
    "/api/v1/namespaces/monitoring/services/prometheus:http/proxy/api/v1/query?query=shop_orders_taken_total";
  const taken = async () => {
    const { data } = JSON.parse(await sh("kubectl", "get", "--raw", path)) as {
      data: { result: { value: [number, string] }[] };
    };
    return data.result.map(({ value }) => value[1]);
  };
  await expect.poll(taken, { timeout: 60_000, interval: 1000 }).toEqual(["1"]);
});

test("all of it asks for less than 2 cores and 4 GiB, and uses less memory than it asks for", async () => {
  const { items } = await project.json<{ items: RunningPod[] }>("get", "pods", "-A");
  const ours = items.filter(
    ({ metadata, status }) => !/^(kube-|local-)/.test(metadata.namespace) && status.phase === "Running",
  );
  const asked = ours.flatMap(({ spec }) => spec.containers.map(({ resources }) => resources.requests));
  const cpu = asked.reduce(
    (sum, { cpu }) => sum + (cpu.endsWith("m") ? Number(cpu.slice(0, -1)) : 1000 * Number(cpu)),
    0,
  );
  const memory = asked.reduce((sum, { memory }) => sum + amountOf(memory), 0);
  const node = (await sh("kubectl", "get", "nodes", "-o", "name")).replace("node/", "");
  const stats = JSON.parse(await sh("kubectl", "get", "--raw", `/api/v1/nodes/${node}/proxy/stats/summary`)) as Stats;
  const used = stats.pods
    .filter(({ podRef }) => ours.some(({ metadata }) => metadata.name === podRef.name))
    .reduce((sum, { memory }) => sum + (memory?.workingSetBytes ?? 0), 0);
  const mebibytes = (bytes: number) => Math.round(bytes / 1024 ** 2);
  console.info(`asked: ${cpu}m CPU, ${mebibytes(memory)} MiB; used: ${mebibytes(used)} MiB in ${ours.length} pods`);
  expect(cpu).toBeLessThanOrEqual(2000);
  expect(memory).toBeLessThanOrEqual(4 * 1024 ** 3);
  expect(used).toBeLessThan(memory);
});

interface RunningPod {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly status: { readonly phase: string };
  readonly spec: {
    readonly containers: readonly { readonly resources: { readonly requests: { cpu: string; memory: string } } }[];
  };
}

interface Stats {
  readonly pods: readonly {
    readonly podRef: { readonly name: string };
    readonly memory?: { workingSetBytes?: number };
  }[];
}

/** One change of each stack at a time: vars by stack. */
const upgrades: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  "a version": { postgres: { version: "17.6" }, redis: { version: "8.2.2" }, shop: { version: "1.1" } },
  "a setting": {
    "nginx-ingress": { settings: { "worker-shutdown-timeout": "20s" } },
    prometheus: { retention: "3d" },
    redis: { eviction: "allkeys-lru" },
    kafka: { retentionHours: 24 },
  },
  "the size": {
    "nginx-ingress": { memory: "288Mi" },
    prometheus: { memory: "448Mi" },
    postgres: { memory: "288Mi" },
    redis: { memory: "160Mi" },
    kafka: { memory: "800Mi" },
  },
};

test.each(Object.entries(upgrades))(
  "%s of each restarts as many pods as the plan says, and no others",
  async (_, vars) => {
    setVars(vars);
    const { told, seen } = await applyAndCompare(project);
    expect(Object.keys(told).length).toBeGreaterThan(0);
    expect(seen).toEqual(told);
    expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
    expect(await shown(1)).toContain('"lamp"');
    expect(await psql("select count(*) from orders")).toBe("1");
  },
);

function setVars(vars: Readonly<Record<string, object>>): void {
  const file = join(project.folder, "k8sctl.yaml");
  const document = parse(readFileSync(file, "utf8")) as { stacks: { file: string; vars?: object }[] };
  for (const stack of document.stacks) stack.vars = { ...stack.vars, ...vars[basename(stack.file, ".ts")] };
  writeFileSync(file, stringify(document));
}
