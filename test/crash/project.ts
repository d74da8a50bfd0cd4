import { configMap, deployment, terraformJson } from "../cli/stacks.ts";

/** Thirty objects in two stacks, the second after the first, with a password that is made once and used in both. */
const maps = (count: number, namespace: string, more: Readonly<Record<string, unknown>> = {}) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`m${i}`, { ...configMap(`m${i}`, { n: `${i}` }, namespace), ...more }]),
  );
const secret = (name: string, namespace: string, password: string) => ({
  metadata: { name, namespace },
  data: { password },
});
const service = (name: string, namespace: string) => ({
  metadata: { name, namespace },
  spec: { selector: { app: name }, port: [{ port: 80, target_port: "80" }] },
});

/** 8 objects. */
const base = {
  kubernetes_namespace_v1: { shop: { metadata: { name: "shop" } } },
  random_password: { db: { length: 24 }, token: { length: 32 } },
  kubernetes_secret_v1: {
    db: secret("db", "shop", "${random_password.db.result}"),
    token: secret("token", "shop", "${random_password.token.result}"),
  },
  kubernetes_service_account_v1: { web: { metadata: { name: "web", namespace: "shop" } } },
  kubernetes_config_map_v1: maps(4, "shop"),
};

/** 22 objects. */
const web = (image: string, count: number) => ({
  random_password: { session: { length: 24 } },
  kubernetes_namespace_v1: { front: { metadata: { name: "front" } } },
  kubernetes_secret_v1: { session: secret("session", "front", "${random_password.session.result}") },
  kubernetes_config_map_v1: maps(count, "front", { depends_on: ["kubernetes_secret_v1.session"] }),
  kubernetes_service_v1: Object.fromEntries(["a", "b", "c", "d"].map((n) => [n, service(n, "front")])),
  kubernetes_deployment_v1: Object.fromEntries(
    ["a", "b"].map((n) => [
      n,
      { ...deployment(n, { namespace: "front", image, replicas: 2 }), depends_on: ["kubernetes_secret_v1.session"] },
    ]),
  ),
});

/** What the code wants, by file: at first, and after a change that updates, adds and prunes. */
export const versions = {
  first: { "stacks/base.tf.json": terraformJson(base), "stacks/web.tf.json": terraformJson(web("web:1", 14)) },
  second: {
    "stacks/base.tf.json": terraformJson({ ...base, kubernetes_service_account_v1: {} }),
    "stacks/web.tf.json": terraformJson({
      ...web("web:2", 10),
      kubernetes_config_map_v1: { ...maps(10, "front"), ...{ added: configMap("added", {}, "front") } },
    }),
  },
} as const;

const PROJECT = "crash";

export function projectFile(context: string): string {
  return `project: ${PROJECT}
clusters:
  dev: { provider: context, context: ${JSON.stringify(context)}, kubeconfig: kubeconfig.yaml }
stacks:
  - { file: stacks/base.tf.json }
  - { file: stacks/web.tf.json, after: [base] }
`;
}
