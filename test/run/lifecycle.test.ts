import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { Kube } from "../../src/ports.ts";
import { clusterOfFile } from "../e2e/cluster.ts";
import { lines } from "./applying.ts";
import { actionsOf, planOf, upOf } from "./native.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

function configMap(name: string, data: JsonObject, lifecycle: JsonObject = {}): JsonObject {
  return { metadata: { name }, data, lifecycle };
}

describe("replace_triggered_by", () => {
  const json = (trigger: string, a: string, b: string): JsonObject => ({
    resource: {
      kubernetes_config_map_v1: {
        source: configMap("source", { a, b }),
        follower: configMap("follower", { x: "1" }, { replace_triggered_by: [trigger] }),
      },
    },
  });

  test("makes an object anew when another changes", async () => {
    const whole = "kubernetes_config_map_v1.source";
    await upOf(kube, "trigger", json(whole, "1", "1"));
    expect((await upOf(kube, "trigger", json(whole, "1", "1"))).actions.map((a) => a.split(" ")[0])).toEqual([
      "unchanged",
      "unchanged",
    ]);
    const changed = await upOf(kube, "trigger", json(whole, "2", "1"));
    expect(changed.actions).toEqual(["update ConfigMap default/source", "replace ConfigMap default/follower"]);
    expect(changed.exitCode).toBe(0);
  });

  test.each([
    ['data["a"]', "replace"],
    ['data["b"]', "unchanged"],
    ["data", "replace"],
    ["metadata[0].labels", "unchanged"],
  ])("a change of data.a and the trigger %s: %s", async (attribute, action) => {
    const trigger = `kubernetes_config_map_v1.source.${attribute}`;
    await upOf(kube, "trigger", json(trigger, "1", "1"));
    const { plan } = await planOf(kube, "trigger", json(trigger, "9", "1"));
    expect(actionsOf(plan)).toContain(`${action} ConfigMap default/follower`);
  });

  test("a changed input of terraform_data, which keeps its id", async () => {
    const following = (input: string): JsonObject => ({
      resource: {
        terraform_data: { revision: { input } },
        kubernetes_config_map_v1: {
          follower: configMap(
            "by-data",
            { id: "${terraform_data.revision.id}" },
            { replace_triggered_by: ["terraform_data.revision"] },
          ),
        },
      },
    });
    await upOf(kube, "revision", following("1"));
    expect((await upOf(kube, "revision", following("1"))).actions).toEqual(["unchanged ConfigMap default/by-data"]);
    const changed = await upOf(kube, "revision", following("2"));
    expect(changed.planned.plan.stacks[0]?.generated.map((g) => g.action)).toEqual(["update"]);
    expect(changed.actions).toEqual(["replace ConfigMap default/by-data"]);
    expect((await upOf(kube, "revision", following("2"))).actions).toEqual(["unchanged ConfigMap default/by-data"]);
  });
});

describe("conditions", () => {
  const rule = (condition: string) => [{ condition, error_message: "this must not be" }];

  test("a postcondition on what the cluster says is judged once the object is ready", async () => {
    const json = (condition: string): JsonObject => ({
      resource: {
        kubernetes_namespace_v1: {
          ns: { metadata: { name: "judged" }, lifecycle: { postcondition: rule(condition) } },
        },
      },
    });
    const bad = await upOf(kube, "post", json('${self.metadata[0].uid == "none"}'));
    expect(bad.exitCode).toBe(1);
    expect(lines(bad.events)).toContain("failed Namespace judged: its postcondition: this must not be");
    const good = await upOf(kube, "post", json("${length(self.metadata[0].uid) > 10}"));
    expect(good.exitCode).toBe(0);
  });

  test("a precondition on a value to come is judged before the apply", async () => {
    const done = await upOf(kube, "pre", {
      resource: {
        kubernetes_namespace_v1: { ns: { metadata: { name: "first" } } },
        kubernetes_config_map_v1: {
          c: configMap(
            "never",
            { a: "${kubernetes_namespace_v1.ns.metadata[0].uid}" },
            { precondition: rule('${kubernetes_namespace_v1.ns.metadata[0].uid == ""}') },
          ),
        },
      },
    });
    expect(done.exitCode).toBe(1);
    const never = { group: "", version: "v1", kind: "ConfigMap", namespace: "default", name: "never" };
    expect(await kube.get(never)).toBe(null);
  });
});

test("a value keeps what it is under its new address, also when the moved block goes", async () => {
  const json = (name: string, moved: JsonObject): JsonObject => ({
    ...moved,
    resource: {
      random_password: { [name]: { length: 12 } },
      kubernetes_secret_v1: { s: { metadata: { name: "moved" }, data: { p: `\${random_password.${name}.result}` } } },
    },
  });
  expect((await upOf(kube, "moving", json("old", {}))).exitCode).toBe(0);
  const moved = { moved: [{ from: "random_password.old", to: "random_password.new" }] };
  const done = await upOf(kube, "moving", json("new", moved));
  expect(done.planned.plan.stacks[0]?.generated.map((g) => g.action)).toEqual(["unchanged"]);
  expect(done.actions).toEqual(["unchanged Secret default/moved"]);
  expect((await upOf(kube, "moving", json("new", {}))).actions).toEqual(["unchanged Secret default/moved"]);
});

test("certificates are made of keys of the same run, kept, and made again before they end", async () => {
  const json: JsonObject = {
    resource: {
      tls_private_key: { ca: { algorithm: "ECDSA", ecdsa_curve: "P256" } },
      tls_self_signed_cert: {
        ca: {
          private_key_pem: "${tls_private_key.ca.private_key_pem}",
          subject: { common_name: "ca" },
          validity_period_hours: 24,
          early_renewal_hours: 4,
          allowed_uses: ["cert_signing"],
          is_ca_certificate: true,
        },
      },
      kubernetes_secret_v1: {
        tls: {
          metadata: { name: "tls" },
          type: "kubernetes.io/tls",
          data: {
            "tls.crt": "${tls_self_signed_cert.ca.cert_pem}",
            "tls.key": "${tls_private_key.ca.private_key_pem}",
          },
        },
      },
    },
  };
  const begin = Date.parse("2026-01-01T00:00:00Z");
  const values = (done: Awaited<ReturnType<typeof upOf>>) =>
    done.planned.plan.stacks[0]?.generated.map((g) => `${g.action} ${g.resource.address}`);
  const first = await upOf(kube, "tls", json, begin);
  expect(values(first)).toEqual(["create tls_private_key.ca", "create tls_self_signed_cert.ca"]);
  expect(first.exitCode).toBe(0);
  const secret = { group: "", version: "v1", kind: "Secret", namespace: "default", name: "tls" };
  const before = await kube.get(secret);
  const later = await upOf(kube, "tls", json, begin + 19 * 3_600_000);
  expect(later.actions).toEqual(["unchanged Secret default/tls"]);
  const due = await upOf(kube, "tls", json, begin + 21 * 3_600_000);
  expect(values(due)).toEqual(["unchanged tls_private_key.ca", "replace tls_self_signed_cert.ca"]);
  expect(due.actions).toEqual(["update Secret default/tls"]);
  const after = await kube.get(secret);
  const data = (object: typeof before) => object?.["data"] as Record<string, string>;
  expect(data(after)["tls.key"]).toBe(data(before)["tls.key"]);
  expect(data(after)["tls.crt"]).not.toBe(data(before)["tls.crt"]);
});
