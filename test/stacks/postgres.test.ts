import { describe, expect, test } from "vitest";
import { deduceUnknown } from "../../src/schema/deduced.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";
import type { Vars } from "../../stacks/contract.ts";
import Postgres from "../../stacks/postgres.ts";
import { podsOf, restrictedBreaches } from "./pods.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const stack = (vars: Vars = {}) => decode([synthesizeOne("postgres", Postgres, vars, Object.keys(vars))]);

/** An object as plain JSON; the name is that after `postgres`. */
function objectOf(vars: Vars, kind: string, suffix = "") {
  const found = stack(vars).desired.find(({ id }) => id.kind === kind && id.name === `postgres${suffix}`);
  // biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON.
  return found?.object as any;
}
const names = (vars: Vars) => stack(vars).desired.map(({ id }) => `${id.kind} ${id.name.replace(/^postgres-?/, "")}`);
const files = (vars: Vars, suffix: string): Record<string, string> => objectOf(vars, "ConfigMap", suffix).data;
const conf = (vars: Vars) => files(vars, "-config")["postgresql.conf"]!;
const template = (vars: Vars, suffix = "") => objectOf(vars, "StatefulSet", suffix).spec.template;

test.each<[Vars, string]>([
  [{ replicas: -1 }, "option replicas: -1 is not a whole number from 0 to 8"],
  [{ memory: "64Mi" }, 'option memory: "64Mi" is less than 128Mi'],
  [{ maxConnections: 900 }, "option maxConnections: 900 need more memory than 256Mi: at most 96"],
  [{ database: "template1" }, 'option database: "template1" is a database that PostgreSQL has for itself'],
  [{ database: "9lives" }, 'option database: "9lives" is not a lower-case SQL name'],
  [{ user: "postgres" }, 'option user: "postgres" is a role that PostgreSQL or the stack has for itself'],
  [{ user: "pg_me" }, 'option user: "pg_me" is a role'],
  [{ extensions: ["PostGIS!"] }, 'option extensions[0]: "PostGIS!" is not the name of an extension'],
  [{ databases: { "Shop-DB": {} } }, 'option databases: "Shop-DB" is not a lower-case SQL name'],
  [{ databases: { app: {} } }, 'option databases: "app" is the option database'],
  [{ databases: { shop: { owner: "nobody" } } }, 'option databases.shop.owner: "nobody" is not a declared user'],
  [{ databases: { shop: { size: 3 } } }, 'option databases.shop: unknown key "size", of owner, extensions'],
  [{ users: { app: {} } }, 'option users: "app" is the option user'],
  [{ users: { report: { read: ["shop"] } } }, 'option users.report: "shop" is not a declared database'],
  [{ settings: { port: 5433 } }, 'option settings: "port" is set by the stack itself'],
  [{ settings: { "work mem": 1 } }, 'option settings: "work mem" is not the name of a setting'],
  [{ settings: { work_mem: "1MB\nport = 1" } }, "option settings.work_mem:"],
  [{ hba: ["everybody welcome"] }, 'option hba[0]: "everybody welcome" is not a line of pg_hba.conf'],
  [{ passwordVersion: "new" }, 'option passwordVersion: "new" is not a whole number'],
  [{ metrics: "yes" }, 'option metrics: "yes" is neither true nor false'],
  [{ ha: "patroni" }, 'option ha: "patroni" is none of none, cloudnative-pg'],
  [{ backup: { schedule: "daily" } }, 'option backup.schedule: "daily" is not a schedule of five fields'],
  [{ backup: { keep: 0 } }, "option backup.keep: 0 is not a whole number from 1 to 1000"],
  [{ backup: { method: "rsync" } }, 'option backup.method: "rsync" is none of dump, wal'],
  [{ restoreFrom: { dump: "latest" } }, 'option restoreFrom: "claim" is missing'],
  [{ restoreFrom: { claim: "b" } }, "option restoreFrom: says not exactly one of dump, base and replica"],
  [{ restoreFrom: { claim: "b", dump: "latest", until: "2026-11-21 08:00:00Z" } }, '"until" goes with "base" only'],
  [{ restoreFrom: { claim: "b", base: "latest", until: "yesterday" } }, 'option restoreFrom.until: "yesterday" is not'],
  [{ restoreFrom: { claim: "b", dump: "../etc" } }, 'option restoreFrom.dump: "../etc" is neither latest nor'],
  [{ ha: "cloudnative-pg", replicas: 0 }, "option replicas: 0 leaves the operator nothing to promote"],
  [{ ha: "cloudnative-pg", backup: { keep: 3 } }, "option backup.keep: CloudNativePG takes volume snapshots"],
  [{ ha: "cloudnative-pg", restoreFrom: { claim: "b", dump: "latest" } }, "option restoreFrom: CloudNativePG restores"],
  [{ ha: "cloudnative-pg", users: { report: { read: ["app"] } } }, "option users.report: CloudNativePG grants nothing"],
  [{ shards: 3 }, "there is no option shards"],
  [{ tls: true }, "option tls: true is not { selfSigned: true } or { secret: NAME }"],
  [{ tls: {} }, "option tls: says not exactly one of selfSigned: true and secret"],
  [{ tls: { selfSigned: true, secret: "mine" } }, "option tls: says not exactly one of selfSigned: true and secret"],
  [{ tls: { selfSigned: "yes" } }, 'option tls.selfSigned: "yes" is neither true nor false'],
  [{ tls: { secret: "certs/db" } }, 'option tls.secret: "certs/db" names a namespace'],
  [{ tls: { secret: "mine", hosts: ["db.example.com"] } }, 'option tls: "hosts" goes with "selfSigned" only'],
  [{ tls: { selfSigned: true, hosts: ["Db_1"] } }, 'option tls.hosts[0]: "Db_1" is not a DNS name'],
  [{ tls: { selfSigned: true, must: true } }, 'option tls: unknown key "must", of selfSigned, hosts, secret, required'],
  [{ settings: { ssl: false } }, 'option settings: "ssl" is set by the stack itself'],
  [{ tls: { selfSigned: true }, ha: "cloudnative-pg" }, "option tls: CloudNativePG encrypts always"],
])("%j is refused by name", (vars, message) => {
  expect(() => stack(vars)).toThrow(message);
});

const full = {
  replicas: 2,
  metrics: true,
  networkPolicy: true,
  extensions: ["pg_stat_statements"],
  databases: { shop: { owner: "shop", extensions: ["uuid-ossp"] } },
  users: { shop: {}, report: { read: ["app"], write: ["shop"], connectionLimit: 5 } },
  settings: { work_mem: "8MB", log_statement: "ddl", jit: false },
  hba: ["host shop shop 10.0.0.0/8 scram-sha-256"],
};

test.each<[Vars]>([
  [full],
  [{ ...full, preset: "production" }],
  [{ backup: true, restoreFrom: { claim: "old-backup", dump: "latest" } }],
  [{ ...full, backup: { method: "wal" }, tls: { selfSigned: true, required: true, hosts: ["db.example.com"] } }],
  [{ backup: { method: "wal", keep: 3 }, restoreFrom: { claim: "old-backup", base: "20261121T080000Z" } }],
  [{ replicas: 1, restoreFrom: { replica: true } }],
  [{ ...full, users: { shop: {} }, ha: "cloudnative-pg", preset: "production" }],
])("%j makes objects that are valid and restricted", (vars) => {
  const { problems, desired } = stack(vars);
  expect(problems).toEqual([]);
  const types = deduceUnknown(builtinTypes);
  const custom = "postgresql.cnpg.io";
  const builtin = desired.filter(({ id }) => id.group !== custom);
  expect(builtin.flatMap(({ object }) => validateObject(object, types))).toEqual([]);
  expect(podsOf(desired).flatMap(({ spec }) => restrictedBreaches(spec))).toEqual([]);
});

describe("settings", () => {
  test.each([
    ["128Mi", "shared_buffers = '32MB'", "max_connections = '20'", "work_mem = '1MB'"],
    ["2Gi", "shared_buffers = '512MB'", "max_connections = '256'", "work_mem = '2MB'"],
    ["16Gi", "shared_buffers = '4096MB'", "max_connections = '400'", "work_mem = '10MB'"],
  ])("follow %s of memory", (memory, ...lines) => {
    for (const line of lines) expect(conf({ memory })).toContain(`\n${line}\n`);
  });

  test("what stays away may hold back a fifth of the volume", () => {
    expect(conf({ storage: "10Gi" })).toContain("\nmax_slot_wal_keep_size = '2048MB'\n");
  });

  test("the user's own come later, and a quote in one stays a quote", () => {
    const text = conf({ settings: { work_mem: "8MB", search_path: "'$user', shop" } });
    expect(text).toContain("\nwork_mem = '8MB'\n");
    expect(text).toContain("\nsearch_path = '''$user'', shop'\n");
    expect(text.match(/^work_mem/gm)).toHaveLength(1);
  });

  test("an extension that must be loaded at start is", () => {
    expect(conf({ extensions: ["pg_stat_statements"] })).toContain("shared_preload_libraries = 'pg_stat_statements'");
    expect(conf({})).not.toContain("shared_preload_libraries");
  });
});

describe("restarts", () => {
  test.each<[string, Vars]>([
    ["another number of replicas", { replicas: 3 }],
    ["new passwords", { passwordVersion: 2 }],
    ["a new user and database", { users: { shop: {} }, databases: { shop: { owner: "shop" } } }],
    ["backups", { backup: { method: "wal" } }],
    ["the data of a replica", { restoreFrom: { replica: true } }],
  ])("%s restart no server", (_, vars) => {
    expect(template({ replicas: 1, ...vars })).toEqual(template({ replicas: 1 }));
    expect(template({ replicas: 1, ...vars }, "-replica")).toEqual(template({ replicas: 1 }, "-replica"));
  });

  test.each<[string, Vars]>([
    ["a setting", { settings: { jit: false } }],
    ["a line of pg_hba.conf", { hba: ["local all app reject"] }],
    ["a version", { version: "17.8" }],
    ["an exporter", { metrics: true }],
  ])("%s restarts all", (_, vars) => {
    expect(template({ replicas: 1, ...vars })).not.toEqual(template({ replicas: 1 }));
    expect(template({ replicas: 1, ...vars }, "-replica")).not.toEqual(template({ replicas: 1 }, "-replica"));
  });

  test.each<[string, Vars]>([
    ["passwords", { passwordVersion: 2 }],
    ["one user's password", { users: { shop: { passwordVersion: 2 } } }],
    ["an extension", { users: { shop: {} }, extensions: ["pg_trgm"] }],
    ["a dump to restore", { users: { shop: {} }, restoreFrom: { claim: "b", dump: "latest" } }],
  ])("%s run the settling Job again", (_, vars) => {
    const hash = (of: Vars) => objectOf(of, "Job", "-settle").spec.template.metadata.annotations;
    expect(hash(vars)).not.toEqual(hash({ users: { shop: {} } }));
  });
});

test("the plan says what a restart of each set means", () => {
  const told = (vars: Vars) =>
    stack(vars).desired.flatMap(({ duringRestart }) => (duringRestart === undefined ? [] : [duringRestart]));
  expect(told({ replicas: 1 })).toEqual([
    "nobody can write until the primary is back",
    "reads at the replica stop until it is back",
  ]);
  expect(told({ replicas: 3 })[1]).toBe("one after the other");
});

test("a pod that a wrong setting broke gives way to the right one", () => {
  const sets = stack({ replicas: 1 }).desired.filter(({ id }) => id.kind === "StatefulSet");
  const policies = sets.map(({ object }) => (object["spec"] as { podManagementPolicy?: string }).podManagementPolicy);
  expect(policies).toEqual(["Parallel", "Parallel"]);
});

test("another major version is refused by the plan, unless the option says what to restore", () => {
  const refusals = (vars: Vars) =>
    stack(vars).desired.flatMap(({ versionRules = [] }) => versionRules.map(({ to, refuse }) => `${to} ${refuse}`));
  expect(refusals({ replicas: 1 })).toEqual(["major true", "major true"]);
  expect(refusals({ restoreFrom: { claim: "postgres-backup", dump: "latest" } })).toEqual(["major false"]);
});

describe("services", () => {
  test("lead to the primary, and to the replicas where there are any", () => {
    expect(objectOf(full, "Service").spec.selector["app.kubernetes.io/component"]).toBe("primary");
    expect(objectOf(full, "Service", "-ro").spec.selector["app.kubernetes.io/component"]).toBe("replica");
    expect(names({})).not.toContain("Service ro");
  });

  test("no Job's pod is a server to them", () => {
    const { labels } = objectOf(full, "Job", "-settle").spec.template.metadata;
    expect(labels).not.toMatchObject(objectOf(full, "Service", "-headless").spec.selector);
  });
});

describe("passwords", () => {
  test("one for each role, and a Secret for each user", () => {
    expect(Object.keys(objectOf(full, "Secret", "-passwords").data)).toEqual([
      "superuser",
      "replication",
      "user-app",
      "user-shop",
      "user-report",
    ]);
    expect(names(full).filter((each) => each.startsWith("Secret"))).toEqual([
      "Secret passwords",
      "Secret credentials",
      "Secret shop-credentials",
      "Secret report-credentials",
    ]);
  });

  test("stand in no ConfigMap, argument or environment", () => {
    for (const { id, object } of stack({ ...full, backup: true }).desired) {
      if (id.kind !== "Secret") expect(JSON.stringify(object)).not.toMatch(/made-\w+-result/);
    }
  });

  test("reach a client's Secret only when the server has them", () => {
    const { desired } = stack({});
    const secret = desired.find(({ id }) => id.kind === "Secret" && id.name === "postgres-credentials")!;
    expect(JSON.stringify(secret.dependsOn)).toContain("Job");
  });
});

test("scripts hold nothing that Terraform would take for an expression", () => {
  const texts = Object.values({
    ...files({ ...full, backup: { method: "wal" }, restoreFrom: { claim: "b", base: "latest" } }, "-scripts"),
    ...files({ backup: true, restoreFrom: { claim: "b", dump: "latest" } }, "-scripts"),
  });
  for (const text of texts) expect(text).not.toMatch(/[$%]\{/);
});

test("users may do in a database what is declared, and no more", () => {
  const sql = files(full, "-scripts")["declared.sql"]!;
  const inShop = sql.slice(sql.indexOf('\\connect "shop"'));
  expect(sql).toContain('create extension if not exists "pg_stat_statements";');
  expect(inShop).toContain('create extension if not exists "uuid-ossp";');
  expect(inShop).toContain('grant select, insert, update, delete on all tables in schema public to "report";');
  expect(inShop).toContain('revoke all on database "shop" from "app";');
  expect(inShop).not.toContain('connect, temporary on database "shop" to "app"');
});

describe("tls", () => {
  const own = { replicas: 1, backup: { method: "wal" }, tls: { selfSigned: true } };
  const hba = (tls: Vars) => files({ tls }, "-config")["pg_hba.conf"]!;

  test("has an authority and a certificate for every name that a client may use, also that of pods to come", () => {
    const { generated } = stack({ tls: { selfSigned: true, hosts: ["db.example.com"] } });
    const made = generated.filter(({ type }) => type.startsWith("tls_"));
    expect(made.map(({ type }) => type).sort()).toEqual([
      "tls_cert_request",
      "tls_locally_signed_cert",
      "tls_private_key",
      "tls_private_key",
      "tls_self_signed_cert",
    ]);
    const names = made.find(({ type }) => type === "tls_cert_request")?.arguments["dns_names"];
    expect(names).toEqual(
      expect.arrayContaining([
        "postgres",
        "postgres.postgres.svc",
        "postgres-ro.postgres.svc.cluster.local",
        "*.postgres-headless.postgres.svc",
        "db.example.com",
      ]),
    );
  });

  test("gives clients the authority, and nobody but the servers their key", () => {
    const keys = (suffix: string) => Object.keys(objectOf(own, "Secret", suffix).data).sort();
    expect(keys("-tls")).toEqual(["ca.crt", "tls.crt", "tls.key"]);
    expect(keys("-credentials")).toContain("ca.crt");
    expect(objectOf({}, "Secret", "-credentials").data).not.toHaveProperty(["ca.crt"]);
    const mounted = podsOf(stack(own).desired).map(({ owner, spec }) => {
      const { secret } = spec.volumes.find(({ name }: { name: string }) => name === "tls");
      return [owner.replace(/postgres\//, ""), secret.items?.map(({ key }: { key: string }) => key) ?? "all"];
    });
    expect(Object.fromEntries(mounted)).toEqual({
      "StatefulSet postgres": "all",
      "StatefulSet postgres-replica": "all",
      "Deployment postgres-archive": ["ca.crt"],
      "Job postgres-settle": ["ca.crt"],
    });
  });

  test("replicas, Jobs and backups believe the server only by its name", () => {
    expect(files(own, "-scripts")["options.sh"]).toContain(
      "VERIFIED='sslmode=verify-full sslrootcert=/etc/tls/ca.crt'",
    );
    const { env } = objectOf(own, "Job", "-settle").spec.template.spec.containers[0];
    expect(env).toContainEqual({ name: "PGSSLMODE", value: "verify-full" });
  });

  test("lets replicas in by TLS only, and with required everybody", () => {
    expect(hba({ selfSigned: true })).toContain("\nhostssl replication replicator all scram-sha-256\n");
    expect(hba({ selfSigned: true })).not.toContain("hostnossl");
    const lines = hba({ selfSigned: true, required: true }).split("\n");
    expect(lines.filter((line) => !line.startsWith("#")).slice(0, 2)).toEqual([
      "local all all trust",
      "hostnossl all all all reject",
    ]);
  });

  test("on or off restarts the servers, another name in the certificate does not", () => {
    expect(template(own)).not.toEqual(template({ ...own, tls: undefined }));
    expect(template({ ...own, tls: { selfSigned: true, hosts: ["db.example.com"] } })).toEqual(template(own));
  });

  test("of a Secret that is there is read, so that a missing one fails the plan", () => {
    const { json } = synthesizeOne("postgres", Postgres, { tls: { secret: "mine" } });
    const read = (json as { data: { kubernetes_secret_v1: object } }).data.kubernetes_secret_v1;
    expect(Object.values(read)).toMatchObject([{ metadata: { name: "mine", namespace: "postgres" } }]);
  });
});

test("backups: what they make, by method", () => {
  const made = (vars: Vars) => names(vars).filter((each) => /backup|archive/.test(each));
  expect(made({})).toEqual([]);
  expect(made({ backup: true })).toEqual(["PersistentVolumeClaim backup", "CronJob backup"]);
  expect(made({ backup: { method: "wal" } })).toContain("Deployment archive");
  expect(
    objectOf({ backup: true, storage: "3Gi" }, "PersistentVolumeClaim", "-backup").spec.resources.requests,
  ).toEqual({ storage: "6Gi" });
});

describe("ha: cloudnative-pg", () => {
  const vars: Vars = { ...full, users: { shop: { connectionLimit: 5 } }, ha: "cloudnative-pg", backup: true };

  // Fields as the operator's API reference has them; accepted by the CRDs of its main branch of August 2026.
  test("is a Cluster of the operator", () => {
    expect(objectOf(vars, "Cluster")).toMatchObject({
      apiVersion: "postgresql.cnpg.io/v1",
      spec: {
        instances: 3,
        imageName: "ghcr.io/cloudnative-pg/postgresql:17.7-standard-trixie",
        storage: { size: "1Gi" },
        bootstrap: { initdb: { database: "app", owner: "app", secret: { name: "postgres-credentials" } } },
        enableSuperuserAccess: true,
        superuserSecret: { name: "postgres-superuser" },
        postgresql: {
          parameters: { shared_buffers: "64MB", work_mem: "8MB", jit: "off" },
          pg_hba: ["host shop shop 10.0.0.0/8 scram-sha-256"],
          shared_preload_libraries: ["pg_stat_statements"],
        },
        managed: {
          roles: [{ name: "shop", connectionLimit: 5, passwordSecret: { name: "postgres-shop-credentials" } }],
        },
        inheritedMetadata: { annotations: { "prometheus.io/port": "9187" } },
        backup: { volumeSnapshot: {} },
      },
    });
    expect(names(vars)).not.toContain("StatefulSet ");
  });

  test("sets no parameter that the operator keeps for itself", () => {
    const { parameters } = objectOf(vars, "Cluster").spec.postgresql;
    const fixed = ["hba_file", "listen_addresses", "port", "shared_preload_libraries", "unix_socket_directories"];
    for (const name of fixed) expect(parameters).not.toHaveProperty(name);
  });

  test("has databases and a schedule with seconds", () => {
    expect(objectOf(vars, "Database", "-shop-database").spec).toEqual({
      cluster: { name: "postgres" },
      name: "shop",
      owner: "shop",
      extensions: [{ name: "uuid-ossp", ensure: "present" }],
    });
    expect(objectOf(vars, "ScheduledBackup", "-backup").spec.schedule).toBe("0 15 2 * * *");
  });
});
