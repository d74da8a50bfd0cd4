import { expect, test } from "vitest";
import type { Vars } from "../../stacks/contract.ts";
import Kafka from "../../stacks/kafka.ts";
import NginxIngress from "../../stacks/nginx-ingress.ts";
import Postgres from "../../stacks/postgres.ts";
import Prometheus from "../../stacks/prometheus.ts";
import Redis from "../../stacks/redis.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const library = {
  kafka: Kafka,
  "nginx-ingress": NginxIngress,
  postgres: Postgres,
  prometheus: Prometheus,
  redis: Redis,
};

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}
interface Rule {
  readonly from?: readonly { podSelector?: Selector; namespaceSelector?: Selector }[];
  readonly to?: Rule["from"];
  readonly ports?: readonly { port: number; protocol: string }[];
}

/** The policies that a stack makes, by name, each rule as a line. */
function policies(stack: keyof typeof library, vars: Vars): Record<string, string[]> {
  const { desired } = decode([synthesizeOne(stack, library[stack], { networkPolicy: true, ...vars })]);
  const found = desired.filter(({ id }) => id.kind === "NetworkPolicy");
  return Object.fromEntries(
    found.map(({ id, object }) => {
      const spec = object["spec"] as { ingress?: Rule[]; egress?: Rule[] };
      const lines = [
        ...(spec.ingress ?? []).map((rule) => `in ${portsOf(rule)} from ${peersOf(rule.from)}`),
        ...(spec.egress ?? []).map((rule) => `out ${portsOf(rule)} to ${peersOf(rule.to)}`),
      ];
      return [id.name, lines];
    }),
  );
}
const portsOf = ({ ports }: Rule) => ports?.map(({ port, protocol }) => `${port}/${protocol}`).join(" ") ?? "all";
const name = (selector: Selector) => Object.values(selector.matchLabels ?? {})[0];
const peersOf = (peers: Rule["from"]) =>
  peers
    ?.map(({ podSelector, namespaceSelector }) => {
      const pods = podSelector === undefined ? undefined : name(podSelector);
      if (namespaceSelector === undefined) return pods ?? "its namespace";
      return `${pods ?? "all"} in ${name(namespaceSelector) ?? "any"}`;
    })
    .join(", ") ?? "anywhere";

const own = "in 5432/TCP from its namespace";

test.each<[keyof typeof library, Vars, Record<string, string[]>]>([
  ["postgres", {}, { postgres: [own] }],
  [
    "postgres",
    { replicas: 1, metrics: true, backup: { method: "wal" } },
    { postgres: [own, "in 9187/TCP from prometheus in any"] },
  ],
  [
    "postgres",
    { ha: "cloudnative-pg", networkPolicy: { to: [] } },
    {
      postgres: [
        own,
        "in 5432/TCP from cloudnative-pg in any",
        "in 8000/TCP from anywhere",
        "out all to its namespace",
        "out 53/UDP 53/TCP to anywhere",
        "out 443/TCP 6443/TCP to anywhere",
      ],
    },
  ],
  ["redis", { sentinel: true }, { redis: ["in 6379/TCP 26379/TCP from its namespace"] }],
  [
    "redis",
    { networkPolicy: { from: [{ namespace: "web", labels: { app: "shop" } }], to: [{ namespace: "web" }] } },
    {
      redis: [
        "in 6379/TCP from its namespace, shop in web",
        "out all to its namespace, all in web",
        "out 53/UDP 53/TCP to anywhere",
      ],
    },
  ],
  [
    "kafka",
    { brokers: 3, controllers: 3, metrics: true, networkPolicy: { from: [{ namespace: "web" }] } },
    {
      kafka: ["in 9092/TCP from its namespace, all in web"],
      "kafka-controller": ["in 9093/TCP from its namespace"],
      "kafka-exporter": ["in 9308/TCP from prometheus in any"],
    },
  ],
  [
    "nginx-ingress",
    { networkPolicy: { to: [{ namespace: "web" }] } },
    {
      "nginx-ingress": [
        "in 9113/TCP from prometheus in any",
        "in 80/TCP 443/TCP from anywhere",
        "out all to its namespace, all in web",
        "out 53/UDP 53/TCP to anywhere",
        // Without the API server it would know of no Ingress.
        "out 443/TCP 6443/TCP to anywhere",
      ],
    },
  ],
  [
    "prometheus",
    { ingress: { host: "prometheus.example" }, grafana: true, alertmanager: { replicas: 2 } },
    {
      prometheus: ["in 9090/TCP from its namespace", "in 9090/TCP from nginx-ingress in any"],
      grafana: ["in 3000/TCP from its namespace"],
      "kube-state-metrics": ["in 8080/TCP from prometheus in any"],
      alertmanager: [
        "in 9093/TCP from its namespace",
        // Alertmanagers tell each other by both.
        "in 9094/TCP 9094/UDP from alertmanager",
        "in 9093/TCP from prometheus in any",
      ],
    },
  ],
])("%s with %j opens what must pass, and nothing else", (stack, vars, expected) => {
  expect(policies(stack, vars)).toEqual(expected);
});
