import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Unknown } from "../../src/model/desired.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";

const findings = (object: Record<string, unknown>) =>
  validateObject(object, builtinTypes).map(({ kind, path, message }) => `${kind} ${path} ${message}`);

const deployment = (container: string, spec = "") => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app.kubernetes.io/name: web}}
spec:
  selector: {matchLabels: {app: web}}
  ${spec}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - ${container}
`;

describe("what schema alone can tell", () => {
  test.each([
    ["nothing wrong", deployment("{name: web, image: nginx, resources: {limits: {cpu: 500m, memory: 1Gi}}}"), []],
    [
      "an unknown field, with what was meant",
      deployment("{name: web, image: nginx, imagePullPolice: Always}"),
      ["unknown-field spec.template.spec.containers[web].imagePullPolice is not known; did you mean imagePullPolicy?"],
    ],
    [
      "an unknown field, unlike any other",
      deployment("{name: web, image: x}", "autoscale: true"),
      ["unknown-field spec.autoscale is not known"],
    ],
    [
      "a wrong type",
      deployment("{name: web, image: x}", 'replicas: "3"'),
      ["wrong-type spec.replicas must be an integer, is a string"],
    ],
    [
      "a map for a list",
      deployment("{name: web, image: x, env: {A: b}}"),
      ["wrong-type spec.template.spec.containers[web].env must be a list, is a map"],
    ],
    [
      "a number for an environment variable",
      deployment("{name: web, image: x, env: [{name: A, value: 1}]}"),
      ["wrong-type spec.template.spec.containers[web].env[A].value must be a string, is the number 1"],
    ],
    ["a missing name", deployment("{image: nginx}"), ["missing spec.template.spec.containers[0].name is required"]],
    [
      "a value outside its enum",
      deployment("{name: web, image: x, imagePullPolicy: Sometimes}"),
      [
        'enum spec.template.spec.containers[web].imagePullPolicy must be one of Always, Never, IfNotPresent, is "Sometimes"',
      ],
    ],
    [
      "a quantity",
      deployment("{name: web, image: x, resources: {requests: {memory: 64MB}}}"),
      [
        'format spec.template.spec.containers[web].resources.requests.memory is no quantity such as 500m, 2 or 1Gi: "64MB"',
      ],
    ],
    [
      "one key twice, the protocol defaulted",
      deployment("{name: web, image: x, ports: [{containerPort: 80}, {containerPort: 80, protocol: TCP}]}"),
      ["duplicate spec.template.spec.containers[web].ports[80/TCP] is listed twice"],
    ],
    [
      "names",
      "{apiVersion: v1, kind: Service, metadata: {name: 1web, namespace: Shop, labels: {-a: b}}, spec: {ports: [{port: 80}]}}",
      [
        'format metadata.labels.-a is no key such as app or example.com/app: "-a"',
        'name metadata.name must be at most 63 lower-case letters, digits and "-", with a letter first: "1web"',
        'name metadata.namespace must be at most 63 lower-case letters, digits and "-", with a letter or digit first and last: "Shop"',
      ],
    ],
    [
      "RBAC names are freer",
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: "system:A_b"}}',
      [],
    ],
    ["no name at all", "{apiVersion: v1, kind: ConfigMap, metadata: {}}", ["missing metadata.name is required"]],
    ["a name to be made up", "{apiVersion: v1, kind: ConfigMap, metadata: {generateName: a-}}", []],
    [
      "Secret data as plain text, which is not printed",
      "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {password: hunter2}}",
      ["format data.password is not base64"],
    ],
    ["no apiVersion", "{kind: ConfigMap, metadata: {name: a}}", ["missing apiVersion is required"]],
    [
      "of an unknown kind only the metadata",
      "{apiVersion: example.com/v1, kind: Widget, metadata: {name: A, label: {}}, spec: {size: big}}",
      [
        "unknown-field metadata.label is not known; did you mean labels?",
        'name metadata.name must be at most 253 lower-case letters, digits, "-" and ".", with a letter or digit first and last: "A"',
      ],
    ],
    [
      "32 bits",
      deployment("{name: web, image: x}", "replicas: 3000000000"),
      ["format spec.replicas is beyond 32 bits"],
    ],
    [
      "a port by name or number",
      "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{name: a, port: 1, targetPort: web}, {name: b, port: 2, targetPort: 80}]}}",
      [],
    ],
    ["nulls", deployment("{name: web, image: x, command: null}"), []],
  ])("%s", (_name, yaml, expected) => {
    expect(findings(parse(yaml))).toEqual(expected);
  });

  test("values that nobody knows yet are right everywhere", () => {
    const later = new Unknown("${later}", [], false);
    const object = parse(deployment("{name: web, image: x}"));
    object.metadata.labels = later;
    object.spec.replicas = later;
    object.spec.template.spec.containers[0].ports = [{ containerPort: later }, later];
    object.spec.template.spec.containers[0].resources = later;
    object.spec.template.spec.volumes = later;
    expect(findings(object)).toEqual([]);
  });
});
