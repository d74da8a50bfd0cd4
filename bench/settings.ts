import { parseArgs } from "node:util";

export interface Settings {
  /** Numbers of objects to measure with. */
  readonly sizes: readonly number[];
  /** Times each case is measured; the median counts. */
  readonly runs: number;
  /** null: an embedded cluster of the benchmark's own. */
  readonly kubeconfig: string | null;
  /** null: the kubeconfig's current context. */
  readonly context: string | null;
  readonly jsonFile: string | null;
  /** Which server is started where no kubeconfig names one. */
  readonly server: "embedded" | "real";
  /** Measures kubectl and Terraform beside k8sctl, in place of everything else. */
  readonly peers: boolean;
}

export const usage = `npm run bench -- [options]
  --sizes 10,100,1000,5000   objects of the synthetic projects
  --runs 5                   times each case is measured (from 5000 objects on, at most 2)
  --server embedded|real     start this one for the purpose; real: etcd and kube-apiserver as docs/testing.md builds them
  --kubeconfig FILE          measure against this cluster instead
  --peers                    measure kubectl and Terraform beside k8sctl, and nothing else; those that are not there are left out
  --context NAME             context of that kubeconfig; default: its current one
  --json FILE                write all figures there too
`;

/** Throws Error for what it cannot read. */
export function parseSettings(argv: readonly string[]): Settings | "help" {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      sizes: { type: "string", default: "10,100,1000,5000" },
      runs: { type: "string", default: "5" },
      kubeconfig: { type: "string" },
      context: { type: "string" },
      json: { type: "string" },
      server: { type: "string", default: "embedded" },
      peers: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  if (values.server !== "embedded" && values.server !== "real")
    throw new Error(`--server: ${values.server} is neither embedded nor real`);
  return {
    server: values.server,
    peers: values.peers,
    sizes: values.sizes
      .split(",")
      .filter(Boolean)
      .map((text) => wholeNumber("--sizes", text)),
    runs: wholeNumber("--runs", values.runs),
    kubeconfig: values.kubeconfig ?? null,
    context: values.context ?? null,
    jsonFile: values.json ?? null,
  };
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option}: ${text} is not a whole number above 0`);
  return number;
}
