/** Objects that the recordings worked on and that were made without being recorded. */

const listed = "/api/v1/namespaces/x-list";

function configMap(name: string, metadata: object = {}): Made {
  const path = "/api/v1/namespaces/x-delete/configmaps";
  return { path, body: { metadata: { name, ...metadata }, data: { a: "1" } } };
}

export interface Made {
  /** POST where absent; PATCH is a merge patch. */
  readonly method?: "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
  /** Name of the exchange before which it was made; absent: before the first. */
  readonly before?: string;
}

/** What was made for the recordings without being recorded. */
export const madeBefore: Readonly<Record<string, readonly Made[]>> = {
  "list-watch": [
    ...[0, 1, 2, 3, 4].map((n) => ({
      path: `${listed}/configmaps`,
      body: {
        metadata: { name: `c${n}`, labels: { n: String(n), tier: n % 2 === 1 ? "web" : "db" } },
        data: { a: "1" },
      },
    })),
    {
      before: "fieldselector-pod-phase",
      path: `${listed}/pods`,
      body: { metadata: { name: "p" }, spec: { containers: [{ name: "x", image: "registry.example/tools:1.0" }] } },
    },
    ...(
      [
        { method: "PATCH", path: `${listed}/configmaps/c1`, body: { data: { a: "2" } } },
        { method: "PATCH", path: `${listed}/configmaps/c1`, body: { metadata: { labels: { tier: "db" } } } },
        { method: "PATCH", path: `${listed}/configmaps/c2`, body: { metadata: { labels: { tier: "web" } } } },
        { method: "DELETE", path: `${listed}/configmaps/c3` },
        {
          path: `${listed}/configmaps`,
          body: { metadata: { name: "c9", labels: { tier: "web" } }, data: { a: "1" } },
        },
      ] as const
    ).map((made) => ({ ...made, before: "watch-from-resourceversion" })),
  ],
  delete: [
    ...["a", "b", "c", "e"].map((name) => configMap(name)),
    ...["bg", "fg", "orphan", "dflt"].map((name) => ({
      path: "/apis/apps/v1/namespaces/x-delete/deployments",
      body: {
        metadata: { name, labels: { app: name } },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { containers: [{ name: "web", image: "registry.example/web:1.0", ports: [{ containerPort: 80 }] }] },
          },
        },
      },
    })),
    {
      ...configMap("held", { finalizers: ["x.example.com/hold"] }),
      before: "delete-with-finalizer-returns-the-object",
    },
    { ...configMap("d1", { labels: { x: "y" } }), before: "deletecollection-with-selector" },
    { ...configMap("d2", { labels: { x: "y" } }), before: "deletecollection-with-selector" },
    {
      path: "/api/v1/namespaces/x-delete/services",
      body: { metadata: { name: "s" }, spec: { selector: { app: "s" }, ports: [{ port: 80 }] } },
    },
    { path: "/api/v1/namespaces/x-delete/secrets", body: { metadata: { name: "s" } } },
    { path: "/api/v1/namespaces", body: { metadata: { name: "x-delete-2" } } },
    configMap("orphaned", {
      ownerReferences: [
        { apiVersion: "v1", kind: "ConfigMap", name: "nobody", uid: "11111111-1111-1111-1111-111111111111" },
      ],
    }),
  ],
  errors: [
    { path: "/api/v1/namespaces/x-errors/configmaps", body: { metadata: { name: "one" }, data: { a: "1" } } },
    ...grantedToAlice("patch-only-user-applies-existing", "patch-only", {
      verbs: ["patch"],
      apiGroups: [""],
      resources: ["configmaps"],
    }),
    ...grantedToAlice("privilege-escalation-role-403", "role-maker", {
      verbs: ["create"],
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["roles"],
    }),
    { path: "/api/v1/namespaces", body: { metadata: { name: "x-errors-term" } } },
    {
      path: "/api/v1/namespaces/x-errors-term/configmaps",
      body: { metadata: { name: "held", finalizers: ["example.com/hold"] } },
    },
  ],
};

function grantedToAlice(before: string, name: string, rule: object): Made[] {
  const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/x-errors";
  const apiGroup = "rbac.authorization.k8s.io";
  const binding = { roleRef: { apiGroup, kind: "Role", name }, subjects: [{ apiGroup, kind: "User", name: "alice" }] };
  return [
    { before, path: `${path}/roles`, body: { metadata: { name }, rules: [rule] } },
    { before, path: `${path}/rolebindings`, body: { metadata: { name }, ...binding } },
  ];
}

export const restricted = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
};
