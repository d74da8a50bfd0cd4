import { afterAll, beforeAll, expect, test } from "vitest";
import { copyExample, type KindProject } from "./project.ts";

/** PostgreSQL as an operator has it: replicas, backups and the way back, passwords that change, settings that change. */
const NAME = "k8sctl-e2e-postgres";
const STACK = `import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { RandomProvider } from "@cdktf/provider-random/lib/provider";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { Postgres, type PostgresOptions } from "k8sctl/stacks/postgres";

type Instances = Readonly<Record<string, PostgresOptions>>;

export default class Data extends TerraformStack {
  constructor(scope: Construct, id: string, { vars }: { vars: { instances: Instances } }) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    new RandomProvider(this, "random");
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    const { name } = new NamespaceV1(this, "namespace", { metadata: { name: "data", labels } }).metadata;
    for (const [each, options] of Object.entries(vars.instances)) {
      new Postgres(this, each, { ...options, namespace: name, name: each, storage: "1Gi", memory: "128Mi" });
    }
  }
}
`;
const CLIENT = `while :; do
  psql -XqAt "$(cut -d '?' -f 1 /credentials/uri)?sslmode=verify-full&sslrootcert=/credentials/ca.crt" -c 'insert into visits default values' && date +%s >/tmp/last || true
  sleep 1
done`;
const ROWS = "select count(*), md5(string_agg(id || word, ',' order by id)) from items";
const tls = { selfSigned: true, required: true };
const first = { replicas: 1, metrics: true, tls, users: { report: { read: ["app"] } }, backup: { method: "wal" } };
/** Another name is another certificate. */
const second = { ...first, passwordVersion: 2, tls: { ...tls, hosts: ["db.example.com"] } };
const elder = { version: "15", backup: { keep: 2 } };
let project: KindProject;
/** What the stack has, by name. */
const instances: Record<string, object> = {};

function write(changed: Record<string, object>): void {
  const vars = JSON.stringify({ instances: Object.assign(instances, changed) });
  project.write(
    "k8sctl.yaml",
    `project: data
clusters: { kind: { provider: kind, name: ${NAME}, config: kind-config.yaml } }
stacks: [{ file: stacks/data.ts, vars: ${vars} }]
`,
  );
}
async function kubectl(...argv: string[]): Promise<string> {
  const said = await project.run("kubectl", "-n", "data", ...argv);
  if (said.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${said.stdout}${said.stderr}`);
  return said.stdout.trim();
}
const psql = (pod: string, sql: string, user = "app") =>
  kubectl("exec", pod, "-c", "postgres", "--", "psql", "-XqAt", "-U", user, "-d", "app", "-c", sql);
async function ready(pod: string): Promise<void> {
  // A deleted pod is made again only when its deleted claim is gone.
  for (const state of ["create", "condition=Ready"])
    await kubectl("wait", `--for=${state}`, `pod/${pod}`, "--timeout=120s");
}
async function up(): Promise<string> {
  const { exitCode, stdout, stderr } = await project.k8sctl("up", "--yes");
  expect(`${stdout}${stderr}`).toContain("Ready on");
  expect(exitCode).toBe(0);
  return stdout;
}
async function backUp(instance: string): Promise<void> {
  await kubectl("create", "job", `--from=cronjob/${instance}-backup`, `${instance}-now`);
  await kubectl("wait", "--for=condition=complete", `job/${instance}-now`, "--timeout=120s");
}
const uids = (...pods: string[]) =>
  Promise.all(pods.map((pod) => kubectl("get", "pod", pod, "-o", "jsonpath={.metadata.uid}")));

beforeAll(async () => {
  project = copyExample("02-web-with-postgres");
  project.write("stacks/data.ts", STACK);
  await project.run("kind", "delete", "cluster", "--name", NAME);
});
afterAll(async () => {
  await project.run("kind", "delete", "cluster", "--name", NAME);
  project.remove();
});

test("up makes a primary and a replica, and an instance of an older PostgreSQL; then nothing is left to do", async () => {
  write({ db: first, elder });
  await up();
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
});

test("the replica serves what the primary is given, and takes nothing itself", async ({ expect }) => {
  await psql("db-0", "create table visits (at timestamptz default now())");
  await psql("db-0", "create table items as select id, md5(random()::text) word from generate_series(1, 20000) id");
  const written = await psql("db-0", ROWS);
  await expect.poll(() => psql("db-replica-0", ROWS), { timeout: 30_000 }).toBe(written);
  await expect(psql("db-replica-0", "delete from items")).rejects.toThrow("in a read-only transaction");
  const encrypted = "select bool_and(ssl) from pg_stat_replication join pg_stat_ssl using (pid)";
  expect(await psql("db-0", encrypted, "postgres")).toBe("t");
  expect(await psql("db-0", "select count(*) from items", "report")).toBe("20000");
  await expect(psql("db-0", "delete from items", "report")).rejects.toThrow("permission denied for table items");
  const metrics = await kubectl("get", "--raw", "/api/v1/namespaces/data/pods/db-0:9187/proxy/metrics");
  expect(metrics).toContain("\npg_up 1");
});

test("data outlive the primary's pod, and the replica follows the new one", async ({ expect }) => {
  const before = await psql("db-0", ROWS);
  await kubectl("delete", "pod", "db-0");
  await ready("db-0");
  expect(await psql("db-0", ROWS)).toBe(before);
  await psql("db-0", "insert into items values (0, 'after')");
  const after = await psql("db-0", ROWS);
  await expect.poll(() => psql("db-replica-0", ROWS), { timeout: 30_000 }).toBe(after);
});

test("a replica that lost its volume clones the primary", async () => {
  await kubectl("delete", "pvc", "data-db-replica-0", "--wait=false");
  await kubectl("delete", "pod", "db-replica-0");
  await ready("db-replica-0");
  expect(await psql("db-replica-0", ROWS)).toBe(await psql("db-0", ROWS));
});

test("a base backup and the log lead back to a moment", async () => {
  await backUp("db");
  await psql("db-0", "insert into items select id, 'later' from generate_series(20001, 20500) id");
  const wanted = await psql("db-0", ROWS);
  const until = await psql("db-0", "select clock_timestamp()");
  await psql("db-0", "delete from items");
  write({ rewound: { restoreFrom: { claim: "db-backup", base: "latest", until } } });
  await up();
  expect(await psql("rewound-0", ROWS)).toBe(wanted);
});

test("another major version is refused in place, and takes a dump of the old one under another name", async () => {
  await psql("elder-0", "create table items as select id, md5(random()::text) word from generate_series(1, 20000) id");
  const wanted = await psql("elder-0", ROWS);
  const before = await uids("elder-0");
  write({ elder: { ...elder, version: "17.7" } });
  const refused = await project.k8sctl("up", "--yes");
  expect(refused.exitCode).toBe(1);
  expect(`${refused.stdout}${refused.stderr}`).toContain("PostgreSQL cannot read the data of another major version");
  expect(await uids("elder-0")).toEqual(before);
  await backUp("elder");
  write({ elder, copy: { restoreFrom: { claim: "elder-backup", dump: "latest" } } });
  await up();
  expect(await psql("copy-0", ROWS)).toBe(wanted);
  const versions = [await psql("elder-0", "show server_version"), await psql("copy-0", "show server_version")];
  expect(versions.map((each) => each.split(".")[0])).toEqual(["15", "17"]);
});

test("new passwords and a new certificate reach server and application, and restart neither", async ({ expect }) => {
  const client = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "client", namespace: "data" },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "client",
          image: "postgres:17.7",
          command: ["bash", "-c", CLIENT],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts: [{ name: "credentials", mountPath: "/credentials" }],
        },
      ],
      volumes: [{ name: "credentials", secret: { secretName: "db-credentials" } }],
    },
  };
  project.write("client.json", JSON.stringify(client));
  await kubectl("apply", "-f", "client.json");
  await ready("client");
  const pods = ["db-0", "db-replica-0", "client"];
  const before = await uids(...pods);
  const old = await kubectl("get", "secret", "db-credentials", "-o", "jsonpath={.data.uri}");

  write({ db: second });
  const running = project.start("up", "--yes");
  // The kubelet brings a changed Secret within a minute or so; for a pod that changes itself, at once.
  const hurry = setInterval(() => {
    void project.run("kubectl", "-n", "data", "annotate", "pod", ...pods, `hurry=${Date.now()}`, "--overwrite");
  }, 3000);
  try {
    const { all, exitCode } = await running;
    expect(all).toContain("Ready on");
    expect(exitCode).toBe(0);
    const rotated = Number(await kubectl("exec", "db-0", "-c", "postgres", "--", "date", "+%s"));
    const last = () => kubectl("exec", "client", "--", "cat", "/tmp/last").then(Number);
    await expect.poll(last, { timeout: 120_000, interval: 1000 }).toBeGreaterThan(rotated);
    const address = await kubectl("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}");
    const login = "user=app dbname=app sslmode=verify-full sslrootcert=/credentials/ca.crt";
    const named = `PGPASSWORD=$(cat /credentials/password) psql -XqAt "host=db.example.com hostaddr=${address} ${login}" -c 'select 1'`;
    const asked = () => kubectl("exec", "client", "--", "bash", "-c", named).catch(String);
    await expect.poll(asked, { timeout: 120_000, interval: 1000 }).toBe("1");
  } finally {
    clearInterval(hurry);
  }
  const uri = Buffer.from(old, "base64").toString().replace("db.data.svc", "db");
  await expect(kubectl("exec", "db-0", "-c", "postgres", "--", "psql", uri, "-c", "select 1")).rejects.toThrow(
    "password authentication failed",
  );
  expect(await uids(...pods)).toEqual(before);
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
});

test("a version and a setting restart what the plan says, and fewer connections do not lock the replica out", async () => {
  const before = await uids("db-0", "db-replica-0");
  write({ db: { ...second, version: "17.6", maxConnections: 15 } });
  const { stdout } = await project.k8sctl("plan");
  expect(stdout).toMatch(/~ StatefulSet data\/db +.*restarts 1 pod/);
  expect(stdout).toMatch(/~ StatefulSet data\/db-replica +.*restarts 1 pod/);
  await up();
  expect((await uids("db-0", "db-replica-0")).filter((uid) => before.includes(uid))).toEqual([]);
  expect(await psql("db-0", "show max_connections")).toBe("15");
  expect(Number(await psql("db-replica-0", "show max_connections"))).toBeGreaterThanOrEqual(15);
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
});

test("an empty primary does not come up beside a replica with data, and takes the replica's by option", async ({
  expect,
}) => {
  await psql("db-0", "insert into items values (1, 'kept')");
  const wanted = await psql("db-0", ROWS);
  await kubectl("delete", "pvc", "data-db-0", "--wait=false");
  await kubectl("delete", "pod", "db-0");
  const log = () => kubectl("logs", "db-0", "-c", "prepare").catch(String);
  await expect.poll(log, { timeout: 60_000, interval: 1000 }).toContain("A replica at db-ro.data.svc has data");
  write({ db: { ...second, version: "17.6", maxConnections: 15, restoreFrom: { replica: true } } });
  await project.k8sctl("up", "--yes");
  await kubectl("delete", "pod", "db-0");
  await ready("db-0");
  expect(await psql("db-0", ROWS)).toBe(wanted);
});
