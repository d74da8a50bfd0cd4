import { createInterface } from "node:readline/promises";
import { userError } from "../model/errors.ts";
import type { Project } from "../model/project.ts";
import type { ClusterProvider } from "../ports.ts";
import type { CliIo } from "./io.ts";
import { isTerminal } from "./io.ts";
import type { Options } from "./options.ts";

/** Asks for a yes on the terminal; --yes answers for the person. Throws UserError where nobody can say yes, or says no. */
export async function confirm(io: CliIo, options: Options, question: string): Promise<void> {
  if (options.yes === true) return;
  if (!isTerminal(io.stdin)) {
    throw unanswered(question);
  }
  if (!/^y(es)?$/i.test(await ask(io, `${question} [y/N] `))) throw userError("declined", "nothing was changed");
}

/**
 * Asks for a name before that which is not ours is deleted; --yes answers for the person, who has named it already.
 * Throws UserError `approval-needed` and `declined`.
 */
export async function confirmName(io: CliIo, options: Options, name: string, why: string): Promise<void> {
  if (options.yes === true) return;
  if (!isTerminal(io.stdin)) {
    throw unanswered(why);
  }
  const answer = await ask(io, `${why} Type its name (${name}) to delete it and everything in it: `);
  if (answer !== name) throw userError("declined", `that is not ${name}; nothing was changed`);
}

function unanswered(question: string): Error {
  return userError("approval-needed", `${question} There is no terminal to ask at`, {
    remedy: "run it again with --yes to say yes",
  });
}

async function ask(io: CliIo, question: string): Promise<string> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}

/**
 * Asks for the name of a context whose cluster is elsewhere before anything in it is changed: a wrong current context is
 * how production gets hit. Not with --yes, not for `allowedContexts`, and not without a terminal, where the plan's own
 * approval needs --yes. Throws UserError `declined`.
 */
export async function confirmContext(
  io: CliIo,
  options: Options,
  project: Project,
  cluster: ClusterProvider,
): Promise<void> {
  if (cluster.provider !== "context" || options.yes === true || !isTerminal(io.stdin)) return;
  const { label } = cluster;
  if (project.allowedContexts?.includes(label) === true) return;
  // What is wrong with the kubeconfig is for the run to say.
  const server = await cluster.access().then(
    (access) => access.server,
    () => null,
  );
  if (server === null || isLocal(server)) return;
  if ((await ask(io, `${label} is at ${server}, not on this machine. Type its name to go on: `)) === label) return;
  throw userError("declined", `that is not ${label}; nothing was changed`, {
    remedy: "list the context under `allowedContexts` in k8sctl.yaml to be asked no more",
  });
}

/** Whether the address cannot lead off this machine (RFC 6761 for localhost; Docker Desktop's own name). */
function isLocal(server: string): boolean {
  const host = new URL(server).hostname;
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|(.+\.)?localhost|kubernetes\.docker\.internal)$/.test(host);
}
