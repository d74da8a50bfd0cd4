import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { describe, expect, onTestFinished, test } from "vitest";
import { deduceUnknown } from "../../src/schema/deduced.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";
import type { Vars } from "../../stacks/contract.ts";
import Postgres from "../../stacks/postgres.ts";
import Redis from "../../stacks/redis.ts";
import { expectValidAndRestricted } from "./expect-valid.ts";
import { containersOf, podsOf, restrictedBreaches } from "./pods.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const decoded = (vars: Vars) => decode([synthesizeOne("redis", Redis, vars)]);

// biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON.
function objectOf(vars: Vars, kind: string, name: string): any {
  return decoded(vars).desired.find(({ id }) => id.kind === kind && id.name === name)?.object;
}
const pod = (vars: Vars) => objectOf(vars, "StatefulSet", "redis").spec.template.spec;
const names = (vars: Vars): string[] => pod(vars).containers.map(({ name }: { name: string }) => name);

test.each<[Vars, string]>([
  [{ sentinel: true, replicas: 0 }, "redis: option replicas: 0 is not a whole number from 2 to 6"],
  [{ sentinel: true, replicas: 3 }, "redis: option replicas: 3 and the master are an even number of sentinels"],
  [{ replicas: 2 }, "redis: option replicas: only with sentinel: true"],
  [{ minReplicasToWrite: 0 }, "redis: option minReplicasToWrite: only with sentinel: true"],
  [{ sentinel: true, minReplicasToWrite: 3 }, "redis: option minReplicasToWrite: 3 is more than the 2 replicas"],
  [{ sentinel: true, downAfter: "5s" }, 'redis: option downAfter: "5s" is not a whole number from 1 to 300'],
  [{ tls: true }, "redis: option tls: true is not { selfSigned: true } or { secret: NAME }"],
  [{ tls: { selfSigned: false } }, "redis: option tls: says not exactly one of selfSigned: true and secret"],
  [{ tls: { selfSigned: true, required: true } }, 'redis: option tls: unknown key "required", of selfSigned, hosts'],
  [{ sentinel: "yes" }, 'redis: option sentinel: "yes" is neither true nor false'],
])("%j is refused by name", (vars, message) => {
  expect(() => decoded(vars)).toThrow(message);
});

describe("with Sentinel", () => {
  const vars = { sentinel: true, replicas: 4, minReplicasToWrite: 2, downAfter: 3, metrics: true, name: "cache" };
  const files = (): Record<string, string> => objectOf(vars, "ConfigMap", "cache-config").data;

  test("what it makes is valid and restricted, and every container is held to its memory", () => {
    const { problems, desired } = decoded(vars);
    expect(problems).toEqual([]);
    const types = deduceUnknown(builtinTypes);
    expect(desired.flatMap(({ object }) => validateObject(object, types))).toEqual([]);
    for (const { spec } of podsOf(desired)) {
      expect(restrictedBreaches(spec)).toEqual([]);
      for (const { resources } of containersOf(spec)) expect(resources.limits.memory).toMatch(/Mi$/);
    }
  });

  test("five servers, each with a sentinel, of which three must agree", () => {
    expect(objectOf(vars, "StatefulSet", "cache").spec).toMatchObject({ replicas: 5, podManagementPolicy: "Parallel" });
    expect(files()["start-sentinel.sh"]).toContain('echo "sentinel monitor cache $known 6379 3"');
    expect(files()["sentinel-master.conf"]).toContain("sentinel down-after-milliseconds cache 3000\n");
    expect(files()["replication.conf"]).toContain("min-replicas-to-write 2\n");
  });

  test("clients ask the sentinels at the Service, and read from any server", () => {
    const ports = (name: string) =>
      objectOf(vars, "Service", name).spec.ports.map((each: { port: number }) => each.port);
    expect(ports("cache")).toEqual([26379]);
    expect(ports("cache-read")).toEqual([6379]);
  });

  test("servers and sentinels log in by files of a Secret, with a password that is not the clients'", () => {
    const { generated } = decoded(vars);
    expect(generated.map(({ type }) => type)).toEqual(["random_password", "random_password"]);
    const users = objectOf(vars, "Secret", "cache-users");
    expect(Object.keys(users.data ?? users.stringData).sort()).toEqual([
      "replication-login.conf",
      "sentinel-login.conf",
      "sentinel-users.acl",
      "users.acl",
    ]);
    expect(JSON.stringify(files())).not.toMatch(/-result|auth-pass|masterauth/);
  });

  test("the scripts are what a POSIX shell takes", async () => {
    const { execa } = await import("execa");
    for (const [name, text] of Object.entries(files())) {
      if (name.endsWith(".sh")) await execa("sh", ["-n"], { input: text });
    }
  });
});

describe("tls", () => {
  const vars = { sentinel: true, metrics: true, tls: { selfSigned: true } };
  const data = (of: Vars, name: string): Record<string, string> => objectOf(of, "ConfigMap", name).data;

  test("what it makes is valid and restricted", () => {
    expectValidAndRestricted(decoded(vars));
  });

  test("leaves no port in the open, and servers and sentinels none to each other", () => {
    for (const [file, port] of [
      ["redis.conf", 6379],
      ["sentinel.conf", 26379],
    ] as const) {
      const lines = data(vars, "redis-config")[file]!.split("\n");
      expect(lines).toEqual(expect.arrayContaining(["port 0", `tls-port ${port}`, "tls-replication yes"]));
      expect(lines).not.toContain(`port ${port}`);
    }
    expect(data({}, "redis-config")["redis.conf"]).not.toContain("tls");
  });

  test("every redis-cli is told whom to believe", () => {
    const texts = [JSON.stringify(pod(vars).containers), ...Object.values(data(vars, "redis-config"))];
    const calls = texts.flatMap((text) => text.match(/redis-cli.{0,8}/g) ?? []);
    expect(calls.length).toBeGreaterThan(4);
    for (const call of calls) expect(call).toMatch(/^redis-cli(",")? ?--tls/);
  });

  test("clients find the authority and the scheme, the exporter goes by the pod's name", () => {
    const { data: given } = objectOf(vars, "Secret", "redis-credentials");
    expect(Buffer.from(given.uri, "base64").toString()).toMatch(/^rediss\+sentinel:/);
    expect(given).toHaveProperty(["ca.crt"]);
    const exporter = pod(vars).containers.find(({ name }: { name: string }) => name === "metrics");
    expect(exporter.env).toContainEqual({
      name: "REDIS_ADDR",
      value: "rediss://$(POD_NAME).redis-headless.redis.svc:6379",
    });
    expect(exporter.volumeMounts).toMatchObject([
      { name: "tls", mountPath: "/etc/tls/ca.crt", subPath: "ca.crt", readOnly: true },
    ]);
  });

  test("makes the set anew when it is switched, and restarts it for another certificate", () => {
    const set = (of: Vars) => objectOf(of, "StatefulSet", "redis").spec;
    expect(set(vars).selector.matchLabels).not.toEqual(set({ ...vars, tls: undefined }).selector.matchLabels);
    expect(objectOf(vars, "Service", "redis").spec).toEqual(
      objectOf({ ...vars, tls: undefined }, "Service", "redis").spec,
    );
    expect(set(vars).template.metadata.annotations["checksum/tls"]).toBeDefined();
    expect(set({}).template.metadata.annotations).not.toHaveProperty(["checksum/tls"]);
  });
});

test("the exporter stands beside the server, and Prometheus is led to it", () => {
  expect(names({})).toEqual(["redis"]);
  expect(names({ metrics: true })).toEqual(["redis", "metrics"]);
  const { annotations } = objectOf({ metrics: true }, "StatefulSet", "redis").spec.template.metadata;
  expect(annotations).toMatchObject({ "prometheus.io/scrape": "true", "prometheus.io/port": "9121" });
});

test("another stack beside it restarts nothing", () => {
  const hashOf = (...before: (typeof Postgres)[]) => {
    const outdir = mkdtempSync(join(tmpdir(), "k8sctl-hash-"));
    onTestFinished(() => rmSync(outdir, { recursive: true }));
    const app = new App({ outdir });
    for (const each of before) new each(app, "postgres", { vars: {}, stacks: {} }).toTerraform();
    const stack = new Redis(app, "redis", { vars: { sentinel: true }, stacks: {} });
    return /checksum\/config":"(\w+)"/.exec(JSON.stringify(stack.toTerraform()))![1];
  };
  expect(hashOf(Postgres)).toBe(hashOf());
});

test("production has sentinels and an exporter", () => {
  expect(names({ preset: "production" })).toEqual(["redis", "sentinel", "metrics"]);
});
