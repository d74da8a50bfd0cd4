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
}

export const usage = `npm run bench -- [options]
  --sizes 10,100,1000,5000   objects of the synthetic projects
  --runs 5                   times each case is measured (from 5000 objects on, at most 2)
  --kubeconfig FILE          measure against this cluster; default: an embedded one, started for the purpose
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
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  return {
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
