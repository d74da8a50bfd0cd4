import { randomBytes } from "node:crypto";
import { makeValue } from "../../src/desired/make-value.ts";
import { createProgram } from "../../src/desired/program.ts";
import type { SynthStack } from "../../src/model/desired.ts";
import type { RunEventBody } from "../../src/model/events.ts";
import { describeId } from "../../src/model/ids.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Project } from "../../src/model/project.ts";
import type { Kube } from "../../src/ports.ts";
import { readData } from "../../src/run/data.ts";
import { makePlan, type Planned } from "../../src/run/plan.ts";
import { apply } from "./applying.ts";

const cluster = { name: "dev", provider: "embedded", action: "unchanged", version: "v1.34.1", nodes: 1 } as const;

function projectOf(name: string): Project {
  return {
    name,
    root: "/",
    clusters: { dev: { provider: "embedded", name: "dev" } },
    defaultCluster: "dev",
    inventoryNamespace: "default",
    variables: {},
    stacks: [],
  };
}

/** Terraform JSON as the one stack of a project, planned against a cluster. */
export async function planOf(kube: Kube, project: string, json: JsonObject, now = Date.now()): Promise<Planned> {
  const stack: SynthStack = { name: "app", file: "stacks/app.ts", after: [], vars: {}, positions: {}, json };
  const options = {
    clusterName: "dev",
    stacks: ["app"],
    vars: {},
    forceConflicts: false,
    parallelism: 8,
    signal: new AbortController().signal,
  };
  const provider = {} as never;
  return makePlan(
    projectOf(project),
    { program: createProgram([stack]), stacks: [stack], now },
    { provider, kube, planned: cluster },
    options,
  );
}

export interface Done {
  readonly planned: Planned;
  readonly actions: readonly string[];
  readonly events: readonly RunEventBody[];
  readonly exitCode: number;
}

/** Plans and applies, as `up --yes` does. */
export async function upOf(
  kube: Kube,
  project: string,
  json: JsonObject,
  now = Date.now(),
  seconds = 20,
): Promise<Done> {
  const planned = await planOf(kube, project, json, now);
  const { result, events } = await apply(kube, planned.plan, {
    results: planned.results,
    fill: planned.program.fill,
    readData: (results) => readData(kube, planned.program, results, 8),
    check: ({ stack, origin }, when, results) =>
      planned.program.conditions(stack, origin?.address ?? "", when, results),
    generate: (resource) => makeValue(resource, { bytes: (n) => randomBytes(n), now }),
    timeouts: { objectSeconds: seconds, overallSeconds: null },
  });
  return { planned, actions: actionsOf(planned.plan), events, exitCode: result.exitCode };
}

/** `create Deployment default/web` */
export function actionsOf(plan: Plan): string[] {
  return plan.stacks.flatMap((stack) => stack.items.map((item) => `${item.action} ${describeId(item.id)}`));
}
