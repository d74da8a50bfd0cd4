/** Terraform JSON, as CDKTF would write it. */
export function jsonStack(resource: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string {
  return `${JSON.stringify({ resource }, null, 2)}\n`;
}

/** k8sctl.yaml of a project on a kind cluster that another project's config describes. */
export function projectYaml(name: string, cluster: string, files: readonly string[]): string {
  const stacks = files.map((file) => `  - { file: ${file} }\n`).join("");
  return `project: ${name}\nclusters: { kind: { provider: kind, name: ${cluster} } }\nstacks:\n${stacks}`;
}

export function command(script: string): string[] {
  return ["sh", "-c", script];
}

/** A Deployment of one container: nginx, or busybox where a command is given. */
export function deployment(
  name: string,
  namespace: string,
  options: {
    readonly replicas?: number;
    readonly image?: string;
    readonly command?: readonly string[];
    readonly env?: string;
    readonly label?: string;
    readonly node?: string;
    readonly probe?: readonly string[];
    /** Seconds until it is ready. */
    readonly after?: number;
    readonly deadline?: number;
  },
) {
  const labels = { app: options.label ?? name };
  const image = options.image ?? (options.command === undefined ? "nginx:1.29.3-alpine" : "busybox:1.37");
  const probe = options.probe ?? (options.after === undefined ? undefined : ["true"]);
  return {
    metadata: { name, namespace },
    spec: {
      replicas: String(options.replicas ?? 1),
      progress_deadline_seconds: options.deadline ?? 600,
      selector: { match_labels: labels },
      template: {
        metadata: { labels },
        spec: {
          termination_grace_period_seconds: 1,
          ...(options.node === undefined ? {} : { node_selector: { place: options.node } }),
          container: [
            {
              name: "main",
              image,
              ...(options.command === undefined ? {} : { command: options.command }),
              env: [{ name: "SETTING", value: options.env ?? "first" }],
              ...(probe === undefined
                ? {}
                : {
                    readiness_probe: {
                      exec: { command: probe },
                      initial_delay_seconds: options.after ?? 1,
                      period_seconds: 2,
                    },
                  }),
            },
          ],
        },
      },
    },
  };
}
