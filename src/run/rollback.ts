import type { GeneratedValue } from "../model/desired.ts";
import { UserError } from "../model/errors.ts";
import type { RunResult } from "../model/events.ts";
import type { Revision, RevisionContent } from "../model/revision.ts";
import { type Milestone, newestOf, type Wish, wayBack, withRemarks } from "../plan/way-back.ts";
import type { Kube, Ports } from "../ports.ts";
import { clusterNeeded, openCluster } from "./cluster.ts";
import { numberOf, readContent, readRevisions, type StoredRevision, stackOf } from "./revisions.ts";
import { type RunContext, type UpOptions, up } from "./up.ts";

type RollbackOptions = Omit<UpOptions, "command" | "createCluster" | "stacks" | "vars" | "earlier" | "back" | "saved">;

/**
 * Plans the stacks as a revision holds them, and applies that as any plan: shown, approved, watched, recorded. No stack
 * code runs. Generated values that were made of other arguments since are put back.
 */
export async function rollback(context: RunContext, options: RollbackOptions, wish: Wish): Promise<RunResult> {
  const { ports, project, emit } = context;
  const { to, contents } = await readWay(context, options.clusterName, wish);
  const stacks = contents.map(({ stack }) => stack.name);
  if (wish.type === "before") emit({ type: "rolling-back", to, stacks });
  const earlier = new Map<string, GeneratedValue>();
  for (const { stack, generated } of contents) {
    for (const [address, value] of Object.entries(generated)) earlier.set(`${stack.name}/${address}`, value);
  }
  const gone = contents.map(({ stack }) => stack.name).filter((name) => !project.stacks.some((s) => s.name === name));
  for (const name of gone) {
    const message = `stack ${name} has left k8sctl.yaml: the next \`k8sctl up\` removes it again`;
    emit({ type: "warning", message });
  }
  const result = await up(
    { ...context, ports: { ...ports, ...portsOf(contents) } },
    {
      ...options,
      command: "rollback",
      createCluster: false,
      stacks,
      vars: {},
      earlier,
      back: { to, remarks: (plan) => withRemarks(plan, to) },
    },
  );
  if (wish.type === "before") emit({ type: "rolled-back", to, ok: result.ok });
  return result;
}

/** Goes back by itself when a run has failed that was told to. The result stays that of the failed run. */
export async function upOrBack(
  context: RunContext,
  options: UpOptions,
  onFailure: "keep" | "rollback",
): Promise<RunResult> {
  const result = await up(context, options);
  const failed = result.exitCode === 1 || result.exitCode === 3;
  if (onFailure === "keep" || !failed || result.revision === undefined) return result;
  const { emit } = context;
  const before = { type: "before", number: result.revision } as const;
  try {
    const { saved: _, ...rest } = options;
    await rollback(context, { ...rest, approved: true }, before);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const { code, message, remedy = "" } of error.problems) {
      emit({ type: "error", code, message: `not rolled back: ${message}`, remedy });
    }
  }
  return result;
}

async function readWay(
  { ports, project, emit }: RunContext,
  clusterName: string,
  wish: Wish,
): Promise<{ readonly to: number; readonly contents: readonly RevisionContent[] }> {
  const { kube: open, provider } = await openCluster(ports, project, clusterName);
  const kube = clusterNeeded(open, provider.label);
  try {
    const history = (await readRevisions(kube, project.name, project.inventoryNamespace)).map(milestone);
    const stacks = project.stacks.map(({ name }) => name);
    const way = wayBack(history, wish, stacks);
    for (const { stack, why } of way.left) {
      emit({ type: "warning", message: `stack ${stack} stays as it is: ${why}` });
    }
    const contents = await readContents(kube, project.inventoryNamespace, way.chosen, history);
    return { to: way.to, contents };
  } finally {
    kube.close();
  }
}

/** Stacks that a chosen one comes after are planned with it, as they are now. */
async function readContents(
  kube: Kube,
  namespace: string,
  chosen: readonly Revision[],
  history: readonly Milestone[],
): Promise<RevisionContent[]> {
  const contents = new Map<string, RevisionContent>();
  const waiting = [...chosen];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (contents.has(next.stack)) continue;
    const content = await readContent(kube, namespace, next);
    if (content === null) continue;
    contents.set(next.stack, content);
    for (const needed of content.stack.after) {
      const newest = newestOf(history, needed);
      if (newest !== null) waiting.push(newest);
    }
  }
  return [...contents.values()];
}

function milestone(stored: StoredRevision): Milestone {
  const { revision, error } =
    stored.type === "read" ? { revision: stored.revision, error: null } : { revision: null, error: stored.error };
  return { stack: stackOf(stored), number: numberOf(stored), revision, error };
}

/** In place of code and files: what the revisions hold of them. */
function portsOf(contents: readonly RevisionContent[]): Pick<Ports, "synth" | "sourceFile"> {
  const byStack = new Map(contents.map((content) => [content.stack.name, content]));
  return {
    synth: { synth: async () => ({ stacks: contents.map(({ stack }) => stack), problems: [], ms: 0 }) },
    sourceFile(_root, path, stack) {
      const text = byStack.get(stack)?.files[path] ?? null;
      return text === null ? null : Buffer.from(text, "base64");
    },
  };
}
