// How to test a stack of your own: synthesize it, and look at what it asks for. No cluster is needed.
import { Testing } from "cdktf";
import KafkaStack from "k8sctl/stacks/kafka";
import NginxIngressStack from "k8sctl/stacks/nginx-ingress";
import PostgresStack from "k8sctl/stacks/postgres";
import RedisStack from "k8sctl/stacks/redis";
import { describe, expect, test } from "vitest";
import ShopStack from "../stacks/shop.ts";

/** What k8sctl does with the stacks of k8sctl.yaml: one App, and those named in `after` are handed over. */
function shop(vars: Record<string, unknown> = {}) {
  const app = Testing.app();
  const alone = { vars: {}, stacks: {} };
  const stacks = {
    "nginx-ingress": new NginxIngressStack(app, "nginx-ingress", alone),
    postgres: new PostgresStack(app, "postgres", alone),
    redis: new RedisStack(app, "redis", alone),
    kafka: new KafkaStack(app, "kafka", alone),
  };
  const stack = new ShopStack(app, "shop", { vars, own: Object.keys(vars), stacks });
  const { resource } = JSON.parse(Testing.synth(stack));
  return resource;
}

/** The one object of a type with this name. */
function named(resources: Record<string, unknown>, name: string) {
  // biome-ignore lint/suspicious/noExplicitAny: Terraform JSON is plain data.
  return Object.values<any>(resources).find(({ metadata }) => metadata.name === name);
}

describe("the shop", () => {
  test("runs the version asked for in all three services", () => {
    const deployments = shop({ version: "2.0" }).kubernetes_deployment_v1;
    for (const name of ["orders", "events", "prices"]) {
      const { container } = named(deployments, name).spec.template.spec;
      expect(container[0].image).toBe(`shop/${name}:2.0`);
    }
  });

  test("is found under its host", () => {
    const [rule] = named(shop({ host: "shop.example" }).kubernetes_ingress_v1, "orders").spec.rule;
    expect(rule).toMatchObject({ host: "shop.example", http: { path: [{ path: "/", path_type: "Prefix" }] } });
  });

  test("keeps passwords in Secrets: what stands there are references", () => {
    const { data } = named(shop().kubernetes_secret_v1, "orders-env");
    expect(Object.keys(data)).toEqual(["DATABASE_URL", "REDIS_URL"]);
    for (const value of Object.values(data)) expect(value).toMatch(/^\$\{.+\}$/);
  });

  test("refuses what it does not know", () => {
    expect(() => shop({ verison: "2.0" })).toThrow("shop: there is no option verison");
  });
});
