import { describe, expect, test } from "vitest";
import type { Json } from "../cli/command-line.ts";
import { homeWithCluster, itemOf, place } from "./planning.ts";

const home = homeWithCluster();

const configMap = { kubernetes_config_map_v1: { first: { metadata: { name: "first" }, data: { a: "1" } } } };

function claim(storageClass: string | undefined) {
  const spec = {
    access_modes: ["ReadWriteOnce"],
    storage_class_name: storageClass,
    resources: { requests: { storage: "1Gi" } },
  };
  return { kubernetes_persistent_volume_claim_v1: { data: { metadata: { name: "data" }, spec } } };
}

function ingress(secret: string, annotations: Readonly<Record<string, string>> = {}) {
  const backend = { service: { name: "web", port: { number: 80 } } };
  const spec = {
    tls: [{ hosts: ["shop.example"], secret_name: secret }],
    rule: [{ host: "shop.example", http: { path: [{ path: "/", backend }] } }],
  };
  return { kubernetes_ingress_v1: { shop: { metadata: { name: "shop", annotations }, spec } } };
}

const secret = { kubernetes_secret_v1: { tls: { metadata: { name: "shop-tls" }, data: { a: "b" } } } };
const none = "TLS clients get no certificate for its hosts";

describe("the plan warns of what an object names and nobody has", () => {
  test.each<[string, Json, string, string[]]>([
    ["a storage class", claim("fastt"), "data", ["there is no StorageClass fastt: its claims wait for a volume"]],
    ["the default class", claim(undefined), "data", []],
    ["a certificate", ingress("shop-tls"), "shop", [`there is no Secret shop-tls: ${none}`]],
    ["a certificate of the same plan", { ...ingress("shop-tls"), ...secret }, "shop", []],
    ["one that cert-manager makes", ingress("shop-tls", { "cert-manager.io/issuer": "ca" }), "shop", []],
  ])("%s", async (what, resources, name, warnings) => {
    const p = place(home, `missing-${what.replaceAll(" ", "-")}`, { web: configMap });
    await p.up();
    p.want({ ...configMap, ...resources });
    expect(itemOf(await p.plan(), name).warnings).toEqual(warnings);
    p.want({});
    await p.up();
  });
});
