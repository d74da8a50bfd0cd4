import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { PassThrough } from "node:stream";
import { makePorts } from "../../src/cli/wire.ts";
import { makeValue } from "../../src/desired/make-value.ts";
import type { SynthStack } from "../../src/model/desired.ts";
import type { RunEventBody, RunResult } from "../../src/model/events.ts";
import { describeId } from "../../src/model/ids.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { FieldChange, Plan, Shown } from "../../src/model/plan.ts";
import type { Project } from "../../src/model/project.ts";
import type { Kube, Ports } from "../../src/ports.ts";
import { down } from "../../src/run/down.ts";
import { makePlan, preparePlan } from "../../src/run/plan.ts";
import type { RunContext, UpOptions } from "../../src/run/up.ts";
import { up } from "../../src/run/up.ts";
import { theCluster } from "./cluster.ts";

/** Terraform's `resource` block by stack: type -> name -> body. */
export type Resources = Readonly<Record<string, JsonObject>>;
export type Stacks = Readonly<Record<string, Resources>>;

export interface Outcome {
  readonly result: RunResult;
  readonly events: readonly RunEventBody[];
  /** The last plan that was made. */
  readonly plan: Plan;
  /** `dry-run Deployment`, `apply ConfigMap`, `list Secret`: each request through the port, in order. */
  readonly requests: readonly string[];
}

/** A project on the cluster of this file whose stacks are given as Terraform JSON; all else is what the CLI runs with. */
export function projectOn(name: string) {
  const run = async (stacks: Stacks, work: (context: RunContext) => Promise<RunResult>): Promise<Outcome> => {
    const events: RunEventBody[] = [];
    const requests: string[] = [];
    const never = new AbortController().signal;
    const result = await work({
      ports: portsFor(stacks, requests),
      project: projectOf(name, stacks),
      emit: (event) => events.push(event),
      approver: { approve: () => Promise.reject(new Error("nobody is to be asked")) },
      drain: never,
      now: never,
    });
    const plans = events.flatMap((event) => (event.type === "planned" ? [event.plan] : []));
    return { result, events, plan: plans.at(-1)!, requests };
  };
  const options = {
    clusterName: "api",
    stacks: null,
    vars: {},
    parallelism: 16,
    approved: true,
    forceConflicts: false,
    signal: new AbortController().signal,
    timeoutSeconds: null,
  };
  return {
    up: (stacks: Stacks, more: Partial<Pick<UpOptions, "forceConflicts" | "timeoutSeconds" | "allowDataLoss">> = {}) =>
      run(stacks, (context) =>
        up(context, {
          ...options,
          ...more,
          command: "up",
          createCluster: true,
          generate: (resource) => makeValue(resource, { bytes: (length) => randomBytes(length), now: Date.now() }),
        }),
      ),
    down: (more: { deleteVolumes?: boolean } = {}) =>
      run({}, (context) => down(context, { ...options, deleteVolumes: true, keepCluster: false, ...more })),
    /** As `k8sctl plan`; nothing is refused and nothing is written. */
    plan: async (stacks: Stacks, more: { forceConflicts?: boolean; unasked?: boolean } = {}): Promise<Plan> => {
      const project = projectOf(name, stacks);
      const prepared = await preparePlan(portsFor(stacks, []), project, { ...options, ...more }, () => undefined);
      // As if there were no cluster yet: everything is predicted.
      const cluster = more.unasked === true ? { ...prepared.cluster, kube: null } : prepared.cluster;
      try {
        return (await makePlan(project, prepared, cluster, { ...options, ...more })).plan;
      } finally {
        prepared.cluster.kube?.close();
      }
    },
  };
}

function projectOf(name: string, stacks: Stacks): Project {
  return {
    name,
    root: tmpdir(),
    clusters: { api: { provider: "context", context: "api", kubeconfig: theCluster().kubeconfig } },
    defaultCluster: "api",
    inventoryNamespace: "default",
    variables: {},
    stacks: Object.keys(stacks).map((stack) => ({ name: stack, file: `stacks/${stack}.ts`, after: [], vars: {} })),
  };
}

function portsFor(stacks: Stacks, requests: string[]): Ports {
  const ports = makePorts({
    argv: [],
    cwd: tmpdir(),
    env: process.env,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    onInterrupt: () => () => undefined,
  });
  const synthesized = Object.entries(stacks).map(
    ([name, resource]): SynthStack => ({
      name,
      file: `stacks/${name}.ts`,
      after: [],
      vars: {},
      json: { resource: resource as JsonObject },
      positions: {},
    }),
  );
  return {
    ...ports,
    synth: { synth: () => Promise.resolve({ stacks: synthesized, problems: [], ms: 0 }) },
    connect: (access) => counted(ports.connect(access), requests),
  };
}

/** The same port, which also writes down what is asked of it. */
function counted(kube: Kube, requests: string[]): Kube {
  return new Proxy(kube, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      return (...args: { kind?: string; name?: string; dryRun?: boolean; uid?: string }[]) => {
        const [what, options] = args;
        const verb = options?.dryRun ? "dry-run" : String(name);
        // A revision's Secret is ours by its name alone.
        const revision = /^k8sctl\..*\.revision-\d/.test(what?.name ?? "");
        const careless = name === "delete" && options?.uid === undefined && !revision ? " without uid" : "";
        if (what?.kind !== undefined) requests.push(`${verb} ${what.kind}${careless}`);
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

/**
 * A plan as text, an object a line and a change a line, without what is unchanged. Changes are sorted: in which order a
 * server writes the fields of an object is its own affair.
 */
export function planLines(plan: Plan): string[] {
  return plan.stacks.flatMap((stack) =>
    stack.items
      .filter((item) => item.action !== "unchanged")
      .flatMap((item) => [
        `${item.action} ${describeId(item.id)}${item.why === "" ? "" : `: ${item.why}`}`,
        ...(item.action === "create" ? [] : item.changes.map((change) => `  ${changeLine(change)}`).sort()),
      ]),
  );
}

function changeLine({ path, before, after, cause }: FieldChange): string {
  const why = cause.type === "config" || cause.type === "server" ? cause.type : `${cause.type} ${cause.manager}`;
  return `${path}: ${sideOf(before)} -> ${sideOf(after)} (${why})`;
}

function sideOf(side: Shown): string {
  return side.kind === "value" ? JSON.stringify(side.value) : side.kind;
}

/** What went wrong in a run, as text; empty when all went well. */
export function troubles(events: readonly RunEventBody[]): string[] {
  return events.flatMap((event) => {
    switch (event.type) {
      case "object-failed":
        return [`failed ${describeId(event.id)}: ${event.message}`];
      case "object-skipped":
        return [`skipped ${describeId(event.id)}`];
      case "verdict":
        return [`verdict ${describeId(event.verdict.id)}: ${event.verdict.message}`];
      case "error":
        return [`error ${event.message}`];
      default:
        return [];
    }
  });
}
