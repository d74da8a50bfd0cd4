import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { systemClock } from "../../src/host/clock.ts";
import { systemExec } from "../../src/host/exec.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import type { ClusterAccess } from "../../src/model/access.ts";
import type { RunEventBody } from "../../src/model/events.ts";
import { describeId } from "../../src/model/ids.ts";
import { Secret } from "../../src/model/secrets.ts";
import type { Kube, ListOptions } from "../../src/ports.ts";
import { watchStatus } from "../../src/run/watch-status.ts";
import { clientOf } from "../embedded/client.ts";
import { apply } from "./applying.ts";
import { type Line, plan, stack } from "./plans.ts";

let cluster: EmbeddedServer;
let kube: Kube;

beforeAll(async () => {
  cluster = await startEmbedded({ timeScale: 0.02 });
  kube = openKube(cluster.access, { exec: systemExec, clock: systemClock });
});

afterAll(async () => {
  kube.close();
  await cluster.close();
});

const fails = (how: string, logs = "") => ({
  "embedded.k8sctl.dev/fail": how,
  ...(logs === "" ? {} : { "embedded.k8sctl.dev/logs": logs }),
});

function workload(
  app: string,
  annotations: Record<string, string>,
  more: { replicas?: number; container?: object } = {},
) {
  const labels = { app };
  const container = { name: app, image: `registry.example/${app}:1`, ...more.container };
  const template = { metadata: { labels, annotations }, spec: { containers: [container] } };
  return { spec: { replicas: more.replicas ?? 1, selector: { matchLabels: labels }, template } };
}

const database = { body: { spec: { selector: { app: "db" }, ports: [{ port: 5432 }] } } };

type VerdictEvent = Extract<RunEventBody, { type: "verdict" }>;
const verdictsOf = (events: readonly RunEventBody[]) =>
  events.flatMap((event): VerdictEvent["verdict"][] => (event.type === "verdict" ? [event.verdict] : []));
const told = (events: readonly RunEventBody[]) =>
  verdictsOf(events).map(({ id, cause, rootCause, sameAs }) =>
    [
      describeId(id),
      cause,
      rootCause && `because of ${describeId(rootCause.id)} (${rootCause.how})`,
      sameAs && `as ${describeId(sameAs)}`,
    ]
      .filter(Boolean)
      .join(" "),
  );

async function run(namespace: string, objects: readonly Line[], seconds = 40) {
  return apply(kube, plan(stack(namespace, [["create", `Namespace ${namespace}`], ...objects])), {
    timeouts: { objectSeconds: seconds, overallSeconds: null },
  });
}

describe("the cause before its symptoms", () => {
  test("a web of ten pods that crashes for want of its database is one verdict, and names it", async () => {
    const { events } = await run("root", [
      [
        "create",
        "Deployment root/web",
        { body: workload("web", fails("crash", "Error: getaddrinfo ENOTFOUND db.root.svc"), { replicas: 10 }) },
      ],
      [
        "create",
        "Deployment root/db",
        { body: workload("db", fails("crash", "FATAL:  data directory has wrong ownership")) },
      ],
      ["create", "Service root/db", database],
    ]);
    expect(told(events)).toEqual([
      "Deployment root/db crash",
      "Deployment root/web crash because of Deployment root/db (its log names Service db)",
    ]);
    const [db, web] = verdictsOf(events);
    expect(db).toMatchObject({ pods: 1, log: ["FATAL:  data directory has wrong ownership"] });
    expect(db?.remedy).toMatch(/^set security_context.fs_group/);
    expect(web).toMatchObject({ pods: 10, remedy: "mend Deployment root/db first" });
  });

  test("by its environment alone; while the database may still come up, nothing has failed", async () => {
    const env = [{ name: "DATABASE_URL", value: "postgres://app@db.env.svc:5432/app" }];
    const { events } = await run("env", [
      ["create", "Deployment env/web", { body: workload("web", fails("crash"), { container: { env } }) }],
      ["create", "Deployment env/db", { body: workload("db", fails("readiness")), timeoutSeconds: 2 }],
      ["create", "Service env/db", database],
    ]);
    expect(told(events)).toEqual([
      "Deployment env/db probe",
      "Deployment env/web crash because of Deployment env/db (its DATABASE_URL names Service db)",
    ]);
    const web = events.flatMap((e) => (e.type === "object-status" && e.status.id.name === "web" ? [e.status] : []));
    const firstFailed = web.findIndex(({ phase }) => phase === "failed");
    expect(web.slice(0, firstFailed).some(({ message }) => message.startsWith("waits for Deployment env/db: "))).toBe(
      true,
    );
  });

  test("two that want each other fail each for itself", async () => {
    const url = (host: string) => ({ container: { env: [{ name: "PEER", value: `http://${host}:80` }] } });
    const { events } = await run("circle", [
      ["create", "Deployment circle/a", { body: workload("a", fails("crash"), url("b")) }],
      ["create", "Deployment circle/b", { body: workload("b", fails("crash"), url("a")) }],
      ["create", "Service circle/a", { body: { spec: { selector: { app: "a" }, ports: [{ port: 80 }] } } }],
      ["create", "Service circle/b", { body: { spec: { selector: { app: "b" }, ports: [{ port: 80 }] } } }],
    ]);
    expect(told(events)).toHaveLength(2);
  });

  test("what hits several alike is explained once", async () => {
    const same = { container: { image: "registry.example/team/app:9" } };
    const { events } = await run("same", [
      ["create", "Deployment same/a", { body: workload("a", fails("image-pull"), same) }],
      ["create", "Deployment same/b", { body: workload("b", fails("image-pull"), same) }],
    ]);
    const [first, second] = verdictsOf(events);
    expect(first?.sameAs).toBeNull();
    expect(second?.sameAs).toEqual(first?.id);
  });

  test("a pod that fits nowhere is told what the nodes have", async () => {
    const big = { container: { resources: { requests: { cpu: "1000", memory: "1Ti" } } } };
    const { events } = await run("big", [
      ["create", "Deployment big/web", { body: workload("web", {}, big), timeoutSeconds: 1 }],
    ]);
    expect(verdictsOf(events)[0]?.message).toMatch(
      /asks for cpu 1000, memory 1024Gi and cannot be scheduled: .*Insufficient cpu, 1 Insufficient memory; the largest node has cpu \d+, memory \d+Gi in all$/,
    );
  }, 30_000);

  test("a run whose time is over still says what it waited for, and why", async () => {
    const { events, result } = await apply(
      kube,
      plan(
        stack("late", [
          ["create", "Namespace late"],
          ["create", "Deployment late/web", { body: workload("web", fails("readiness")) }],
        ]),
      ),
      { timeouts: { objectSeconds: 60, overallSeconds: 2 } },
    );
    expect(verdictsOf(events).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^not ready within \d s: web-\S+ is not ready: its readiness probe/),
    ]);
    expect(events.some((event) => event.type === "error" && event.code === "timed-out")).toBe(true);
    expect(result.exitCode).toBe(1);
  });

  test("one crash of a starting database fails nothing", async () => {
    const { events, result } = await run("once", [
      ["create", "Deployment once/db", { body: workload("db", fails("crash-once")) }],
    ]);
    expect(told(events)).toEqual([]);
    expect(result.ok).toBe(true);
  });
});

describe("what the cluster itself refuses or loses", () => {
  const limits = { body: { spec: { limits: [{ type: "Container", max: { cpu: "100m" } }] } } };
  const quota = { body: { spec: { hard: { pods: "0" } } } };
  const greedy = { container: { resources: { requests: { cpu: "1" }, limits: { cpu: "1" } } } };
  const onceThereIs = (needs: string) => ({ needs: [needs], timeoutSeconds: 2 });

  test.each<[string, readonly Line[], string, RegExp]>([
    [
      "webhook",
      [["create", "Deployment webhook/web", { body: workload("web", fails("webhook")), timeoutSeconds: 2 }]],
      "webhook",
      /refused by admission webhook pods.embedded.k8sctl.dev: this pod is annotated/,
    ],
    [
      "limits",
      [
        ["create", "LimitRange limits/small", limits],
        [
          "create",
          "Deployment limits/web",
          { body: workload("web", {}, greedy), ...onceThereIs("LimitRange limits/small") },
        ],
      ],
      "limit-range",
      /refused by the namespace's LimitRange: maximum cpu usage per Container is 100m/,
    ],
    [
      "quota",
      [
        ["create", "ResourceQuota quota/none", quota],
        ["create", "Deployment quota/web", { body: workload("web", {}), ...onceThereIs("ResourceQuota quota/none") }],
      ],
      "quota",
      /refused by ResourceQuota none: asked for pods=1, in use pods=0, limit pods=0/,
    ],
    [
      "hook",
      [["create", "Deployment hook/web", { body: workload("web", fails("hook")) }]],
      "hook",
      /was killed \d times because its postStart hook failed/,
    ],
    [
      "gone",
      [["create", "Deployment gone/web", { body: workload("web", fails("node-gone")), timeoutSeconds: 2 }]],
      "node-gone",
      /its node embedded-control-plane does not answer/,
    ],
  ])("%s", async (namespace, objects, cause, message) => {
    const { events } = await run(namespace, objects);
    expect(verdictsOf(events)).toMatchObject([{ cause, message: expect.stringMatching(message) }]);
  });
});

describe("a log that is no text", () => {
  test("cannot control the terminal, and only its end is told", async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`).join("\n");
    const nasty = `${lines}\n\u001b]0;title\u0007\u001b[2J\u0000\u0001binary\u009b31m`;
    const { events } = await run("nasty", [
      ["create", "Deployment nasty/web", { body: workload("web", fails("crash", nasty)) }],
    ]);
    const log = verdictsOf(events)[0]?.log ?? [];
    expect(log).toHaveLength(10);
    expect(log.at(-1)).toBe("\ufffd\ufffdbinary");
    expect(log.at(-2)).toBe("line 2999");
  });
});

/** A way to the API server that is cut every 300 ms. */
async function cuttingProxy(
  access: ClusterAccess,
): Promise<{ access: ClusterAccess; cuts: () => number; close(): void }> {
  const port = Number(new URL(access.server).port);
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const timer = setInterval(() => {
    cuts += 1;
    for (const socket of sockets) socket.destroy();
  }, 300);
  return {
    access: { ...access, server: `https://127.0.0.1:${(server.address() as AddressInfo).port}` },
    cuts: () => cuts,
    close() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe("status --watch", () => {
  test("tells each verdict once, with its cause, though the connection is cut again and again", async () => {
    await run("watch", [
      [
        "create",
        "Deployment watch/web",
        { body: workload("web", fails("crash", "dial tcp: lookup db.watch: no such host")) },
      ],
      ["create", "Deployment watch/db", { body: workload("db", fails("crash", "giving up")) }],
      ["create", "Service watch/db", database],
    ]);
    const proxy = await cuttingProxy(cluster.access);
    const through = openKube(proxy.access, { exec: systemExec, clock: systemClock });
    const stop = new AbortController();
    const events: RunEventBody[] = [];
    const project = {
      name: "shop",
      root: "/",
      clusters: {},
      defaultCluster: "",
      inventoryNamespace: "default",
      variables: {},
      stacks: [],
    };
    try {
      const watching = watchStatus(
        through,
        project,
        { stacks: ["watch"], clock: systemClock, stop: stop.signal },
        (event) => {
          events.push(event);
        },
      );
      await expect.poll(() => verdictsOf(events).length, { timeout: 20_000 }).toBe(2);
      const before = proxy.cuts();
      await expect.poll(proxy.cuts, { timeout: 5_000 }).toBeGreaterThan(before + 4);
      stop.abort();
      expect(await watching).toMatchObject({ exitCode: 3 });
      expect(told(events).sort()).toEqual([
        "Deployment watch/db crash",
        expect.stringMatching(/^Deployment watch\/web crash/),
      ]);
    } finally {
      stop.abort();
      through.close();
      proxy.close();
    }
  }, 40_000);
});

describe("somebody who may not list over all namespaces", () => {
  const rbac = "/apis/rbac.authorization.k8s.io/v1";

  test("is served by a watch for each namespace", async () => {
    const admin = clientOf(cluster.access);
    const post = (path: string, body: object) =>
      admin.send({ method: "POST", path, headers: { "content-type": "application/json" }, body });
    try {
      for (const name of ["one", "two"]) await post("/api/v1/namespaces", { metadata: { name } });
      await post("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "deployer" } });
      const answer = await post("/api/v1/namespaces/default/serviceaccounts/deployer/token", { spec: {} });
      const { token } = (answer.body as { status: { token: string } }).status;
      for (const namespace of ["one", "two", "default"]) {
        const metadata = { name: "deployer" };
        await post(`${rbac}/namespaces/${namespace}/roles`, {
          metadata,
          rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
        });
        await post(`${rbac}/namespaces/${namespace}/rolebindings`, {
          metadata,
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "deployer" },
          subjects: [{ kind: "ServiceAccount", name: "deployer", namespace: "default" }],
        });
      }
      const credentials = { kind: "token", token: new Secret(token) } as const;
      const limited = openKube({ ...cluster.access, credentials }, { exec: systemExec, clock: systemClock });
      const watches: string[] = [];
      let reads = 0;
      const counted: Kube = {
        ...limited,
        guarded: () => counted,
        get: (ref) => {
          reads += 1;
          return limited.get(ref);
        },
        watch: (type, options: ListOptions & { readonly signal: AbortSignal }) => {
          watches.push(`${type.kind} ${options.namespace ?? "*"}`);
          return limited.watch(type, options);
        },
      };
      try {
        const { events, result } = await apply(
          counted,
          plan(
            stack("limited", [
              ["create", "Deployment one/web", { body: workload("web", fails("slow")) }],
              ["create", "Deployment two/web", { body: workload("web", fails("crash")) }],
            ]),
          ),
          { timeouts: { objectSeconds: 30, overallSeconds: null } },
        );
        expect(told(events)).toEqual(["Deployment two/web crash"]);
        expect(result.counts).toMatchObject({ create: 2, failed: 1 });
        expect(watches.filter((watch) => watch.startsWith("Deployment"))).toEqual([
          "Deployment *",
          "Deployment one",
          "Deployment two",
        ]);
        expect(reads).toBeLessThan(10);
      } finally {
        limited.close();
      }
    } finally {
      admin.close();
    }
  }, 40_000);
});
