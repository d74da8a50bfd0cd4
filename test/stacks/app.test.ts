import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { describe, expect, test } from "vitest";
import { canaryRules } from "../../src/plan/canary.ts";
import AppStack, { App, type AppOptions } from "../../stacks/app.ts";
import type { Vars } from "../../stacks/contract.ts";
import PostgresStack from "../../stacks/postgres.ts";
import { expectValidAndRestricted } from "./expect-valid.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const made = (vars: Vars, own: readonly string[] = []) => decode([synthesizeOne("orders", AppStack, vars, own)]);
const IMAGE = { image: "shop/orders:1.0" };

// biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON.
type Json = any;

/** The objects that these options make, by kind and name. */
function objects(vars: Vars): Record<string, Json> {
  const { problems, desired } = made({ ...IMAGE, ...vars });
  expect(problems).toEqual([]);
  return Object.fromEntries(desired.map(({ id, object }) => [`${id.kind} ${id.name}`, object]));
}
const container = (vars: Vars) => objects(vars)["Deployment orders"].spec.template.spec.containers[0];

const everything = {
  ...IMAGE,
  preset: "production",
  command: ["/bin/orders"],
  args: ["--loud"],
  user: 1000,
  readiness: "/ready",
  liveness: ["/bin/orders", "ping"],
  autoscale: { min: 2, max: 5, cpu: 70 },
  env: { LOG: "debug", DEBUG: true, RETRIES: 3 },
  secrets: { TOKEN: "s3cret" },
  files: { "/etc/shop/app.yaml": "currency: EUR\n" },
  writable: ["/tmp", "/var/cache/shop"],
  ingress: { host: "shop.example", path: "/orders", tls: "shop-tls", annotations: { "nginx.org/a": "b" } },
  migrate: { command: ["/bin/orders", "migrate"] },
  sidecars: [{ name: "proxy", image: "shop/proxy:2.1", port: 9000, args: ["--to", "8080"] }],
  canary: { percent: 10, pause: "30s" },
  metrics: { port: 9100, path: "/m" },
  networkPolicy: { from: [{ namespace: "nginx-ingress" }], to: [{ namespace: "postgres" }] },
  graceSeconds: 45,
};

test.each<[string, Vars]>([
  ["nothing but an image", IMAGE],
  ["everything", everything],
  ["gRPC", { ...IMAGE, protocol: "grpc", port: 50051, ingress: { host: "quotes.example", tls: "default" } }],
  ["a worker", { ...IMAGE, protocol: "none", readiness: ["/bin/worker", "alive"] }],
])("%s: what it makes is valid and restricted", (_, vars) => {
  expectValidAndRestricted(made(vars, Object.keys(vars)));
});

test.each<[Vars, string]>([
  [{}, "orders: option image: is missing: name it with its tag"],
  [{ ...IMAGE, ingres: {} }, "orders: there is no option ingres"],
  [{ ...IMAGE, port: 0 }, "orders: option port: 0 is not a whole number from 1 to 65535"],
  [{ ...IMAGE, user: 0 }, "orders: option user: 0 is not a whole number from 1"],
  [{ ...IMAGE, readiness: "ready" }, 'orders: option readiness: "ready" is neither a path'],
  [{ ...IMAGE, protocol: "grpc", readiness: "/ready" }, "orders: option readiness: a path needs protocol http"],
  [{ ...IMAGE, env: { "a-b": "1" } }, 'orders: option env: "a-b" is no name of an environment variable'],
  [{ ...IMAGE, files: { "app.yaml": "a" } }, 'orders: option files: "app.yaml" is not an absolute path'],
  [{ ...IMAGE, ingress: { hots: "a" } }, 'orders: option ingress: unknown key "hots", of host, path'],
  [{ ...IMAGE, ingress: {} }, 'orders: option ingress: "host" is missing'],
  [{ ...IMAGE, ingress: { host: "http://a" } }, 'orders: option ingress.host: "http://a" is no name of a host'],
  [
    { ...IMAGE, protocol: "tcp", ingress: { host: "a" } },
    "orders: option ingress: an Ingress serves http and grpc, not tcp",
  ],
  [
    { ...IMAGE, protocol: "grpc", port: 50051, ingress: { host: "a" } },
    "orders: option ingress: gRPC needs tls: without it the library's controller does not serve the host",
  ],
  [{ ...IMAGE, sidecars: [{ name: "a" }] }, 'orders: option sidecars[0]: "image" is missing'],
  [{ ...IMAGE, autoscale: { min: 5, max: 2 } }, "orders: option autoscale: min 5 is more than max 2"],
  [{ ...IMAGE, canary: { percent: 200 } }, "orders: option canary.percent: 200 is not a whole number from 1 to 100"],
  [{ ...IMAGE, canary: { percent: 10, query: { url: "http://p", promql: "up" } } }, "the query has no bound"],
  [{ ...IMAGE, connect: { DATABASE_URL: "uri" } }, 'orders: option connect.DATABASE_URL: "uri" is not STACK.VALUE'],
  [{ ...IMAGE, connect: { DATABASE_URL: "postgres.uri" } }, "DATABASE_URL: add after: [postgres] to the stack"],
])("%j is refused by name", (vars, message) => {
  expect(() => made(vars, Object.keys(vars))).toThrow(message);
});

describe("migrations", () => {
  const job = (vars: Vars) => {
    const all = objects({ migrate: { command: ["migrate"] }, ...vars });
    return Object.keys(all).find((key) => key.startsWith("Job "));
  };

  test("another image or configuration gets a Job of another name, the same one does not", () => {
    const first = job({});
    expect(first).toMatch(/^Job orders-migrate-[0-9a-f]{8}$/);
    expect(job({ replicas: 5, memory: "1Gi" })).toBe(first);
    const others = [{ image: "shop/orders:1.1" }, { env: { A: "1" } }, { files: { "/etc/a": "b" } }].map(job);
    expect(new Set([first, ...others]).size).toBe(4);
  });

  test("pods wait for the Job to have succeeded", () => {
    const { desired } = made({ ...IMAGE, migrate: { command: ["migrate"] } });
    const edges = desired.find(({ id }) => id.kind === "Deployment")!.dependsOn;
    const job = desired.find(({ id }) => id.kind === "Job")!;
    const key = expect.stringContaining(job.id.name);
    expect(edges).toContainEqual({ kind: "ready", on: { type: "object", key } });
    expect(job.wait.skip).toBe(false);
  });
});

test("with an autoscaler the Deployment names no number of pods", () => {
  const all = objects({ autoscale: { max: 5 } });
  expect(all["Deployment orders"].spec.replicas).toBeUndefined();
  expect(all["HorizontalPodAutoscaler orders"].spec).toMatchObject({ minReplicas: 1, maxReplicas: 5 });
  expect(objects({ preset: "production" })["Deployment orders"].spec.replicas).toBe(3);
});

test.each([
  [undefined, ["Prefix /"]],
  ["/", ["Prefix /"]],
  ["/orders", ["Prefix /orders/", "Exact /orders"]],
])("path %s is served in whole elements, also by a controller that takes a prefix by its letters", (path, paths) => {
  const { rules } = objects({ ingress: { host: "shop.example", path } })["Ingress orders"].spec;
  const served = rules[0].http.paths.map((each: { pathType: string; path: string }) => `${each.pathType} ${each.path}`);
  expect(served).toEqual(paths);
});

test.each([
  [{ tls: "shop-tls" }, [{ hosts: ["a.example"], secretName: "shop-tls" }]],
  [{ tls: "default" }, [{ hosts: ["a.example"] }]],
  [{ className: "other" }, undefined],
])("gRPC by %j: tls is %j", (given, tls) => {
  const { spec, metadata } = objects({ protocol: "grpc", port: 50051, ingress: { host: "a.example", ...given } })[
    "Ingress orders"
  ];
  expect(spec.tls).toEqual(tls);
  expect(metadata.annotations).toEqual({ "nginx.org/grpc-services": "orders" });
});

test("a network policy lets the ingress controller and Prometheus in, to what they need", () => {
  const given = { ingress: { host: "shop.example" }, metrics: { port: 9100 }, networkPolicy: true };
  const { ingress } = objects(given)["NetworkPolicy orders"].spec;
  const from = (program: string) => ({
    namespaceSelector: {},
    podSelector: { matchLabels: { "app.kubernetes.io/name": program } },
  });
  expect(ingress).toMatchObject([
    { from: [{ podSelector: {} }], ports: [{ port: 8080 }] },
    { from: [from("prometheus")], ports: [{ port: 9100 }] },
    { from: [from("nginx-ingress")], ports: [{ port: 8080 }] },
  ]);
});

test("a changed file or secret changes the pod template", () => {
  const annotations = (vars: Vars) => objects(vars)["Deployment orders"].spec.template.metadata.annotations;
  const first = annotations({ files: { "/etc/a": "1" }, secrets: { T: "1" } });
  const second = annotations({ files: { "/etc/a": "2" }, secrets: { T: "2" } });
  expect(first["checksum/config"]).not.toBe(second["checksum/config"]);
  expect(first["checksum/secrets"]).not.toBe(second["checksum/secrets"]);
});

test.each<[Vars, Json]>([
  [{}, { httpGet: { path: "/", port: "http" } }],
  [{ readiness: "/ready" }, { httpGet: { path: "/ready", port: "http" } }],
  [{ protocol: "grpc", port: 50051 }, { grpc: { port: 50051 } }],
  [{ protocol: "tcp" }, { tcpSocket: { port: "tcp" } }],
  [{ protocol: "none", readiness: ["true"] }, { exec: { command: ["true"] } }],
])("%j is asked for readiness by %j", (vars, probe) => {
  expect(container(vars).readinessProbe).toMatchObject(probe);
});

test("the canary is asked for beside the Deployment", () => {
  const { desired } = made({ ...IMAGE, canary: { percent: 10, pause: "5m" } });
  const wish = { percent: 10, pauseSeconds: 300, query: null };
  const deployment = desired.find(({ id }) => id.kind === "Deployment")!;
  expect(deployment.canary).toEqual(wish);
  const { id } = deployment;
  expect(canaryRules([], desired)).toMatchObject([{ id, ...wish }]);
  const said = { id, percent: 50, pauseSeconds: 0, query: null, position: { file: "k8sctl.yaml", line: 9 } };
  expect(canaryRules([said], desired)).toEqual([said]);
});

describe("connect", () => {
  const stacks = (scope: Construct) => ({
    postgres: new PostgresStack(scope, "postgres", { vars: {}, stacks: {} }),
  });
  const connect = (from: string) => synthesizeOne("orders", AppStack, { ...IMAGE, connect: { URL: from } }, [], stacks);

  test("puts what another stack's construct gives into the app's Secret", () => {
    const resources = connect("postgres.uri").json["resource"] as Json;
    const [secret] = Object.values<Json>(resources.kubernetes_secret_v1);
    expect(secret.data.URL).toMatch(/^\$\{.*postgres.*\}$/);
  });

  test("names what there is instead of what there is not", () => {
    expect(() => connect("postgres.url")).toThrow(/connect: URL: postgres gives no url, but host, .*uri/);
  });
});

test("the construct takes its name from its id, and tells its address", () => {
  let app: App | undefined;
  class Shop extends TerraformStack {
    constructor(scope: Construct, id: string) {
      super(scope, id);
      const options: AppOptions = { namespace: "shop", image: "shop/quotes:1.0", protocol: "grpc", port: 50051 };
      app = new App(this, "quotes", options);
    }
  }
  synthesizeOne("shop", Shop, {});
  expect(app!.url).toBe("quotes.shop.svc:50051");
});
