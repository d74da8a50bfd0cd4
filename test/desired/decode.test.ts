import { describe, expect, test } from "vitest";
import { decode } from "../../src/desired/decode.ts";
import { createProgram } from "../../src/desired/program.ts";
import type { Results } from "../../src/model/desired.ts";
import { Unknown } from "../../src/model/desired.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { nothingKnown, stackOf } from "./parity.ts";

const hello: JsonObject = {
  variable: { image: { type: "string", default: "nginx:1.27" } },
  resource: {
    kubernetes_namespace_v1: { ns: { metadata: { name: "web" } } },
    random_password: { pw: { length: 20, special: false } },
    kubernetes_secret_v1: {
      login: {
        metadata: { name: "login", namespace: "${kubernetes_namespace_v1.ns.metadata[0].name}" },
        data: { user: "shop", url: "postgres://u:${random_password.pw.result}@db" },
      },
    },
    kubernetes_deployment_v1: {
      web: {
        metadata: { name: "web", namespace: "${kubernetes_namespace_v1.ns.metadata[0].name}" },
        spec: {
          replicas: "2",
          selector: { match_labels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { container: [{ name: "web", image: "${var.image}" }] },
          },
        },
        depends_on: ["kubernetes_secret_v1.login"],
      },
    },
    kubernetes_service_v1: {
      web: { metadata: { name: "web", namespace: "web" }, spec: { port: [{ port: 80, target_port: "8080" }] } },
    },
  },
  output: { ip: { value: "${kubernetes_service_v1.web.spec[0].cluster_ip}" } },
};

const passwordKnown: Results = {
  live: new Map([["/Service/web/web", { spec: { clusterIP: "10.96.0.7" } }]]),
  generated: new Map([
    [
      "app/random_password.pw",
      { type: "random_password", arguments: { length: 20, special: false }, attributes: { result: "s3cret" } },
    ],
  ]),
};

describe("decode", () => {
  test("makes objects of resources, references resolved", () => {
    const { desired, problems } = decode({ stacks: [stackOf(hello)], results: nothingKnown });
    expect(problems).toEqual([]);
    const web = desired.find((d) => d.origin.address === "kubernetes_deployment_v1.web");
    expect(web?.object).toMatchObject({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "web" },
      spec: { replicas: 2, template: { spec: { containers: [{ name: "web", image: "nginx:1.27" }] } } },
    });
    expect(web?.dependsOn).toEqual([
      { kind: "ready", on: { type: "object", key: "/Secret/web/login" } },
      { kind: "exists", on: { type: "object", key: "/Namespace//web" } },
    ]);
  });

  test("leaves what is not known yet as an expression that gives it later", () => {
    const program = createProgram([stackOf(hello)]);
    const { desired, generated, outputs } = program.decode(nothingKnown);
    const secret = desired.find((d) => d.id.kind === "Secret");
    const data = secret?.object["data"] as { [key: string]: unknown };
    expect(data["user"]).toBe("c2hvcA==");
    expect(data["url"]).toBeInstanceOf(Unknown);
    expect(secret?.sensitive).toContainEqual(["data"]);
    expect(generated.map((g) => g.address)).toEqual(["random_password.pw"]);
    expect(outputs[0]?.value).toBeInstanceOf(Unknown);

    const filled = program.fill("app", secret!.object, passwordKnown) as typeof data;
    expect((filled["data"] as JsonObject)["url"]).toBe(Buffer.from("postgres://u:s3cret@db").toString("base64"));
    expect(program.outputs(passwordKnown)[0]?.value).toBe("10.96.0.7");
  });
});
