import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { App } from "k8sctl/stacks/app";
import { text } from "k8sctl/stacks/checks";
import type { StackContext } from "k8sctl/stacks/contract";
import type KafkaStack from "k8sctl/stacks/kafka";
import { NamespacedStack } from "k8sctl/stacks/namespaced-stack";
import type NginxIngressStack from "k8sctl/stacks/nginx-ingress";
import { commonChecks, type Preset, readOptions } from "k8sctl/stacks/options";
import type PostgresStack from "k8sctl/stacks/postgres";
import type RedisStack from "k8sctl/stacks/redis";

interface Options {
  /** Tag of the three images. */
  readonly version: string;
  /** Name under which the shop is found. */
  readonly host: string;
  /** For all three services. */
  readonly preset: Preset;
}

interface Before {
  readonly "nginx-ingress": NginxIngressStack;
  readonly postgres: PostgresStack;
  readonly redis: RedisStack;
  readonly kafka: KafkaStack;
}

/** Three services of our own: the way of an order is orders -> events -> prices, and from events into Kafka. */
export default class Shop extends NamespacedStack {
  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    const checks = { version: text, host: text, preset: commonChecks.preset };
    const options = readOptions<Options>(this, context, { checks });
    const { version = "1.0", host = "shop.localhost", preset } = options;
    const before = context.stacks as unknown as Before;
    const namespace = this.makeNamespace("shop");

    const prices = new App(this, "prices", {
      namespace,
      preset,
      image: `shop/prices:${version}`,
      protocol: "grpc",
      port: 50051,
      memory: "32Mi",
    });

    const events = new App(this, "events", {
      namespace,
      preset,
      image: `shop/events:${version}`,
      readiness: "/ready",
      env: { PRICES: prices.url, KAFKA: before.kafka.kafka.bootstrap },
      metrics: true,
      memory: "64Mi",
    });

    const orders = new App(this, "orders", {
      namespace,
      preset,
      image: `shop/orders:${version}`,
      readiness: "/ready",
      env: { EVENTS: events.url },
      secrets: { DATABASE_URL: before.postgres.postgres.uri, REDIS_URL: before.redis.redis.uri },
      migrate: { command: ["node", "migrate.js"] },
      ingress: { host, className: before["nginx-ingress"].ingress.className },
      metrics: true,
      canary: { percent: 50, pause: "5s" },
    });

    new TerraformOutput(this, "url", { value: orders.url });
  }
}
