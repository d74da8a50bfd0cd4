import type { Problem } from "../model/errors.ts";

/** The step that a line of `kind create cluster` begins, without its picture: ` • Preparing nodes 📦  ...`; else null. */
export function stepOf(line: string): string | null {
  const step = /^\s*•\s+(.*?)\s*(?:\.\.\.)?\s*$/u.exec(line)?.[1];
  return step === undefined ? null : step.replace(/(?:\p{Extended_Pictographic}|\uFE0F|\u200D)+/gu, "").trim();
}

/** Why `kind` failed, from what it printed on stderr. `config` is the file it was given, as the user knows it. */
export function kindProblem(what: string, stderr: string, config: string | null): Problem {
  const cause = causeOf(stderr);
  const known = KNOWN.find(({ pattern }) => pattern.test(stderr));
  const line = /line (\d+):/.exec(cause)?.[1];
  return {
    code: known?.code ?? "kind-failed",
    message: `kind could not ${what}: ${cause}`,
    remedy: known?.remedy ?? "run the same `kind` command by hand with --retain and look at `kind export logs`",
    severity: "error",
    ...(known?.code === "kind-config" && config !== null
      ? { position: { file: config, line: Number(line ?? 1) } }
      : {}),
  };
}

const KNOWN: readonly { readonly code: string; readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    code: "port-taken",
    pattern: /port is already allocated|address already in use/i,
    remedy: "end the program that listens on that port, or change hostPort in the kind config",
  },
  {
    code: "cluster-exists",
    pattern: /node\(s\) already exist for a cluster with the name/,
    remedy: "remove the remains with `kind delete cluster`, or choose another name",
  },
  {
    code: "kind-config",
    pattern: /unable to decode config|unknown apiVersion|invalid configuration|error reading file|unmarshal errors/i,
    remedy: "correct the kind config (https://kind.sigs.k8s.io/docs/user/configuration/)",
  },
  {
    code: "kind-name",
    pattern: /is not a valid cluster name/,
    remedy: "give the cluster another `name:` in k8sctl.yaml",
  },
  {
    code: "kind-kubeadm",
    pattern: /failed to init node with kubeadm|failed to join node with kubeadm/,
    remedy: "look at the patches and feature gates of the kind config, and at the memory that the container engine has",
  },
  {
    code: "kind-image",
    pattern: /failed to pull image|pull access denied|manifest unknown|no matching manifest/i,
    remedy: "check the network and the node image in the kind config, or load the image with `docker pull` first",
  },
  {
    code: "cluster-missing",
    pattern: /could not locate any control plane nodes/,
    remedy: "create it with `k8sctl cluster create`",
  },
  {
    code: "disk-full",
    pattern: /no space left on device/i,
    remedy: "free some space (`docker system prune` removes what no container uses)",
  },
];

/**
 * One sentence out of kind's report: after `Command Output:` stands what the failing program said, which tells more
 * than the long command line in the ERROR line.
 */
function causeOf(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith("ERROR:"));
  if (start < 0) return lines.filter((line) => line !== "").at(-1) ?? "it printed nothing";
  const said = lines.slice(start);
  const stack = said.findIndex((line) => line.startsWith("Stack Trace:"));
  const report = (stack < 0 ? said : said.slice(0, stack)).filter((line) => line !== "");
  const output = report.findIndex((line) => line.startsWith("Command Output:"));
  if (output < 0) return clipped(report.join(" ").replace(/^ERROR: (failed to create cluster: )?/, ""));
  const answer = report.slice(output).map((line) => line.replace(/^Command Output:\s*/, ""));
  // docker run first prints the id of the container that it could not start.
  const words = answer.filter((line) => line !== "" && !/^[0-9a-f]{64}$/.test(line));
  // kubeadm sums up at the end of a long log, and lists what it found under the sum.
  const sum = words.findIndex((line) => /^error: |^error execution phase/.test(line));
  if (sum >= 0) {
    const found = words.slice(sum + 1).filter((line) => line.startsWith("[ERROR"));
    return clipped([words[sum]!.replace(/^error: /, ""), ...found].join(" "));
  }
  const telling = words.find((line) => /error|fail|cannot|denied/i.test(line)) ?? words[0];
  return clipped(telling ?? report[0]!.replace(/^ERROR: /, ""));
}

function clipped(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)} …` : text;
}
