import type { Problem } from "../model/errors.ts";
import type { Emit, RunEvent, RunEventBody, RunResult } from "../model/events.ts";
import { EVENT_VERSION } from "../model/events.ts";
import type { Project } from "../model/project.ts";
import type { Ports } from "../ports.ts";
import type { RunView } from "../view/run-view.ts";
import { confirmContext } from "./confirm.ts";
import { describeHead, problemsOf } from "./exit.ts";
import type { CliIo } from "./io.ts";
import { liveLogs } from "./live-logs.ts";
import type { Options } from "./options.ts";
import { clusterOf, loadProject } from "./options.ts";
import { openReports } from "./reports.ts";
import { openRunView } from "./views.ts";
import { makePorts, placeFields } from "./wire.ts";

/** What a command that runs against a cluster works with. */
export interface Session {
  readonly project: Project;
  /** Its key in k8sctl.yaml. */
  readonly clusterName: string;
  readonly ports: Ports;
  readonly view: RunView;
  readonly emit: Emit;
  /** First Ctrl-C: start nothing new. */
  readonly drain: AbortSignal;
  /** Second Ctrl-C: stop at once. */
  readonly now: AbortSignal;
}

/**
 * Runs a use case with a view on its events. A failure that is not a bug becomes `error` events and a last `finished`,
 * so that every reader of the stream sees one shape of end; the view prints it.
 */
export async function withSession(
  io: CliIo,
  options: Options,
  command: Extract<RunEventBody, { type: "started" }>["command"],
  work: (session: Session) => Promise<RunResult>,
): Promise<number> {
  const ports = makePorts(io);
  const found = await findProject(io, options, ports);
  if (found === null) return 1;
  const { project, clusterName, cluster } = found;
  if (command === "up" || command === "apply" || command === "rollback" || command === "down") {
    await confirmContext(io, options, project, ports.cluster(project, clusterName));
  }
  const start = ports.clock.monotonic();
  const drain = new AbortController();
  const now = new AbortController();
  const interrupt = (): void => {
    const how = drain.signal.aborted ? "now" : "drain";
    (how === "now" ? now : drain).abort();
    // A watch has no other end: leaving it interrupts nothing.
    if (command !== "status") emit({ type: "interrupted", how, resume: resumeAfter(command) });
  };
  const reporting = await openReports(io, options, ports.files);
  const view = reporting(await openRunView(io, options, interrupt, liveLogs(ports, project, clusterName)));
  const emit: Emit = (body) => {
    view.event({ v: EVENT_VERSION, t: Math.round(ports.clock.monotonic() - start), ...body } as RunEvent);
  };
  const stop = io.onInterrupt(interrupt);
  try {
    emit({ type: "started", command, project: project.name, cluster });
    const session = { project, clusterName, ports, view, emit, drain: drain.signal, now: now.signal };
    const result = await work(session);
    emit({ type: "finished", ...result });
    return result.exitCode;
  } catch (error) {
    const found = problemsOf(error);
    const problems = found === null ? null : await placeFields(project, found);
    const interrupted = drain.signal.aborted;
    const exitCode = interrupted ? 130 : 1;
    for (const problem of problems ?? []) emit(errorEvent(problem));
    emit({ type: "finished", ok: false, exitCode, counts: NO_COUNTS });
    // What is no problem of the user's is a bug, unless it is the interrupt itself coming back as an error.
    if (problems === null && !interrupted) throw error;
    return exitCode;
  } finally {
    stop();
    await view.close();
  }
}

function resumeAfter(command: string): string {
  const again = `\`k8sctl ${command}\` goes on from here`;
  return command === "down" ? again : `\`k8sctl status --watch\` shows the rollout; ${again}`;
}

interface Found {
  readonly project: Project;
  readonly clusterName: string;
  /** `embedded/dev` */
  readonly cluster: string;
}

/** null where k8sctl.yaml stands in the way of a start and a program reads us: its stream then ends as all do. */
async function findProject(io: CliIo, options: Options, ports: Ports): Promise<Found | null> {
  try {
    const project = await loadProject(io, options);
    const clusterName = clusterOf(project, options);
    return { project, clusterName, cluster: ports.cluster(project, clusterName).label };
  } catch (error) {
    const problems = problemsOf(error);
    if (options.output !== "json" || problems === null) throw error;
    const view = await openRunView(io, options, () => undefined);
    for (const problem of problems) view.event({ v: EVENT_VERSION, t: 0, ...errorEvent(problem) });
    view.event({ v: EVENT_VERSION, t: 0, type: "finished", ok: false, exitCode: 1, counts: NO_COUNTS });
    await view.close();
    return null;
  }
}

function errorEvent(problem: Problem): Extract<RunEventBody, { type: "error" }> {
  const { code, remedy = "", position } = problem;
  const message = `${describeHead(problem)}${problem.message}`;
  return { type: "error", code, message, remedy, ...(position === undefined ? {} : { position }) };
}

const NO_COUNTS = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 };
