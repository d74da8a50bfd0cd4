import { afterAll, beforeAll, expect, test } from "vitest";
import { copyExample, type KindProject } from "./project.ts";

/** The library's databases, Kafka and Prometheus with the real software, through their own clients. */
const NAME = "k8sctl-e2e-library";
const PODS = ["postgres/postgres-0", "redis/redis-0", "kafka/kafka-0", "monitoring/prometheus-0"] as const;
let project: KindProject;

async function inPod(pod: (typeof PODS)[number], ...argv: string[]): Promise<string> {
  const [namespace, name] = pod.split("/") as [string, string];
  const said = await project.run("kubectl", "exec", "-n", namespace, name, "--", ...argv);
  if (said.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${said.stdout}${said.stderr}`);
  return said.stdout.trim();
}
const psql = (sql: string) => inPod("postgres/postgres-0", "psql", "-U", "app", "-d", "app", "-tAc", sql);
const redis = (...argv: string[]) => inPod("redis/redis-0", "redis-cli", "-e", ...argv);
const kafka = (script: string) =>
  inPod(
    "kafka/kafka-0",
    "sh",
    "-c",
    `cd /opt/kafka/bin && ${script.replaceAll("TO", "--bootstrap-server kafka:9092")}`,
  );
const consumed = (count: number) =>
  kafka(
    `./kafka-console-consumer.sh TO --topic orders --from-beginning --max-messages ${count} --timeout-ms 30000 | sort -n`,
  );
const numbers = (to: number) => Array.from({ length: to }, (_, i) => String(i + 1)).join("\n");

async function uids(): Promise<string[]> {
  const found = PODS.map(async (pod) => {
    const [namespace, name] = pod.split("/") as [string, string];
    return (await project.json<{ metadata: { uid: string } }>("get", "pod", "-n", namespace, name)).metadata.uid;
  });
  return Promise.all(found);
}

beforeAll(async () => {
  project = copyExample("02-web-with-postgres");
  for (const name of ["postgres", "redis", "kafka", "prometheus"]) {
    project.write(`stacks/${name}.ts`, `export { default } from "k8sctl/stacks/${name}";\n`);
  }
  project.write(
    "k8sctl.yaml",
    `project: library
clusters: { kind: { provider: kind, name: ${NAME}, config: kind-config.yaml } }
stacks:
  - { file: stacks/prometheus.ts, vars: { storage: 1Gi, memory: 256Mi, scrapeInterval: 5s, alertmanager: false, kubeStateMetrics: false, kubelets: false } }
  - { file: stacks/postgres.ts, vars: { storage: 1Gi, memory: 256Mi } }
  - { file: stacks/redis.ts, vars: { storage: 1Gi, memory: 64Mi } }
  - { file: stacks/kafka.ts, vars: { storage: 1Gi, memory: 512Mi } }
`,
  );
  await project.run("kind", "delete", "cluster", "--name", NAME);
});
afterAll(async () => {
  await project.run("kind", "delete", "cluster", "--name", NAME);
  project.remove();
});

test("up from nothing to four ready systems, and then nothing is left to do", async () => {
  const up = await project.k8sctl("up", "--yes");
  expect(`${up.stdout}${up.stderr}`).toContain("StatefulSet kafka/kafka (kafka) ready 1/1");
  expect(up.exitCode).toBe(0);
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
});

test("their own clients write and read", async () => {
  await psql("create table items as select g as id from generate_series(1, 1000) g");
  expect(await redis("set", "greeting", "hello")).toBe("OK");
  await kafka("./kafka-topics.sh TO --create --topic orders --partitions 3");
  await kafka("seq 1 500 | ./kafka-console-producer.sh TO --topic orders --request-required-acks all");
  expect(await consumed(500)).toBe(numbers(500));
});

test("without its password, or with a wrong one, nobody comes in", async () => {
  await expect(
    inPod("postgres/postgres-0", "psql", "postgresql://app:wrong@postgres:5432/app", "-c", "select 1"),
  ).rejects.toThrow("password authentication failed");
  await expect(inPod("redis/redis-0", "env", "-u", "REDISCLI_AUTH", "redis-cli", "-e", "ping")).rejects.toThrow(
    "NOAUTH",
  );
});

test("what they keep survives their pods", async () => {
  const before = await uids();
  await Promise.all(
    PODS.map((pod) => {
      const [namespace, name] = pod.split("/") as [string, string];
      return project.run("kubectl", "delete", "pod", "-n", namespace, name, "--wait");
    }),
  );
  expect((await project.k8sctl("up", "--yes")).exitCode).toBe(0);
  for (const pod of PODS) {
    const [namespace, name] = pod.split("/") as [string, string];
    const wait = ["wait", "--for=condition=Ready", "-n", namespace, `pod/${name}`, "--timeout=120s"];
    expect((await project.run("kubectl", ...wait)).stdout).toContain("condition met");
  }
  expect((await uids()).filter((uid) => before.includes(uid))).toEqual([]);
  expect(await psql("select count(*), sum(id) from items")).toBe("1000|500500");
  expect(await redis("get", "greeting")).toBe("hello");
  await kafka("seq 501 600 | ./kafka-console-producer.sh TO --topic orders --request-required-acks all");
  expect(await consumed(600)).toBe(numbers(600));
});

test("Prometheus finds what asks to be scraped, and answers at its Service", async ({ expect }) => {
  const up = async () => {
    const path = "/api/v1/namespaces/monitoring/services/prometheus:http/proxy/api/v1/query?query=up==1";
    const { stdout } = await project.run("kubectl", "get", "--raw", path);
    const { data } = JSON.parse(stdout) as { data: { result: { metric: { job: string; service?: string } }[] } };
    return new Set(data.result.map(({ metric }) => metric.service ?? metric.job));
  };
  await expect.poll(up, { timeout: 60_000, interval: 1000 }).toEqual(new Set(["prometheus", "kube-dns"]));
});
