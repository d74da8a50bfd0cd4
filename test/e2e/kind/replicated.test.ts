import { afterAll, beforeAll, expect, test } from "vitest";
import { copyExample, type KindProject } from "./project.ts";

/** Redis with Sentinel over TLS and three Kafka brokers of the library: what is acknowledged survives their pods. */
const NAME = "k8sctl-e2e-replicated";
const REDIS = ["redis-0", "redis-1", "redis-2"];
const KAFKA = ["kafka-0", "kafka-1", "kafka-2"];
const REDIS_CLI = ["redis-cli", "--tls", "--cacert", "/etc/tls/ca.crt"];
const MEMBERS = "redis-headless.redis.svc";
let project: KindProject;

async function inPod(namespace: string, pod: string, ...argv: string[]): Promise<string> {
  const said = await project.run("kubectl", "exec", "-n", namespace, pod, ...argv);
  if (said.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${said.stdout}${said.stderr}`);
  return said.stdout.trim();
}
const client = (script: string) =>
  inPod(
    "kafka",
    "client",
    "--",
    "bash",
    "-c",
    `cd /opt/kafka/bin && ${script.replaceAll("TO", "--bootstrap-server kafka:9092")}`,
  );

/** Who is the master, by what the sentinels say. */
async function master(): Promise<string> {
  const ask = [...REDIS_CLI, "-p", "26379", "--raw", "sentinel", "get-master-addr-by-name", "redis"];
  const answers = await Promise.all(
    REDIS.map((pod) => inPod("redis", pod, "-c", "sentinel", "--", ...ask).catch(() => "")),
  );
  const names = new Set(answers.filter((each) => each.includes(MEMBERS)).map((each) => each.split(".")[0]!));
  return names.size === 1 ? [...names][0]! : "they do not agree";
}

/** One command for the server of a name, from the sentinel's container of another pod. */
const redis = (server: string, ...argv: string[]) =>
  inPod(
    "redis",
    REDIS.find((pod) => pod !== server)!,
    "-c",
    "sentinel",
    "--",
    ...REDIS_CLI,
    "-h",
    `${server}.${MEMBERS}`,
    ...argv,
  );

async function uids(namespace: string, pods: readonly string[]): Promise<string[]> {
  const get = (pod: string) => project.json<{ metadata: { uid: string } }>("get", "pod", "-n", namespace, pod);
  return Promise.all(pods.map(async (pod) => (await get(pod)).metadata.uid));
}

const metrics = async (namespace: string, pod: string, port: number): Promise<string> =>
  (await project.run("kubectl", "get", "--raw", `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/metrics`))
    .stdout;

const CLIENT = `
apiVersion: v1
kind: Pod
metadata: { name: client, namespace: kafka }
spec:
  terminationGracePeriodSeconds: 1
  enableServiceLinks: false
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: client
      image: apache/kafka:4.1.1
      command: [sleep, infinity]
      env: [{ name: KAFKA_HEAP_OPTS, value: -Xmx96m }]
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
`;

beforeAll(async () => {
  project = copyExample("02-web-with-postgres");
  for (const name of ["redis", "kafka"]) {
    project.write(`stacks/${name}.ts`, `export { default } from "k8sctl/stacks/${name}";\n`);
  }
  const ports = [30390, 30391, 30392].map(
    (port) => `      - { containerPort: ${port}, hostPort: ${port}, listenAddress: 127.0.0.1 }\n`,
  );
  project.edit(
    "kind-config.yaml",
    "  - role: control-plane\n",
    `  - role: control-plane\n    extraPortMappings:\n${ports.join("")}`,
  );
  project.write(
    "k8sctl.yaml",
    `project: replicated
clusters: { kind: { provider: kind, name: ${NAME}, config: kind-config.yaml } }
stacks:
  - { file: stacks/redis.ts, vars: { version: 7.0.15, memory: 64Mi, sentinel: true, metrics: true, tls: { selfSigned: true } } }
  - file: stacks/kafka.ts
    vars:
      version: 4.0.0
      memory: 512Mi
      brokers: 3
      outside: { type: NodePort, hosts: [localhost], port: 30390 }
      topics:
        - { name: orders, partitions: 3, config: { retention.ms: 86400000 } }
`,
  );
  project.write("client.yaml", CLIENT);
  await project.run("kind", "delete", "cluster", "--name", NAME);
  const up = await project.k8sctl("up", "--yes");
  expect(`${up.stdout}${up.stderr}`).toContain("StatefulSet kafka/kafka (kafka) ready 3/3");
  expect(up.exitCode).toBe(0);
  expect((await project.run("kubectl", "apply", "-f", "client.yaml")).exitCode).toBe(0);
});
afterAll(async () => {
  await project.run("kind", "delete", "cluster", "--name", NAME);
  project.remove();
});

/** Stops or continues all processes of a pod's Redis server, from the node that it runs on. */
async function signal(name: "STOP" | "CONT", pod: string): Promise<void> {
  interface Pod {
    readonly status: { readonly containerStatuses: readonly { readonly name: string; readonly containerID: string }[] };
  }
  const { status } = await project.json<Pod>("get", "pod", "-n", "redis", pod);
  const id = status.containerStatuses.find((each) => each.name === "redis")?.containerID.replace(/.*\//, "");
  const script = `for each in $(grep -ls ${id} /proc/[0-9]*/cgroup); do kill -${name} $(echo $each | cut -d / -f 3); done`;
  await project.run("docker", "exec", `${NAME}-control-plane`, "sh", "-c", script);
}

test("a Redis master that hangs is replaced within 30 s, and comes back as a replica", async () => {
  const first = await master();
  expect(REDIS).toContain(first);
  expect(await redis(first, "mset", "greeting", "hello", "count", "42")).toBe("OK");
  await signal("STOP", first);
  let second = first;
  const write = async (): Promise<string> => {
    second = await master();
    return second === first ? "still the old one" : redis(second, "set", "after", "yes").catch(String);
  };
  await expect.poll(write, { timeout: 30_000, interval: 500 }).toBe("OK");
  expect(await redis(second, "mget", "greeting", "count")).toBe("hello\n42");
  await signal("CONT", first);
  const role = () => redis(first, "info", "replication").catch(String);
  await expect.poll(role, { timeout: 60_000, interval: 1000 }).toMatch(/role:slave[\s\S]*master_link_status:up/);
  expect(await redis(first, "get", "after")).toBe("yes");
  expect(await metrics("redis", second, 9121)).toMatch(/^redis_up 1$/m);
});

test("a client outside the cluster reaches each broker at its own port", async () => {
  const tools =
    "export KAFKA_HEAP_OPTS=-Xmx96m; cd /opt/kafka/bin; TO='--bootstrap-server localhost:30391 --topic orders'";
  const produce = "seq 1 300 | ./kafka-console-producer.sh $TO --request-required-acks all";
  const consume = "./kafka-console-consumer.sh $TO --from-beginning --max-messages 300 --timeout-ms 30000";
  const script = `${tools}; ${produce} && ${consume} | sort -n | uniq | wc -l`;
  const said = await project.run(
    "docker",
    "run",
    "--rm",
    "--network",
    "host",
    "--entrypoint",
    "bash",
    "apache/kafka:4.1.1",
    "-c",
    script,
  );
  expect(said.stdout.trim().split("\n").at(-1)).toBe("300");
});

test("no acknowledged message is lost: not by a broker that is gone, nor by another version, which restarts all", async () => {
  const before = [...(await uids("kafka", KAFKA)), ...(await uids("redis", REDIS))];
  await client("printf 'retries=2147483647\\nenable.idempotence=true\\n' >/tmp/producer.properties");
  await client("./kafka-topics.sh TO --create --topic load --partitions 6 >/tmp/created");
  await client(
    "(nohup ./kafka-verifiable-producer.sh TO --topic load --throughput 100 --acks -1 --producer.config /tmp/producer.properties >/tmp/sent 2>/tmp/errors & echo $! >/tmp/pid)",
  );
  const acknowledged = async () => Number(await client("grep -c producer_send_success /tmp/sent || true"));
  await expect.poll(acknowledged, { timeout: 30_000, interval: 500 }).toBeGreaterThan(100);
  await project.run("kubectl", "delete", "pod", "-n", "kafka", "kafka-1", "--force", "--grace-period=0");
  const then = await acknowledged();
  await expect.poll(acknowledged, { timeout: 60_000, interval: 500 }).toBeGreaterThan(then + 200);
  const meanwhile = await client(
    "./kafka-console-consumer.sh TO --topic load --from-beginning --max-messages 100 --timeout-ms 30000 | wc -l",
  );
  expect(Number(meanwhile)).toBe(100);

  project.edit("k8sctl.yaml", "version: 4.0.0", "version: 4.1.1");
  project.edit("k8sctl.yaml", "version: 7.0.15", "version: 8.2.3");
  project.edit("k8sctl.yaml", "partitions: 3,", "partitions: 5,");
  const { stdout } = await project.k8sctl("plan");
  expect(stdout.match(/~ StatefulSet .*restarts 3 pods/g)).toHaveLength(2);
  expect((await project.k8sctl("up", "--yes")).exitCode).toBe(0);
  const after = [...(await uids("kafka", KAFKA)), ...(await uids("redis", REDIS))];
  expect(after.filter((uid) => before.includes(uid))).toEqual([]);
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);

  // The formats stay until somebody raises them: until then there is a way back.
  const level = await client("./kafka-features.sh TO describe | grep metadata.version");
  expect(level).toMatch(/SupportedMaxVersion: 4\.1.*FinalizedVersionLevel: 4\.0/);
  await client("kill $(cat /tmp/pid); sleep 1");
  const missing = await client(
    `grep producer_send_success /tmp/sent | sed 's/.*"value":"\\([0-9]*\\)".*/\\1/' | sort -u >/tmp/acknowledged
    written=$(./kafka-get-offsets.sh TO --topic load | awk -F : '{ sum += $3 } END { print sum }')
    ./kafka-console-consumer.sh TO --topic load --from-beginning --max-messages $written --timeout-ms 60000 | sort -u >/tmp/read
    wc -l </tmp/acknowledged; comm -23 /tmp/acknowledged /tmp/read | wc -l`,
  );
  const [sent, lost] = missing.split("\n").map(Number);
  expect(sent).toBeGreaterThan(then);
  expect(lost).toBe(0);
  expect(await redis(await master(), "mget", "greeting", "after")).toBe("hello\nyes");
});

test("declared topics follow the declaration; what Kafka cannot do is refused, and nothing is changed", async () => {
  expect(await client("./kafka-topics.sh TO --describe --topic orders | head -n 1")).toMatch(
    /PartitionCount: 5.*retention\.ms=86400000/,
  );
  project.edit("k8sctl.yaml", "partitions: 5,", "partitions: 4,");
  const up = await project.k8sctl("up", "--yes");
  expect(up.exitCode).toBe(3);
  expect(`${up.stdout}${up.stderr}`).toContain("PartitionsShrink: topic orders has 5 partitions and 4 are declared");
  expect(await client("./kafka-topics.sh TO --list")).toContain("load");
});
