import { createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { promtoolFiles } from "../../stacks/rule-cases.ts";
import { type KindProject, keepPolicies, makeProject } from "./project.ts";
import { startLoad } from "./web-load.ts";

/** The ingress controller through the node's mapped ports, Prometheus with what it finds, and policies that shut others out. */
const NAME = "k8sctl-e2e-ingress";
let project: KindProject;
const ports = { http: 0, https: 0 };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An application that answers with its name, the path and what it is asked to upgrade to; ready by a probe, and serving on for a while when told to end. */
function application(name: string, http2 = "") {
  const page = `server { listen 8080;${http2} location / { return 200 "${name} $uri$http_upgrade\\n"; } }`;
  const start = `echo '${page}' > /etc/nginx/conf.d/default.conf; exec nginx -g 'daemon off;'`;
  const metadata = { name, namespace: "web" };
  return {
    deployment: {
      metadata,
      depends_on: ["kubernetes_namespace_v1.web"],
      spec: {
        replicas: "2",
        selector: { match_labels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            container: [
              {
                name: "main",
                image: "nginx:1.29.3-alpine",
                command: ["sh", "-c", start],
                port: [{ name: "http", container_port: 8080 }],
                readiness_probe: { http_get: { path: "/", port: "http" }, period_seconds: 1 },
                lifecycle: { pre_stop: { exec: { command: ["sleep", "5"] } } },
              },
            ],
          },
        },
      },
    },
    service: {
      metadata,
      depends_on: ["kubernetes_namespace_v1.web"],
      spec: { selector: { app: name }, port: [{ name: "http", port: 80, target_port: "http" }] },
    },
  };
}

function webStack(annotations: Readonly<Record<string, string>> = {}): string {
  const [shop, blog] = [application("shop"), application("blog")];
  // HTTP/2 in plain text is what gRPC is spoken in behind the controller.
  const prices = application("prices", " http2 on;");
  const to = (path: string, name: string, path_type = "Prefix") => ({
    path,
    path_type,
    backend: { service: { name, port: { number: 80 } } },
  });
  const resource = {
    // A certificate of the host's own, in a Secret that the Ingress names.
    tls_private_key: { blog: { algorithm: "ECDSA", ecdsa_curve: "P256" } },
    tls_self_signed_cert: {
      blog: {
        private_key_pem: "${tls_private_key.blog.private_key_pem}",
        subject: [{ common_name: "blog.localhost" }],
        dns_names: ["blog.localhost"],
        validity_period_hours: 24,
        allowed_uses: ["digital_signature", "server_auth"],
      },
    },
    kubernetes_secret_v1: {
      blog: {
        depends_on: ["kubernetes_namespace_v1.web"],
        metadata: { name: "blog-tls", namespace: "web" },
        type: "kubernetes.io/tls",
        data: {
          "tls.crt": "${tls_self_signed_cert.blog.cert_pem}",
          "tls.key": "${tls_private_key.blog.private_key_pem}",
        },
      },
    },
    kubernetes_namespace_v1: { web: { metadata: { name: "web" } } },
    kubernetes_deployment_v1: { shop: shop.deployment, blog: blog.deployment, prices: prices.deployment },
    kubernetes_service_v1: { shop: shop.service, blog: blog.service, prices: prices.service },
    kubernetes_ingress_v1: {
      web: {
        depends_on: ["kubernetes_namespace_v1.web"],
        metadata: {
          name: "web",
          namespace: "web",
          annotations: {
            "ingress.kubernetes.io/ssl-redirect": "false",
            "nginx.org/grpc-services": "prices",
            ...annotations,
          },
        },
        spec: {
          // No class: it is the cluster's default one.
          tls: [{ hosts: ["shop.localhost"] }, { hosts: ["blog.localhost"], secret_name: "blog-tls" }],
          rule: [
            {
              host: "shop.localhost",
              http: { path: [to("/", "shop"), to("/blog", "blog"), to("/prices.Prices", "prices")] },
            },
            { host: "blog.localhost", http: { path: [to("/", "blog"), to("/only", "shop", "Exact")] } },
          ],
        },
      },
    },
  };
  return JSON.stringify({ resource });
}

/** A pod that can try connections, in a namespace of its own. */
function visitor(name: string) {
  return {
    kubernetes_namespace_v1: { [name]: { metadata: { name } } },
    kubernetes_pod_v1: {
      [name]: {
        depends_on: [`kubernetes_namespace_v1.${name}`],
        metadata: { name: "visitor", namespace: name },
        spec: { container: [{ name: "main", image: "busybox:1.37", command: ["sleep", "infinity"] }] },
      },
    },
  };
}

beforeAll(async () => {
  ports.http = await freePort();
  ports.https = await freePort();
  const image = process.env["K8SCTL_KIND_NODE_IMAGE"];
  const library = ["nginx-ingress", "prometheus", "postgres", "redis", "kafka"];
  project = makeProject({
    "kind-config.yaml": `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
${image === undefined ? "" : `    image: ${image}\n`}    extraPortMappings:
      - { containerPort: 80, hostPort: ${ports.http}, protocol: TCP }
      - { containerPort: 443, hostPort: ${ports.https}, protocol: TCP }
`,
    "k8sctl.yaml": `project: ingress
clusters: { kind: { provider: kind, name: ${NAME}, config: kind-config.yaml } }
variables: { networkPolicy: { from: [{ namespace: friends }, { namespace: pages }] } }
stacks:
  - { file: stacks/nginx-ingress.ts, vars: { selfSigned: [shop.localhost] } }
  - file: stacks/prometheus.ts
    vars: { storage: 1Gi, memory: 256Mi, scrapeInterval: 5s, alertAfter: 5s, nodeExporter: true, ingress: { host: prometheus.localhost } }
  - { file: stacks/postgres.ts, vars: { storage: 1Gi, memory: 256Mi, metrics: true } }
  - { file: stacks/redis.ts, vars: { storage: 1Gi, memory: 64Mi, metrics: true } }
  - { file: stacks/kafka.ts, vars: { storage: 1Gi, memory: 512Mi, metrics: true } }
  - { file: stacks/web.tf.json, after: [nginx-ingress] }
  - file: stacks/pages.ts
    vars:
      image: busybox:1.37
      command: [httpd, -f, -p, "8080", -h, /www]
      files: { /www/index.html: pages }
      ingress: { host: pages.localhost }
      networkPolicy: { to: [{ namespace: redis }] }
  - { file: stacks/friends.tf.json }
  - { file: stacks/strangers.tf.json }
`,
    "stacks/web.tf.json": webStack(),
    "stacks/pages.ts": 'export { default } from "k8sctl/stacks/app";\n',
    "stacks/friends.tf.json": JSON.stringify({ resource: visitor("friends") }),
    "stacks/strangers.tf.json": JSON.stringify({ resource: visitor("strangers") }),
    ...Object.fromEntries(
      library.map((name) => [`stacks/${name}.ts`, `export { default } from "k8sctl/stacks/${name}";\n`]),
    ),
  });
  await project.run("kind", "delete", "cluster", "--name", NAME);
  await project.k8sctl("cluster", "create");
  if (image !== undefined) await keepPolicies(project);
});
afterAll(async () => {
  await project.run("kind", "delete", "cluster", "--name", NAME);
  project.remove();
});

/** curl's answer and status for a host, from this machine. */
async function curl(url: string, ...args: string[]): Promise<string> {
  const { protocol, hostname } = new URL(url);
  const port = protocol === "https:" ? ports.https : ports.http;
  const resolve = `${hostname}:${port}:127.0.0.1`;
  const said = await project.run(
    "curl",
    "-s",
    "--resolve",
    resolve,
    "-w",
    "%{http_code}",
    ...args,
    url.replace(hostname, `${hostname}:${port}`),
  );
  return `${said.stdout}${said.exitCode === 0 ? "" : ` (curl ${said.exitCode})`}`;
}

interface Sample {
  readonly metric: { readonly app?: string; readonly job?: string };
}
async function query(promql: string): Promise<readonly Sample[]> {
  const said = await curl(`http://prometheus.localhost/api/v1/query?query=${encodeURIComponent(promql)}`);
  return (JSON.parse(said.replace(/\d{3}$/, "")) as { data: { result: Sample[] } }).data.result;
}

test("up from nothing: nine stacks are ready, and nothing is left to do", async () => {
  const up = await project.k8sctl("up", "--yes");
  expect(`${up.stdout}${up.stderr}`).toContain("DaemonSet nginx-ingress/nginx-ingress (nginx-ingress) ready 1/1");
  expect(up.exitCode).toBe(0);
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
});

test.each([
  ["http://shop.localhost/", "shop /\n200"],
  ["http://pages.localhost/", "pages200"],
  ["http://shop.localhost/blog/1", "blog /blog/1\n200"],
  // A prefix is one by its letters (F5's controller 5.2.1).
  ["http://shop.localhost/blogger", "blog /blogger\n200"],
  ["http://blog.localhost/", "blog /\n200"],
  ["http://blog.localhost/only", "shop /only\n200"],
  ["http://blog.localhost/only/not", "blog /only/not\n200"],
  ["https://shop.localhost/blog", "blog /blog\n200"],
  ["https://blog.localhost/", "blog /\n200"],
  ["https://shop.localhost/prices.Prices/Of", "prices /prices.Prices/Of\n200"],
])("curl %s from this machine", async (url, answer) => {
  // Each certificate is good for one host only: curl takes none but the right one.
  const places = ["nginx-ingress/nginx-ingress-tls", "web/blog-tls"].map((each) => each.split("/") as [string, string]);
  const certificates = places.map(async ([namespace, name]) => {
    const secret = await project.json<{ data: Record<string, string> }>("get", "secret", "-n", namespace, name);
    return Buffer.from(secret.data["tls.crt"]!, "base64").toString();
  });
  project.write("ca.crt", (await Promise.all(certificates)).join("\n"));
  expect(await curl(url, "--cacert", "ca.crt")).toBe(answer);
});

test("a host that nobody serves is not found, and Ingresses report their address", async () => {
  expect(await curl("http://nobody.localhost/", "-o", "/dev/null")).toBe("404");
  const ingress = await project.json<{ status: object }>("get", "ingress", "-n", "web", "web");
  expect(ingress.status).toEqual({ loadBalancer: { ingress: [{ hostname: "localhost" }] } });
});

test("what is not served is told: a host that is taken, a rule without one", async ({ expect }) => {
  const ingress = (name: string, hosts: readonly string[], annotations = {}) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace: "web", annotations },
    spec: {
      rules: hosts.map((host) => ({
        ...(host === "" ? {} : { host }),
        http: {
          paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "blog", port: { number: 80 } } } }],
        },
      })),
    },
  });
  const sockets = { "nginx.org/websocket-services": "blog" };
  const items = [ingress("half", ["shop.localhost", "half.localhost"], sockets), ingress("bare", [""])];
  project.write("refused.json", JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await project.run("kubectl", "apply", "-f", "refused.json");
  const reasons = async () => {
    const events = await project.json<{ items: { reason: string; involvedObject: { name: string } }[] }>(
      "get",
      "events",
      "-n",
      "web",
      "--field-selector=involvedObject.kind=Ingress,type=Warning",
    );
    return new Set(events.items.map(({ reason, involvedObject }) => `${involvedObject.name} ${reason}`));
  };
  await expect
    .poll(reasons, { timeout: 20_000, interval: 500 })
    .toEqual(new Set(["half AddedOrUpdatedWithWarning", "bare Rejected"]));
  // Only services that an annotation names are passed on what a WebSocket begins with.
  const upgrade = ["-H", "Connection: Upgrade", "-H", "Upgrade: websocket"];
  expect(await curl("http://half.localhost/", ...upgrade)).toBe("blog /websocket\n200");
  expect(await curl("http://shop.localhost/", ...upgrade)).toBe("shop /\n200");
  await project.run("kubectl", "delete", "-f", "refused.json");
});

test("a rolling restart of the application loses no request", async () => {
  const load = startLoad("shop.localhost", ports);
  await expect.poll(load.answered, { timeout: 20_000 }).toBeGreaterThan(50);
  await project.run("kubectl", "rollout", "restart", "-n", "web", "deployment/shop");
  await project.run("kubectl", "rollout", "status", "-n", "web", "deployment/shop", "--timeout=120s");
  // Old pods go on until their preStop is over.
  const shops = () => project.json<{ items: object[] }>("get", "pods", "-n", "web", "-l", "app=shop");
  await expect.poll(async () => (await shops()).items.length, { timeout: 60_000, interval: 500 }).toBe(2);
  const { answered, failed } = await load.end();
  expect(failed).toEqual({});
  expect(answered).toBeGreaterThan(200);
});

test("changes of the configuration lose none, whatever they change", async () => {
  const load = startLoad("shop.localhost", ports);
  await expect.poll(load.answered, { timeout: 20_000 }).toBeGreaterThan(50);
  for (const size of ["2m", "3m", "4m"]) {
    project.write("stacks/web.tf.json", webStack({ "nginx.org/client-max-body-size": size }));
    expect((await project.k8sctl("up", "--yes", "--stack", "web")).exitCode).toBe(0);
  }
  const { failed } = await load.end();
  expect(failed).toEqual({});
  const { stdout } = await project.run("kubectl", "logs", "-n", "nginx-ingress", "daemonset/nginx-ingress");
  // NGINX says so itself at each reload.
  expect(stdout.match(/ reconfiguring$/gm)!.length).toBeGreaterThanOrEqual(3);
});

test("a default certificate that is not there fails the plan, before anything is touched", async () => {
  project.edit("k8sctl.yaml", "selfSigned: [shop.localhost]", "tlsSecret: certs/wildcard");
  const plan = await project.k8sctl("plan");
  expect(plan.exitCode).toBe(1);
  expect(`${plan.stdout}${plan.stderr}`).toContain("Secret certs/wildcard does not exist");
  project.edit("k8sctl.yaml", "tlsSecret: certs/wildcard", "selfSigned: [shop.localhost]");
});

test("settings restart as many pods as the plan says", async () => {
  const uids = async () => {
    const { items } = await project.json<{ items: { metadata: { name: string; uid: string } }[] }>("get", "pods", "-A");
    return new Map(items.map(({ metadata }) => [metadata.uid, metadata.name.replace(/-[a-z0-9]+$/, "")]));
  };
  const before = await uids();
  project.edit("k8sctl.yaml", "selfSigned:", "memory: 200Mi, settings: { proxy-read-timeout: 30s }, selfSigned:");
  const rule = "{ alert: Own, expr: vector(1), for: 1m, severity: info }";
  project.edit(
    "k8sctl.yaml",
    "scrapeInterval:",
    `rules: [${rule}], alertmanager: { repeatInterval: 1h }, scrapeInterval:`,
  );
  const { stdout } = await project.k8sctl("plan");
  expect(stdout.match(/~ (DaemonSet|StatefulSet) .*restarts 1 pod/g)).toHaveLength(3);
  expect(stdout.match(/restarts/g)).toHaveLength(3);
  expect((await project.k8sctl("up", "--yes")).exitCode).toBe(0);
  const after = await uids();
  const gone = [...before].filter(([uid]) => !after.has(uid)).map(([, name]) => name);
  expect(gone.sort()).toEqual(["alertmanager", "nginx-ingress", "prometheus"]);
  expect((await project.k8sctl("plan", "--detailed-exitcode")).exitCode).toBe(0);
});

test("Prometheus finds every stack, and all of its targets answer", async ({ expect }) => {
  const apps = async () => new Set((await query("up == 1")).map(({ metric }) => metric.app ?? metric.job));
  const wanted = ["alertmanager", "kube-state-metrics", "node-exporter", "nginx-ingress", "postgres", "prometheus"];
  const found = expect.poll(apps, { timeout: 60_000, interval: 1000 });
  await found.toEqual(new Set([...wanted, "redis", "kafka-exporter", "kubelets", "services"]));
  expect(await query("up == 0")).toEqual([]);
});

/** To which of these the pod can connect; one that no policy guards shows that names and network serve it. */
const doors = {
  kafka: "kafka.kafka 9092",
  nginx: "nginx-ingress.nginx-ingress 80",
  pages: "pages.pages 80",
  postgres: "postgres.postgres 5432",
  "postgres metrics": "postgres-0.postgres-headless.postgres 9187",
  prometheus: "prometheus.monitoring 9090",
  redis: "redis.redis 6379",
  web: "shop.web 80",
};
test.each<[string, string, readonly (keyof typeof doors)[]]>([
  ["friends", "pod/visitor", ["kafka", "nginx", "postgres", "prometheus", "redis", "web"]],
  ["strangers", "pod/visitor", ["nginx", "web"]],
  // Let in by all, it may go to Redis and its own namespace only.
  ["pages", "deployment/pages", ["pages", "redis"]],
])("by their policies, %s reach nothing but what they may", async (namespace, pod, expected) => {
  const tries = Object.entries(doors).map(([name, to]) => `{ nc -w 5 ${to} -e true && echo ${name}; } 2>&1 &`);
  const said = await project.run(
    "kubectl",
    "exec",
    "-n",
    namespace,
    pod,
    "--",
    "sh",
    "-c",
    `${tries.join("\n")}\nwait`,
  );
  const reached = Object.keys(doors).filter((name) => said.stdout.split("\n").includes(name));
  expect(reached, said.stdout).toEqual(expected);
});

test("the default rules hold in Prometheus' own tool", async () => {
  const inPod = ["kubectl", "exec", "-i", "-n", "monitoring", "prometheus-0", "--", "sh", "-c"] as const;
  for (const [name, text] of Object.entries(promtoolFiles())) {
    project.write(name, text);
    const copied = await project.run(
      "sh",
      "-c",
      `kubectl exec -i -n monitoring prometheus-0 -- sh -c 'cat > /prometheus/${name}' < ${name}`,
    );
    expect(copied.exitCode).toBe(0);
  }
  // Its own root is read-only; its volume is not.
  const script =
    "cd /prometheus && export TMPDIR=/prometheus && promtool check rules rules.yml panels.yml && promtool test rules tests.yml";
  const said = await project.run(...inPod, `${script}; code=$?; rm -f rules.yml panels.yml tests.yml; exit $code`);
  expect(said.exitCode, `${said.stdout}${said.stderr}`).toBe(0);
});

test("an alert fires when a database is scaled to zero, and is over when it is back", async ({ expect }) => {
  const firing = async () => {
    const path = "/api/v1/namespaces/monitoring/services/alertmanager:http/proxy/api/v2/alerts?active=true";
    const { stdout } = await project.run("kubectl", "get", "--raw", path);
    const alerts = JSON.parse(stdout) as { labels: { alertname: string; namespace?: string } }[];
    return alerts.filter(({ labels }) => labels.namespace === "postgres").map(({ labels }) => labels.alertname);
  };
  expect(await firing()).toEqual([]);
  const scale = (to: number) =>
    project.run("kubectl", "scale", "-n", "postgres", "statefulset/postgres", `--replicas=${to}`);
  await scale(0);
  await expect.poll(firing, { timeout: 120_000, interval: 1000 }).toContain("PostgresDown");
  await scale(1);
  await expect.poll(firing, { timeout: 120_000, interval: 1000 }).toEqual([]);
});
