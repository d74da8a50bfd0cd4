import fc from "fast-check";
import type { JsonObject } from "../../src/model/json.ts";

/** A kind whose objects are written at random: how it is addressed, what it must say, and what it may. */
export interface RandomKind {
  readonly kind: string;
  /** Versions by which it is written; the first is also asked for the result. */
  readonly versions: readonly string[];
  readonly plural: string;
  /** Said in each apply, create and replace: without it the server refuses. */
  readonly base: JsonObject;
  /** Anything else that a writer may say; parts of an object. */
  readonly wants: fc.Arbitrary<JsonObject>;
  readonly status: fc.Arbitrary<JsonObject> | null;
  /** Places for JSON patches, and values for them. */
  readonly places: readonly (readonly [pointer: string, values: readonly unknown[]])[];
  readonly strategic: boolean;
  readonly scale?: true;
}

const text = fc.constantFrom("1", "2", "");
const names = ["a", "b", "c"] as const;

/** Each key may be there or not. */
function some(values: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<JsonObject> {
  return fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
}

function mapOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<JsonObject> {
  return some(Object.fromEntries(names.map((name) => [name, values])));
}

/** List elements, each under a key of its own, in any order. */
function listOf(...items: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown[]> {
  return fc
    .shuffledSubarray(items.map((_, index) => index))
    .chain((chosen) => (chosen.length === 0 ? fc.constant([]) : fc.tuple(...chosen.map((index) => items[index]!))));
}

const metadata = some({
  labels: mapOf(text),
  annotations: mapOf(fc.constantFrom("x", "y")),
  finalizers: fc.constantFrom(["example.com/f"], ["example.com/f", "example.com/g"], []),
});

const base64 = fc.constantFrom("MQ==", "Mg==", "");

const configMap: RandomKind = {
  kind: "ConfigMap",
  versions: ["v1"],
  plural: "configmaps",
  base: {},
  wants: some({
    metadata,
    data: mapOf(text),
    binaryData: some({ d: base64, e: base64 }),
    immutable: fc.constantFrom(false, false, false, true),
  }),
  status: null,
  places: [
    ["/data", [{}, { a: "9" }]],
    ["/data/a", ["8", 7]],
    ["/data/b", ["8"]],
    ["/metadata/labels", [{ l: "1" }, {}]],
    ["/metadata/labels/a", ["3"]],
    ["/metadata/finalizers/-", ["example.com/h"]],
    ["/metadata/finalizers/0", ["example.com/i"]],
  ],
  strategic: true,
};

const secret: RandomKind = {
  kind: "Secret",
  versions: ["v1"],
  plural: "secrets",
  base: {},
  wants: some({
    metadata,
    data: mapOf(base64),
    stringData: mapOf(text),
    type: fc.constantFrom("Opaque", "Opaque", "example.com/t"),
    immutable: fc.constantFrom(false, false, false, true),
  }),
  status: null,
  places: [
    ["/data/a", ["OA=="]],
    ["/stringData", [{ c: "7" }]],
    ["/data", [{ b: "OQ==" }]],
    ["/type", ["Opaque", "example.com/t"]],
  ],
  strategic: true,
};

const port = (number: number, protocol: string | null, name: string) =>
  some({ targetPort: fc.constantFrom(80, "http", 81) }).map((more) => ({
    port: number,
    ...(protocol === null ? {} : { protocol }),
    name,
    ...more,
  }));

const service: RandomKind = {
  kind: "Service",
  versions: ["v1"],
  plural: "services",
  base: { spec: { ports: [{ port: 80, name: "base" }] } },
  wants: some({
    metadata,
    spec: some({
      ports: listOf(port(80, "TCP", "t"), port(80, "UDP", "u"), port(81, null, "n"), port(82, "TCP", "o")),
      selector: mapOf(text),
      type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer"),
      sessionAffinity: fc.constantFrom("None", "ClientIP"),
      publishNotReadyAddresses: fc.boolean(),
      externalTrafficPolicy: fc.constantFrom("Local", "Cluster"),
    }),
  }),
  status: some({ loadBalancer: fc.constantFrom({}, { ingress: [{ ip: "192.0.2.1" }] }) }),
  places: [
    ["/spec/ports/0", [{ port: 83, name: "z" }]],
    ["/spec/ports/-", [{ port: 84, name: "y" }]],
    ["/spec/ports/0/targetPort", [90, "web"]],
    ["/spec/selector", [{ q: "1" }]],
    ["/spec/type", ["NodePort", "ClusterIP"]],
    ["/spec/sessionAffinity", ["ClientIP", "None"]],
  ],
  strategic: true,
};

const quantity = fc.constantFrom("1", "1000m", "0.5", "128Mi", "134217728");
const env = (name: string) => some({ value: text }).map((more) => ({ name, ...more }));
const container = (name: string) =>
  some({
    image: fc.constantFrom("web:1", "web:2", "web"),
    args: fc.constantFrom(["a"], ["a", "b"], []),
    env: listOf(env("A"), env("B"), env("C")),
    ports: listOf(fc.constant({ containerPort: 80 }), fc.constant({ containerPort: 80, protocol: "UDP", name: "u" })),
    resources: some({ limits: some({ cpu: quantity, memory: quantity }), requests: some({ cpu: quantity }) }),
    imagePullPolicy: fc.constantFrom("Always", "IfNotPresent"),
    readinessProbe: fc.constantFrom({ httpGet: { port: 80 } }, { tcpSocket: { port: 80 }, periodSeconds: 3 }),
    securityContext: some({ runAsUser: fc.constantFrom(0, 1000), runAsNonRoot: fc.boolean() }),
    volumeMounts: listOf(fc.constant({ name: "v", mountPath: "/v" }), fc.constant({ name: "v", mountPath: "/w" })),
  }).map((more) => ({ name, image: "web:1", ...more }));

const podBase: JsonObject = {
  metadata: { labels: { app: "x" } },
  spec: { containers: [{ name: "main", image: "web:1" }], volumes: [{ name: "v", emptyDir: {} }] },
};

const template = some({
  metadata: some({ annotations: mapOf(text) }),
  spec: some({
    containers: listOf(container("main"), container("side")),
    nodeSelector: mapOf(text),
    tolerations: fc.constantFrom(
      [{ key: "a", operator: "Exists" }],
      [{ key: "b", value: "1", effect: "NoSchedule" }],
      [],
    ),
    volumes: listOf(
      fc.constant({ name: "v", emptyDir: { medium: "Memory" } }),
      fc.constant({ name: "w", configMap: { name: "m" } }),
    ),
    terminationGracePeriodSeconds: fc.constantFrom(0, 30, 5),
    hostNetwork: fc.constant(false),
    serviceAccountName: fc.constantFrom("robot", ""),
    imagePullSecrets: listOf(fc.constant({ name: "p" }), fc.constant({ name: "q" })),
    topologySpreadConstraints: fc.constantFrom([
      {
        maxSkew: 1,
        topologyKey: "zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { a: "b" } },
      },
    ]),
  }),
});

const deployment: RandomKind = {
  kind: "Deployment",
  versions: ["apps/v1"],
  plural: "deployments",
  base: { spec: { selector: { matchLabels: { app: "x" } }, template: podBase } },
  wants: some({
    metadata,
    spec: some({
      replicas: fc.constantFrom(0, 1, 3),
      paused: fc.boolean(),
      minReadySeconds: fc.constantFrom(0, 5),
      revisionHistoryLimit: fc.constantFrom(0, 2),
      progressDeadlineSeconds: fc.constantFrom(60, 600),
      strategy: fc.constantFrom(
        { type: "Recreate" },
        { type: "RollingUpdate" },
        { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
        { rollingUpdate: { maxUnavailable: "50%", maxSurge: 2 } },
      ),
      template,
    }),
  }),
  status: some({ replicas: fc.constantFrom(1, 2), observedGeneration: fc.constantFrom(1, 2) }),
  places: [
    ["/spec/replicas", [2, 5]],
    ["/spec/template/spec/containers/0/image", ["web:9"]],
    ["/spec/template/spec/containers/0/env", [[{ name: "Z", value: "1" }]]],
    ["/spec/template/spec/containers/-", [{ name: "extra", image: "e:1" }]],
    ["/spec/template/spec/containers/1", [{ name: "other", image: "o:1" }]],
    ["/spec/strategy", [{ type: "Recreate" }]],
    ["/spec/template/spec/nodeSelector", [{ disk: "ssd" }]],
    ["/metadata/annotations/a", ["z"]],
  ],
  strategic: true,
  scale: true,
};

const widget: RandomKind = {
  kind: "Widget",
  versions: ["differential.example.com/v1", "differential.example.com/v2"],
  plural: "widgets",
  base: {},
  wants: some({
    metadata,
    spec: some({
      size: fc.constantFrom(1, 2, 30),
      replicas: fc.constantFrom(1, 2),
      colour: fc.constantFrom("red", "blue"),
      parts: listOf(
        some({ weight: fc.constantFrom(1, 2) }).map((more) => ({ name: "a", ...more })),
        some({ weight: fc.constantFrom(1, 2) }).map((more) => ({ name: "b", ...more })),
      ),
      tags: fc.constantFrom(["x"], ["x", "y"], ["y", "z"], []),
      steps: fc.constantFrom(["1"], ["1", "2"], []),
      limits: mapOf(fc.constantFrom(1, 2)),
      whole: mapOf(text),
      // An empty one becomes null in the real server's apply, which its own schema then refuses.
      free: fc.constantFrom({ any: 1 }, { any: [1, { deep: true }] }),
      port: fc.constantFrom(80, "http"),
    }),
  }),
  status: some({ phase: fc.constantFrom("Up", "Down"), replicas: fc.constantFrom(0, 1) }),
  places: [
    ["/spec", [{}, { size: 4 }]],
    ["/spec/size", [5, "5"]],
    ["/spec/parts", [[], [{ name: "c" }]]],
    ["/spec/parts/0", [{ name: "d", weight: 9 }]],
    ["/spec/tags/-", ["w"]],
    ["/spec/free/any", [{ x: null }, 3]],
    ["/spec/colour", ["green"]],
  ],
  strategic: false,
};

/** The definition of `widget`. */
export const widgetDefinition: JsonObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.differential.example.com" },
  spec: {
    group: "differential.example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets" },
    versions: ["v1", "v2"].map((name) => ({
      name,
      served: true,
      storage: name === "v1",
      subresources: {
        status: {},
        scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
      },
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: {
            spec: {
              type: "object",
              properties: {
                size: { type: "integer", default: 7, maximum: 20 },
                replicas: { type: "integer" },
                colour: { type: "string", enum: ["red", "blue", "green"] },
                parts: {
                  type: "array",
                  "x-kubernetes-list-type": "map",
                  "x-kubernetes-list-map-keys": ["name"],
                  items: {
                    type: "object",
                    required: ["name"],
                    properties: { name: { type: "string" }, weight: { type: "integer", default: 3 } },
                  },
                },
                tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
                steps: { type: "array", items: { type: "string" } },
                limits: { type: "object", additionalProperties: { type: "integer" } },
                whole: {
                  type: "object",
                  "x-kubernetes-map-type": "atomic",
                  additionalProperties: { type: "string" },
                },
                free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                port: { "x-kubernetes-int-or-string": true },
              },
            },
            status: {
              type: "object",
              properties: { phase: { type: "string" }, replicas: { type: "integer" } },
            },
          },
        },
      },
    })),
  },
};

export const randomKinds: readonly RandomKind[] = [configMap, secret, service, deployment, widget];
