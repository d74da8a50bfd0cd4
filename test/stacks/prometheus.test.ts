import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { deduceUnknown } from "../../src/schema/deduced.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";
import type { Vars } from "../../stacks/contract.ts";
import { dashboards } from "../../stacks/prometheus/dashboards.ts";
import { defaultRules } from "../../stacks/prometheus/default-rules.ts";
import Prometheus from "../../stacks/prometheus.ts";
import { containersOf, podsOf, restrictedBreaches } from "./pods.ts";
import { promtoolFiles, ruleCases } from "./rule-cases.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const made = (vars: Vars) => decode([synthesizeOne("prometheus", Prometheus, vars)]);

/** The object of a kind and name, as plain JSON. */
function objectOf(vars: Vars, kind: string, name: string) {
  // biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON.
  return made(vars).desired.find(({ id }) => id.kind === kind && id.name === name)?.object as any;
}
const configOf = (vars: Vars) => parse(objectOf(vars, "ConfigMap", "prometheus-config").data["prometheus.yml"]);
const rulesOf = (vars: Vars) => parse(objectOf(vars, "ConfigMap", "prometheus-config").data["rules.yml"]).groups ?? [];
const workloads = (vars: Vars) => podsOf(made(vars).desired).map(({ owner }) => owner);

test.each<[Vars, string]>([
  [{ alertmanager: { webhook: "x" } }, 'option alertmanager: unknown key "webhook", of webhooks, slack'],
  [{ alertmanager: { slack: { url: "x" } } }, 'option alertmanager.slack: "channel" is missing'],
  [{ alertmanager: { webhooks: ["chat"] } }, "option alertmanager.webhooks[0]: what is given is no URL"],
  [
    { alertmanager: { email: { to: "a", from: "b", smarthost: "mail" } } },
    'option alertmanager.email.smarthost: "mail" is no host with a port',
  ],
  [{ alertmanager: { replicas: 0 } }, "option alertmanager.replicas: 0 is not a whole number from 1 to 5"],
  [{ rules: [{ alert: "my alert", expr: "up" }] }, 'option rules[0].alert: "my alert" is not a name of letters'],
  [{ rules: [{ alert: "A", expr: "up", severity: "bad" }] }, 'option rules[0].severity: "bad" is none of critical'],
  [{ ingress: { className: "nginx" } }, 'option ingress: "host" is missing'],
  [{ grafana: { host: "x" } }, 'option grafana: unknown key "host", of ingress, version'],
  [{ alertAfter: "soon" }, 'option alertAfter: "soon" is not a duration'],
])("%j is refused by name", (vars, message) => {
  expect(() => made(vars)).toThrow(`prometheus: ${message}`);
});

const everything: Vars = {
  grafana: { ingress: { host: "grafana.localhost", tls: "default" } },
  ingress: { host: "prometheus.localhost", className: "nginx" },
  alertmanager: { replicas: 2, webhooks: ["http://a.example/hook"], email: { to: "a", from: "b", smarthost: "c:587" } },
  networkPolicy: true,
  rules: [{ alert: "Own", expr: "up == 0", for: "1m", severity: "info", summary: "own" }],
};

test("what all options make is valid and restricted, but for node-exporter in a namespace of its own", () => {
  const { problems, desired } = made({ ...everything, preset: "production" });
  expect(problems).toEqual([]);
  const types = deduceUnknown(builtinTypes);
  expect(desired.flatMap(({ object }) => validateObject(object, types))).toEqual([]);
  const breaches = podsOf(desired).map(({ owner, spec }): [string, string[]] => [owner, restrictedBreaches(spec)]);
  expect(Object.fromEntries(breaches)).toEqual({
    "DaemonSet monitoring-nodes/node-exporter": ["volume root", "hostNetwork", "hostPID", "hostPort"],
    "Deployment monitoring/grafana": [],
    "Deployment monitoring/kube-state-metrics": [],
    "StatefulSet monitoring/alertmanager": [],
    "StatefulSet monitoring/prometheus": [],
  });
  const levels = desired
    .filter(({ id }) => id.kind === "Namespace")
    // biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON.
    .map(({ id, object }) => [id.name, (object as any).metadata.labels["pod-security.kubernetes.io/enforce"]]);
  expect(Object.fromEntries(levels)).toEqual({ monitoring: "restricted", "monitoring-nodes": "privileged" });
});

test("what is not wanted is not there, and nothing asks for it", () => {
  const bare: Vars = { alertmanager: false, kubeStateMetrics: false, kubelets: false, defaultRules: false };
  expect(workloads(bare)).toEqual(["StatefulSet monitoring/prometheus"]);
  expect(configOf(bare)).not.toHaveProperty("alerting");
  expect(configOf(bare).scrape_configs.map((job: { job_name: string }) => job.job_name)).toEqual([
    "prometheus",
    "pods",
    "services",
  ]);
  expect(rulesOf(bare)).toEqual([]);
  const { rules } = objectOf(bare, "ClusterRole", "monitoring-prometheus");
  expect(rules.flatMap((rule: { resources?: string[] }) => rule.resources ?? [])).not.toContain("nodes/metrics");
});

test("a mirror serves the images of all that stands beside it", () => {
  const { desired } = made({ ...everything, registry: "mirror.example", preset: "production" });
  const images = podsOf(desired).flatMap(({ spec }) => containersOf(spec).map(({ image }) => image as string));
  expect(images.map((image) => image.replace(/:[^:]*$/, "")).sort()).toEqual([
    "mirror.example/grafana/grafana",
    "mirror.example/kube-state-metrics/kube-state-metrics",
    "mirror.example/prom/alertmanager",
    "mirror.example/prom/node-exporter",
    "mirror.example/prom/prometheus",
  ]);
});

test("several Alertmanagers are told one by one, and know each other", () => {
  const hosts = [0, 1].map((i) => `alertmanager-${i}.alertmanager-headless.monitoring.svc`);
  expect(configOf({ alertmanager: { replicas: 2 } }).alerting.alertmanagers[0].static_configs[0].targets).toEqual(
    hosts.map((host) => `${host}:9093`),
  );
  const { args } = objectOf({ alertmanager: { replicas: 2 } }, "StatefulSet", "alertmanager").spec.template.spec
    .containers[0];
  expect(args.slice(-2)).toEqual(hosts.map((host) => `--cluster.peer=${host}:9094`));
});

test("where alerts go stands in a Secret, and a whole alertmanager.yml as it is", () => {
  const secret = (vars: Vars) =>
    Buffer.from(objectOf(vars, "Secret", "alertmanager-config").data["alertmanager.yml"], "base64").toString();
  const told = parse(secret({ alertmanager: { slack: { url: "https://hooks.example/x", channel: "#ops" } } }));
  expect(told.receivers).toEqual([
    { name: "default", slack_configs: [{ api_url: "https://hooks.example/x", channel: "#ops", send_resolved: true }] },
  ]);
  expect(secret({ alertmanager: { config: "route: { receiver: a }\n" } })).toBe("route: { receiver: a }\n");
});

test("rules of one's own come after the default ones; another rule restarts the pod", () => {
  expect(rulesOf(everything).at(-1)).toEqual({
    name: "own",
    rules: [
      { alert: "Own", expr: "up == 0", for: "1m", labels: { severity: "info" }, annotations: { summary: "own" } },
    ],
  });
  const hash = (vars: Vars) =>
    objectOf(vars, "StatefulSet", "prometheus").spec.template.metadata.annotations["checksum/config"];
  expect(hash(everything)).not.toBe(hash({ ...everything, rules: [] }));
});

describe("dashboards", () => {
  test("there is one for each stack", () => {
    expect(dashboards.map(({ title }) => title).sort()).toEqual(
      ["kafka", "kubernetes", "nginx-ingress", "postgres", "prometheus", "redis"].sort(),
    );
    expect(Object.keys(objectOf(everything, "ConfigMap", "grafana-dashboards").data)).toHaveLength(dashboards.length);
  });

  test.each(dashboards)(
    "$title is what Grafana takes: ids of its own, a grid of 24 columns, one source",
    (dashboard) => {
      expect(dashboard).toMatchObject({
        uid: expect.stringMatching(/^[a-z0-9-]{1,40}$/),
        schemaVersion: expect.any(Number),
      });
      const panels = dashboard["panels"] as readonly {
        id: number;
        type: string;
        gridPos: { x: number; y: number; w: number; h: number };
        datasource: { uid: string };
        options: unknown;
        targets: readonly { refId: string; expr: string; datasource: { uid: string } }[];
      }[];
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
      expect(new Set(cells).size).toBe(panels.length);
      for (const { type, gridPos, datasource, options, targets } of panels) {
        expect(type).toBe("timeseries");
        // What the types that Grafana publishes demand of a time series, read strictly.
        expect(options).toEqual({
          legend: { showLegend: true, displayMode: "list", placement: "bottom", calcs: [] },
          tooltip: { mode: "multi", sort: "desc" },
        });
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
        expect([datasource.uid, ...targets.map((target) => target.datasource.uid)]).toEqual([
          "prometheus",
          "prometheus",
        ]);
      }
    },
  );
});

describe("the default rules", () => {
  test("are known by one name each, and the cases know them", () => {
    const names = defaultRules("2m").flatMap(({ rules }) => rules.map(({ alert }) => alert));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(ruleCases.map(({ alert }) => alert)));
  });

  // On the real cluster test/e2e/kind runs the same in Prometheus' own pod.
  const there = spawnSync("promtool", ["--version"]).status === 0;
  test.skipIf(!there).each([
    ["check", "rules.yml"],
    ["check", "panels.yml"],
    ["test", "tests.yml"],
  ])("promtool %s rules %s", (command, file) => {
    const folder = mkdtempSync(join(tmpdir(), "k8sctl-rules-"));
    try {
      for (const [name, text] of Object.entries(promtoolFiles())) writeFileSync(join(folder, name), text);
      const said = spawnSync("promtool", [command, "rules", file], { cwd: folder, encoding: "utf8" });
      expect(said.status, `${said.stdout}${said.stderr}`).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
