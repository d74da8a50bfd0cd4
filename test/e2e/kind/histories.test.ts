import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KindProject, makeProject } from "./project.ts";
import { recordHistory } from "./recorder.ts";
import { command, deployment, jsonStack } from "./stacks.ts";

/**
 * The same stacks on kind and on the embedded cluster: what a client sees on the way, and where it ends. K8SCTL_HISTORIES
 * names a folder that gets what was seen.
 */
const NAME = "k8sctl-histories";
const NODE = process.env["K8SCTL_KIND_NODE_IMAGE"];
let owner: KindProject;

beforeAll(async () => {
  const image = NODE === undefined ? "" : `, image: ${NODE}`;
  owner = makeProject({
    "kind-config.yaml": `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{ role: control-plane${image} }]\n`,
    "k8sctl.yaml": projectYaml("owner", []),
  });
  await owner.run("kind", "delete", "cluster", "--name", NAME);
  for (const cluster of ["kind", "embedded"]) {
    const made = await owner.k8sctl("cluster", "create", "--cluster", cluster);
    expect(made.stderr + made.stdout).toContain("is up");
    await owner.k8sctl("cluster", "kubeconfig", "--cluster", cluster, "--out", join(owner.folder, cluster));
  }
});
afterAll(async () => {
  await owner.run("kind", "delete", "cluster", "--name", NAME);
  await owner.k8sctl("cluster", "delete", "--cluster", "embedded", "--yes");
  owner.remove();
});

function projectYaml(name: string, files: readonly string[]): string {
  const stacks = files.length === 0 ? " []" : files.map((file) => `\n  - { file: ${file} }`).join("");
  return `project: ${name}
clusters:
  kind: { provider: kind, name: ${NAME}, config: kind-config.yaml }
  embedded: { provider: embedded, name: ${NAME} }
defaultCluster: kind
stacks:${stacks}
`;
}

/** The embedded cluster goes by the annotation, kind by what really happens. */
const failing = (kind: string, of: ReturnType<typeof deployment>) => {
  const { template } = of.spec;
  const metadata = { ...template.metadata, annotations: { "embedded.k8sctl.dev/fail": kind } };
  return { ...of, spec: { ...of.spec, template: { ...template, metadata } } };
};
const job = (namespace: string, script: string, fail: string | null) => ({
  metadata: { name: "job", namespace },
  wait_for_completion: true,
  spec: {
    backoff_limit: 0,
    template: {
      metadata: fail === null ? {} : { annotations: { "embedded.k8sctl.dev/fail": fail } },
      spec: { restart_policy: "Never", container: [{ name: "main", image: "busybox:1.37", command: command(script) }] },
    },
  },
});

type Resources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const scenarios: readonly (readonly [string, (namespace: string) => Resources])[] = [
  ["rollout", (ns) => ({ kubernetes_deployment_v1: { web: deployment("web", ns, { replicas: 2 }) } })],
  [
    "crash",
    (ns) => ({
      kubernetes_deployment_v1: { web: failing("crash", deployment("web", ns, { command: command("exit 1") })) },
    }),
  ],
  ["nowhere", (ns) => ({ kubernetes_deployment_v1: { web: deployment("web", ns, { node: "elsewhere" }) } })],
  [
    "image",
    (ns) => ({ kubernetes_deployment_v1: { web: failing("image-pull", deployment("web", ns, { image: "none:1" })) } }),
  ],
  ["job", (ns) => ({ kubernetes_job_v1: { job: job(ns, "sleep 1", null) } })],
  ["job-fails", (ns) => ({ kubernetes_job_v1: { job: job(ns, "exit 1", "job-fail") } })],
];

/** What one has and the other has not. */
function only(a: ReadonlyMap<string, readonly string[]>, b: ReadonlyMap<string, readonly string[]>): string[] {
  return [...a].flatMap(([kind, states]) =>
    states.filter((state) => !(b.get(kind) ?? []).includes(state)).map((state) => `${kind}: ${state}`),
  );
}

/** Conditions with their reasons: what a status rule goes by. */
function reasons(history: ReadonlyMap<string, readonly string[]>, kind: string): string[] {
  const words = (history.get(kind) ?? []).flatMap((state) => state.split(" ").filter((word) => word.includes("=")));
  return [...new Set(words.filter((word) => /\(/.test(word)))].sort();
}

async function play(place: KindProject, scenario: string, cluster: "kind" | "embedded") {
  const kubeconfig = join(owner.folder, cluster);
  await place.run("kubectl", "--kubeconfig", kubeconfig, "create", "namespace", scenario);
  let code = -1;
  const history = await recordHistory(kubeconfig, scenario, async () => {
    code = (await place.k8sctl("apply", "--yes", "--cluster", cluster, "--timeout", "60")).exitCode;
  });
  return { history, code };
}

test.each(scenarios)("%s: ends alike, with the same conditions of its workload", async (scenario, resources) => {
  const place = makeProject(
    { "s.tf.json": jsonStack(resources(scenario)), "k8sctl.yaml": projectYaml(scenario, ["s.tf.json"]) },
    owner,
  );
  place.write("kind-config.yaml", "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n");
  const [real, played] = await Promise.all([play(place, scenario, "kind"), play(place, scenario, "embedded")]);
  place.remove();
  const folder = process.env["K8SCTL_HISTORIES"];
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    const text = {
      kind: [...real.history],
      embedded: [...played.history],
      onlyKind: only(real.history, played.history),
      onlyEmbedded: only(played.history, real.history),
    };
    writeFileSync(join(folder, `${scenario}.json`), `${JSON.stringify(text, null, 1)}\n`);
  }
  expect(played.code).toBe(real.code);
  expect(real.history.get("Pod")?.length).toBeGreaterThan(1);
  // A container without a probe that ends at once is ready for a moment: both runs say that it failed, but only the real
  // Deployment is seen in that moment.
  if (scenario === "crash") {
    expect(real.code).toBe(3);
    return;
  }
  for (const kind of ["Deployment", "Job"]) {
    expect(reasons(played.history, kind)).toEqual(reasons(real.history, kind));
    expect(played.history.get(kind)?.at(-1)).toBe(real.history.get(kind)?.at(-1));
  }
});
