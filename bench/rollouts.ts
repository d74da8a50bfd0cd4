/*
 * What it costs to follow many rollouts at once: `up` of a thousand Deployments that take 20 s each, on an embedded
 * cluster in a process of its own. `npm run build && npx jiti bench/rollouts.ts [objects]`
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PER_NAMESPACE = 100;
const PAGE_BYTES = 4096;
const TICK_MS = 10;

const count = Number(process.argv[2] ?? 1000);
const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "k8sctl-rollouts-"));
const folder = join(scratch, "project");
const env = { ...process.env, K8SCTL_HOME: join(scratch, "home"), KUBECONFIG: join(scratch, "kubeconfig") };

const STACK = `import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";

export default class Many extends TerraformStack {
  constructor(scope, id, { vars }) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    for (let i = 0; i < vars.count; i += 1) {
      const space = "many-" + Math.floor(i / vars.perNamespace);
      if (i % vars.perNamespace === 0) new NamespaceV1(this, space, { metadata: { name: space } });
      const labels = { app: "web-" + i };
      new DeploymentV1(this, "web-" + i, {
        metadata: { name: "web-" + i, namespace: space },
        spec: {
          replicas: "1",
          selector: { matchLabels: labels },
          template: {
            metadata: { labels, annotations: { "embedded.k8sctl.dev/fail": "slow" } },
            spec: { container: [{ name: "web", image: "nginx:1.29" }] },
          },
        },
      });
    }
  }
}
`;

function usageOf(pid: number): { rss: number; cpuMs: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user = "0", system = "0"] = fields.slice(11, 13);
  return { rss: Number(fields[21] ?? 0) * PAGE_BYTES, cpuMs: (Number(user) + Number(system)) * TICK_MS };
}

interface Sample {
  readonly at: number;
  readonly rss: number;
  readonly cpuMs: number;
}

async function measure(): Promise<void> {
  const child = spawn(process.execPath, [join(root, "bin/k8sctl.js"), "up", "--yes", "--output", "json"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const samples: Sample[] = [];
  let applied = 0;
  let rest = "";
  let exitCode: number | null = null;
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    if (lines.some((line) => line.includes('"type":"object-applied"'))) applied = performance.now();
  });
  const timer = setInterval(() => {
    try {
      samples.push({ at: performance.now(), ...usageOf(child.pid ?? 0) });
    } catch {
      // It has just ended.
    }
  }, 250);
  await new Promise<void>((resolve) =>
    child.on("close", (code) => {
      exitCode = code;
      resolve();
    }),
  );
  clearInterval(timer);
  const following = samples.filter((sample) => sample.at > applied);
  const [first, last] = [following[0], following.at(-1)];
  if (first === undefined || last === undefined) throw new Error("nothing was followed");
  const share = (last.cpuMs - first.cpuMs) / (last.at - first.at);
  const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
  console.log(
    [
      `${count} rollouts, exit code ${exitCode}`,
      `followed for ${((last.at - first.at) / 1000).toFixed(1)} s after the last object was applied`,
      `CPU of k8sctl meanwhile: ${(share * 100).toFixed(1)} % of a core`,
      `memory when the last was applied: ${mib(first.rss)} MiB`,
      `memory meanwhile: ${mib(Math.max(...following.map((sample) => sample.rss)))} MiB at most, at the end ${mib(last.rss)} MiB; of the whole run ${mib(Math.max(...samples.map((sample) => sample.rss)))} MiB`,
    ].join("\n"),
  );
}

async function command(...args: readonly string[]): Promise<void> {
  await new Promise<void>((resolve) => {
    spawn(process.execPath, [join(root, "bin/k8sctl.js"), ...args], {
      cwd: folder,
      env,
      stdio: ["ignore", "ignore", "inherit"],
    }).on("close", () => resolve());
  });
}

mkdirSync(join(folder, "stacks"), { recursive: true });
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
writeFileSync(join(folder, "stacks/many.ts"), STACK);
writeFileSync(
  join(folder, "k8sctl.yaml"),
  `project: rollouts
clusters:
  bench: { provider: embedded, name: rollouts }
stacks:
  - { file: stacks/many.ts, vars: { count: ${count}, perNamespace: ${PER_NAMESPACE} } }
`,
);
try {
  await command("cluster", "create");
  await measure();
} finally {
  await command("cluster", "delete", "--yes");
  await command("cluster", "delete");
  rmSync(scratch, { recursive: true, force: true });
}
