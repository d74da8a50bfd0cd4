import { describe, expect, test } from "vitest";
import { decode } from "../../src/desired/decode.ts";
import type { SynthStack } from "../../src/model/desired.ts";
import type { Problem } from "../../src/model/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { nothingKnown, stackOf } from "./parity.ts";

function problemsOf(json: JsonObject, fields: Partial<SynthStack> = {}): readonly Problem[] {
  return decode({ stacks: [stackOf(json, fields)], results: nothingKnown }).problems;
}

function configMap(metadata: JsonObject, rest: JsonObject = {}): JsonObject {
  return { metadata, ...rest, "//": { metadata: { path: "app/cm" } } };
}

const cases: readonly { name: string; json: JsonObject; code: string; message: RegExp; remedy?: RegExp }[] = [
  {
    name: "a reference to a missing resource",
    json: {
      resource: {
        kubernetes_namespace_v1: { shop: { metadata: { name: "shop" } } },
        kubernetes_config_map_v1: {
          x: configMap({ name: "x", namespace: "${kubernetes_namespace_v1.shpo.metadata[0].name}" }),
        },
      },
    },
    code: "unknown-reference",
    message: /no kubernetes_namespace_v1 "shpo"/,
    remedy: /did you mean "shop"/,
  },
  {
    name: "a reference to a missing type",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ name: "${kubernetes_secret_v1.a.id}" }) } } },
    code: "unknown-reference",
    message: /no resource of type kubernetes_secret_v1/,
  },
  {
    name: "depends_on of a missing resource",
    json: {
      resource: {
        kubernetes_config_map_v1: { x: configMap({ name: "x" }, { depends_on: ["kubernetes_secret_v1.a"] }) },
      },
    },
    code: "unknown-reference",
    message: /depends_on names kubernetes_secret_v1\.a/,
  },
  {
    name: "for_each over a list",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { for_each: ["a", "b"] }) } } },
    code: "expression-type",
    message: /map or a set of strings, and this is a list/,
    remedy: /toset/,
  },
  {
    name: "for_each over a local that is a list",
    json: {
      locals: { names: '${split(",", "a,b")}' },
      resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { for_each: "${local.names}" }) } },
    },
    code: "expression-type",
    message: /map or a set of strings, and this is a list/,
  },
  {
    name: "for_each over a set of numbers",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { for_each: "${toset([1, 2])}" }) } } },
    code: "expression-type",
    message: /set of other values/,
  },
  {
    name: "a provisioner",
    json: { resource: { null_resource: { x: { provisioner: [{ "local-exec": { command: "true" } }] } } } },
    code: "unsupported-provisioner",
    message: /runs no programs/,
    remedy: /Job/,
  },
  {
    name: "a misspelt argument of lifecycle",
    json: {
      resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { lifecycle: { ignore_change: [] } }) } },
    },
    code: "unknown-field",
    message: /^lifecycle\.ignore_change: /,
    remedy: /did you mean "ignore_changes"/,
  },
  {
    name: "ignore_changes of no field",
    json: {
      resource: {
        kubernetes_config_map_v1: { x: configMap({ name: "x" }, { lifecycle: { ignore_changes: ["dta"] } }) },
      },
    },
    code: "unknown-field",
    message: /"dta" is no field of kubernetes_config_map_v1/,
  },
  {
    name: "a time-out that is no duration",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { timeouts: { create: "ten" } }) } } },
    code: "wrong-type",
    message: /^timeouts\.create: "ten" is no duration/,
  },
  {
    name: "an argument that kubernetes_manifest does not have",
    json: {
      resource: {
        kubernetes_manifest: {
          x: { manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } }, computed_field: [] },
        },
      },
    },
    code: "unknown-field",
    message: /"computed_field" is not known/,
    remedy: /did you mean "computed_fields"/,
  },
  {
    name: "an attribute that kubernetes_manifest does not have",
    json: {
      resource: {
        kubernetes_manifest: { m: { manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" } } } },
        kubernetes_config_map_v1: { x: configMap({ name: "${kubernetes_manifest.m.objct.metadata.name}" }) },
      },
    },
    code: "unknown-reference",
    message: /kubernetes_manifest\.m has no attribute "objct"/,
    remedy: /did you mean "object"/,
  },
  {
    name: "a List in a manifest",
    json: { resource: { kubernetes_manifest: { x: { manifest: { apiVersion: "v1", kind: "List", items: [] } } } } },
    code: "wrong-type",
    message: /a List is no object of its own/,
    remedy: /each item/,
  },
  {
    name: "a manifest whose expression fails, told once",
    json: { resource: { kubernetes_manifest: { x: { manifest: '${yamldecode("a: [")}' } } } },
    code: "expression-function",
    message: /the text is not YAML/,
  },
  {
    name: "a block that Terraform does not know",
    json: { resources: {} },
    code: "unknown-block",
    message: /does not know: resources/,
    remedy: /did you mean "resource"/,
  },
  {
    name: "an object of Kubernetes instead of Terraform JSON",
    json: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } },
    code: "unknown-block",
    message: /not Terraform JSON/,
    remedy: /kubernetes_manifest/,
  },
  {
    name: "a misspelt field",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { dta: { a: "b" } }) } } },
    code: "unknown-field",
    message: /field "dta" is not known/,
    remedy: /did you mean "data"/,
  },
  {
    name: "a value of the wrong type",
    json: {
      resource: { kubernetes_service_v1: { x: { metadata: { name: "x" }, spec: { port: [{ port: "http" }] } } } },
    },
    code: "expression-type",
    message: /^spec\.port\[0\]\.port: expected a number/,
  },
  {
    name: "a name that the API refuses",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ name: "My_Map" }) } } },
    code: "invalid-name",
    message: /"My_Map" is not a name/,
    remedy: /lower-case letters, digits/,
  },
  {
    name: "a name that is known only after apply",
    json: {
      resource: {
        random_pet: { p: {} },
        kubernetes_config_map_v1: { x: configMap({ name: "${random_pet.p.id}" }) },
      },
    },
    code: "unknown-identity",
    message: /name is known only after apply/,
  },
  {
    name: "a missing name",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ labels: {} }) } } },
    code: "missing-field",
    message: /name is missing/,
  },
  {
    name: "two resources for one object",
    json: {
      resource: {
        kubernetes_config_map_v1: { x: configMap({ name: "x" }) },
        kubernetes_config_map: { y: configMap({ name: "x" }) },
      },
    },
    code: "duplicate-object",
    message: /ConfigMap default\/x is also made by app: kubernetes_config_map_v1\.x \(stacks\/app\.ts:7\)/,
  },
  {
    name: "an unsupported resource type",
    json: { resource: { aws_instance: { x: {} } } },
    code: "unsupported-resource",
    message: /aws_instance is nothing that k8sctl can make/,
  },
  {
    name: "a type that is no object",
    json: { resource: { helm_release: { x: {} } } },
    code: "unsupported-resource",
    message: /helm_release is nothing that k8sctl can make/,
  },
  {
    name: "a token for nobody",
    json: { resource: { kubernetes_token_request_v1: { x: { metadata: {} } } } },
    code: "missing-field",
    message: /metadata\.name: it names no service account/,
  },
  {
    name: "a token that ends at once",
    json: {
      resource: { kubernetes_token_request_v1: { x: { metadata: { name: "bot" }, spec: { expiration_seconds: 60 } } } },
    },
    code: "wrong-type",
    message: /spec\.expiration_seconds: a token lives at least 600 s/,
  },
  {
    name: "a token bound to what no token is bound to",
    json: {
      resource: {
        kubernetes_token_request_v1: {
          x: { metadata: { name: "bot" }, spec: { bound_object_ref: { kind: "ConfigMap", name: "a" } } },
        },
      },
    },
    code: "wrong-type",
    message: /bound to a Pod, a Secret or a Node, and to no ConfigMap/,
  },
  {
    name: "a pause of no length",
    json: { resource: { time_sleep: { x: { create_duration: "soon" } } } },
    code: "wrong-type",
    message: /create_duration: "soon" is no duration/,
  },
  {
    name: "a token and its account that wait for each other",
    json: {
      resource: {
        kubernetes_token_request_v1: { x: { metadata: { name: "bot" } } },
        kubernetes_service_account_v1: {
          bot: { metadata: { name: "bot", annotations: { t: "${kubernetes_token_request_v1.x.id}" } } },
        },
      },
    },
    code: "cycle",
    message: /these wait for each other: .*kubernetes_token_request_v1\.x/,
  },
  {
    name: "an unsupported function",
    json: {
      resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { data: { a: '${bcrypt("x")}' } }) } },
    },
    code: "unsupported-function",
    message: /^data\.a: function bcrypt\(\) is not supported/,
  },
  {
    name: "a data source",
    json: { data: { aws_ami: { x: {} } } },
    code: "unsupported-data",
    message: /data\.aws_ami\.x/,
  },
  {
    name: "a variable without a value",
    json: { variable: { v: {} }, resource: { kubernetes_config_map_v1: { x: configMap({ name: "${var.v}" }) } } },
    code: "missing-variable",
    message: /variable "v" has no value/,
    remedy: /--var v=/,
  },
  {
    name: "a variable of the wrong type",
    json: {
      variable: { v: { type: "number", default: "many" } },
      resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { data: { a: "${var.v}" } }) } },
    },
    code: "variable-type",
    message: /variable "v" must be of type number/,
  },
  {
    name: "a variable that fails its validation",
    json: {
      variable: {
        v: {
          default: 3,
          validation: [{ condition: "${var.v > 5}", error_message: "v must be above 5, is ${var.v}." }],
        },
      },
    },
    code: "variable-validation",
    message: /variable "v": v must be above 5, is 3\./,
  },
  {
    name: "a resource of another cluster",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { provider: "kubernetes.other" }) } } },
    code: "unsupported-provider",
    message: /kubernetes\.other is another cluster/,
  },
  {
    name: "a block that is known only after apply",
    json: {
      resource: {
        random_password: { p: { length: 8 } },
        kubernetes_service_v1: {
          x: { metadata: { name: "x" }, spec: { port: "${[{ port = random_password.p.result }]}", selector: {} } },
          y: { metadata: { name: "y" }, spec: "${jsondecode(random_password.p.result)}" },
        },
      },
    },
    code: "unknown-block",
    message: /^spec: a block cannot be known only after apply/,
  },
  {
    name: "text that was meant literally",
    json: { resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { data: { a: "echo ${HOME}" } }) } } },
    code: "expression-name",
    message: /nothing is called "HOME"/,
    remedy: /\$\$\{/,
  },
  {
    name: "locals that need each other",
    json: {
      locals: { a: "${local.b}", b: "${local.a}" },
      resource: { kubernetes_config_map_v1: { x: configMap({ name: "${local.a}" }) } },
    },
    code: "cycle",
    message: /local\.a -> local\.b -> local\.a/,
  },
  {
    name: "resources that need each other",
    json: {
      resource: {
        kubernetes_config_map_v1: {
          x: configMap({ name: "x" }, { data: { a: "${kubernetes_secret_v1.y.metadata[0].name}" } }),
        },
        kubernetes_secret_v1: { y: configMap({ name: "y" }, { depends_on: ["kubernetes_config_map_v1.x"] }) },
      },
    },
    code: "cycle",
    message: /kubernetes_config_map_v1\.x -> kubernetes_secret_v1\.y -> kubernetes_config_map_v1\.x/,
  },
];

describe("decode reports", () => {
  test.each(cases)("$name", ({ json, code, message, remedy }) => {
    const positions = { "app/cm": { file: "stacks/app.ts", line: 7 } };
    const problems = problemsOf(json, { positions });
    const found = problems.find((p) => p.code === code);
    expect(problems).toContainEqual(expect.objectContaining({ code }));
    expect(found?.message).toMatch(message);
    expect(found?.severity).toBe("error");
    expect(found?.address).not.toBe("");
    if (remedy !== undefined) expect(found?.remedy).toMatch(remedy);
  });

  test("all mistakes at once, each with its place", () => {
    const positions = { "app/cm": { file: "stacks/app.ts", line: 7 } };
    const json = {
      resource: {
        kubernetes_config_map_v1: { x: configMap({ name: "x" }, { dta: {}, data: { a: "${nope}", b: "${nope}" } }) },
      },
    };
    const problems = problemsOf(json, { positions });
    expect(problems.map((p) => p.code).sort()).toEqual(["expression-name", "expression-name", "unknown-field"]);
    expect(problems.every((p) => p.position?.line === 7)).toBe(true);
  });

  test("what is set and has no effect is a warning", () => {
    const problems = problemsOf({
      terraform: { backend: { s3: { bucket: "b" } } },
      resource: {
        kubernetes_config_map_v1: { x: configMap({ name: "x" }, { lifecycle: { create_before_destroy: true } }) },
        kubernetes_manifest: {
          m: {
            manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" } },
            field_manager: { name: "me" },
          },
        },
      },
    });
    expect(problems.map((p) => `${p.severity} ${p.code} ${p.field?.join(".") ?? p.address}`)).toEqual([
      "warning unsupported-block terraform",
      "warning ignored-field lifecycle.create_before_destroy",
      "warning ignored-field field_manager.name",
    ]);
  });

  test("blocks that have no effect are a warning", () => {
    const problems = problemsOf({ import: { to: "a.b", id: "x" }, moved: [{ from: "a.b", to: "a.c" }] });
    expect(problems).toMatchObject([{ code: "unsupported-block", address: "import", severity: "warning" }]);
  });

  test("conditions that do not hold; those on values to come wait", () => {
    const rule = (condition: string) => ({ condition, error_message: "never ${local.what}" });
    const lifecycle = {
      precondition: [rule("${local.what == 2}"), rule("${local.what == 1}")],
      postcondition: [rule('${self.metadata[0].name == "y"}'), rule('${self.metadata[0].uid == "y"}')],
    };
    const problems = problemsOf({
      locals: { what: 1 },
      resource: { kubernetes_config_map_v1: { x: configMap({ name: "x" }, { lifecycle }) } },
      check: { c: { assert: [rule("${local.what > 1}")] } },
      output: { o: { value: 1, precondition: [rule("${local.what > 2}")] } },
    });
    expect(problems.map((p) => [p.code, p.severity, p.message])).toEqual([
      ["check-failed", "warning", 'check "c": never 1'],
      ["precondition-failed", "error", 'output "o": never 1'],
      ["precondition-failed", "error", "its precondition: never 1"],
      ["postcondition-failed", "error", "its postcondition: never 1"],
    ]);
  });

  test("a provider block that names a cluster is a warning", () => {
    const problems = problemsOf({ provider: { kubernetes: [{ host: "https://x" }] } });
    expect(problems).toMatchObject([{ code: "provider-settings-ignored", severity: "warning" }]);
    expect(problemsOf({ provider: { kubernetes: [{}] } })).toEqual([]);
  });
});
