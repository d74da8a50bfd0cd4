import { isMadeLate } from "../desired/random.ts";
import type { GeneratedValue, SynthStack } from "../model/desired.ts";
import { KubeError } from "../model/errors.ts";
import type { Emit, ExitCode } from "../model/events.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Plan, StackPlan } from "../model/plan.ts";
import type { Revision, RevisionContent, RevisionItem, RevisionResult } from "../model/revision.ts";
import { countActions } from "../plan/counts.ts";
import type { Clock, Kube, Ports } from "../ports.ts";
import {
  deleteRevision,
  finishRevision,
  numberOf,
  readRevisions,
  type StoredRevision,
  stackOf,
  writeRevision,
} from "./revisions.ts";

/** Revisions of a stack that are kept; the newest good one always is. */
const KEPT = 10;
/** Compressed bytes of one stack's revisions together. */
const KEPT_BYTES = 8 * 1024 * 1024;

interface RecordingInput {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly identity: Ports["identity"];
  readonly emit: Emit;
  readonly project: string;
  readonly namespace: string;
  readonly command: Revision["command"];
  readonly backTo: number | null;
  readonly stacks: readonly SynthStack[];
  /** What `file()` and its kind have read, by `stack path`. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
}

/** One run's entry in the history of the stacks that it changes: written before the first change, finished after the last. */
export class Recording {
  readonly #input: RecordingInput;
  #written: { revision: Revision; secret: KubeObject }[] = [];
  #before: readonly StoredRevision[] = [];

  constructor(input: RecordingInput) {
    this.#input = input;
  }

  /** Of the run; null where it changes nothing, or could not be recorded. */
  get number(): number | null {
    return this.#written[0]?.revision.number ?? null;
  }

  /** A history that cannot be written holds no run up: it is told. */
  async begin(plan: Plan, generated: ReadonlyMap<string, GeneratedValue>): Promise<void> {
    const changed = plan.stacks.filter(changes);
    if (changed.length === 0) return;
    const { kube, namespace, project, emit } = this.#input;
    try {
      this.#before = await readRevisions(kube, project, namespace);
      const number = Math.max(0, ...this.#before.map(numberOf)) + 1;
      const startedAt = new Date(this.#input.clock.wall()).toISOString();
      for (const stack of changed) {
        const content = this.#contentOf(stack, generated);
        this.#written.push(await writeRevision(kube, namespace, this.#headOf(stack, number, startedAt), content));
      }
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      emit({ type: "warning", message: `this run is not in the history: ${error.message}` });
    }
  }

  /** What came of it. Old revisions go. Best effort: the run itself is over. */
  async finish(exitCode: ExitCode): Promise<void> {
    const { kube, namespace, project, clock } = this.#input;
    const finishedAt = new Date(clock.wall()).toISOString();
    for (const { revision, secret } of this.#written) {
      const done = { ...revision, result: resultOf(exitCode), finishedAt };
      await finishRevision(kube, namespace, { revision: done, secret });
      const older = this.#before.filter((stored) => stackOf(stored) === revision.stack);
      for (const old of surplus(older, done)) await deleteRevision(kube, namespace, project, old);
    }
  }

  #headOf(stack: StackPlan, number: number, startedAt: string): Omit<Revision, "content"> {
    const { project, command, backTo, identity } = this.#input;
    return {
      project,
      stack: stack.name,
      number,
      command,
      ...(backTo === null ? {} : { backTo }),
      by: { user: identity.user ?? "", host: identity.host },
      startedAt,
      finishedAt: null,
      result: "running",
      counts: countActions(stack.items),
      items: stack.items.filter(({ action }) => action !== "unchanged").map(itemOf),
      generated: stack.generated
        .filter(({ action }) => action !== "unchanged")
        .map(({ action, resource }) => ({ action, address: resource.address })),
    };
  }

  #contentOf({ name }: StackPlan, generated: ReadonlyMap<string, GeneratedValue>): RevisionContent | null {
    const stack = this.#input.stacks.find((each) => each.name === name);
    if (stack === undefined) return null;
    const own = <T>(entries: Iterable<readonly [string, T]>, separator: string) =>
      [...entries].flatMap(([key, value]) =>
        key.startsWith(`${name}${separator}`) ? [[key.slice(name.length + 1), value] as const] : [],
      );
    const files = own(this.#input.files, " ").map(([path, bytes]) => [
      path,
      bytes === null ? null : Buffer.from(bytes).toString("base64"),
    ]);
    // Going back makes no token of then: it has ended, or belongs to an account that is gone.
    const values = own(generated, "/").filter(([, { type }]) => !isMadeLate(type));
    return { stack, files: Object.fromEntries(files), generated: Object.fromEntries(values) };
  }
}

function changes(stack: StackPlan): boolean {
  return (
    stack.items.some(({ action }) => action !== "unchanged" && action !== "forget") ||
    stack.generated.some(({ action }) => action !== "unchanged")
  );
}

/** The fields of a new object are in the content. */
function itemOf({ id, action, changes: fields, consequences, why }: StackPlan["items"][number]): RevisionItem {
  return { id, action, changes: action === "create" ? [] : fields, consequences, why };
}

function resultOf(exitCode: ExitCode): RevisionResult {
  if (exitCode === 0 || exitCode === 2) return "ok";
  if (exitCode === 3) return "not-ready";
  return exitCode === 130 ? "interrupted" : "failed";
}

/** What is beyond the bounds, the oldest first; never the newest that went well. */
function surplus(older: readonly StoredRevision[], newest: Revision): StoredRevision[] {
  const good = older.findLast((stored) => stored.type === "read" && stored.revision.result === "ok");
  let count = 1;
  let bytes = newest.content?.bytes ?? 0;
  return [...older].reverse().filter((stored) => {
    count += 1;
    bytes += stored.type === "read" ? (stored.revision.content?.bytes ?? 0) : 0;
    return (count > KEPT || bytes > KEPT_BYTES) && (stored !== good || newest.result === "ok");
  });
}
