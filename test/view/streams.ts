import type { RunEvent, RunEventBody } from "../../src/model/events.ts";
import type { ObjectId } from "../../src/model/ids.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { ObjectStatus } from "../../src/model/status.ts";
import { item, plan } from "./plans.ts";

/** Gives each body its version and time: a number sets the clock, a body takes it. */
export function stream(...parts: (number | RunEventBody)[]): RunEvent[] {
  let t = 0;
  const events: RunEvent[] = [];
  for (const part of parts) {
    if (typeof part === "number") t = part;
    else events.push({ v: 1, t, ...part } as RunEvent);
  }
  return events;
}

export function status(id: ObjectId, phase: ObjectStatus["phase"], rest: Partial<ObjectStatus> = {}): RunEventBody {
  const full = { id, phase, ready: null, total: null, reason: "", message: "", generation: 1, notes: [], ...rest };
  return { type: "object-status", stack: "shop", status: full };
}

const namespace = item("create", "- Namespace web");
const service = item("create", "- Service web/shop");
const deployment = item("create", "apps Deployment web/shop");
const database = item("update", "apps StatefulSet data/postgres");
const config = item("unchanged", "- ConfigMap web/shop");

export const ids = {
  namespace: namespace.id,
  service: service.id,
  deployment: deployment.id,
  database: database.id,
  config: config.id,
};

export function shopPlan(): Plan {
  return plan({ shop: [namespace, service, deployment, config], postgres: [database] });
}

const position = { file: "stacks/postgres.ts", line: 41 };
const counts = { create: 3, update: 1, replace: 0, delete: 0, unchanged: 1, failed: 0 };

const start: (number | RunEventBody)[] = [
  0,
  { type: "started", command: "up", project: "shop", cluster: "kind/dev" },
  { type: "step-started", step: "synth", label: "synthesizing 2 stacks" },
  400,
  { type: "step-finished", step: "synth", ms: 400, note: "5 objects" },
  { type: "planned", plan: shopPlan() },
  { type: "approved", by: "flag" },
  500,
  { type: "object-started", id: ids.namespace, stack: "shop", action: "create" },
  { type: "object-applied", id: ids.namespace, stack: "shop", action: "create" },
  status(ids.namespace, "ready"),
  600,
  { type: "object-started", id: ids.service, stack: "shop", action: "create" },
  { type: "object-started", id: ids.deployment, stack: "shop", action: "create" },
  { type: "object-started", id: ids.database, stack: "postgres", action: "update", position },
  700,
  { type: "object-applied", id: ids.service, stack: "shop", action: "create" },
  status(ids.service, "ready"),
  { type: "object-applied", id: ids.deployment, stack: "shop", action: "create" },
  { type: "object-applied", id: ids.database, stack: "postgres", action: "update" },
  1000,
  status(ids.deployment, "progressing", { ready: 0, total: 2, message: "waiting for 2 pods" }),
  2000,
  status(ids.deployment, "progressing", { ready: 1, total: 2, message: "waiting for 1 pod" }),
];

/** All goes well. */
export function goodRun(): RunEvent[] {
  return stream(
    ...start,
    3000,
    status(ids.deployment, "ready", { ready: 2, total: 2 }),
    { type: "stack-ready", stack: "shop", ms: 2500 },
    4000,
    status(ids.database, "ready", { ready: 1, total: 1 }),
    { type: "stack-ready", stack: "postgres", ms: 3400 },
    { type: "output", stack: "shop", name: "host", value: "shop.local", sensitive: false },
    { type: "output", stack: "postgres", name: "password", value: "hunter2", sensitive: true },
    { type: "endpoint", stack: "shop", url: "http://localhost:30080", of: ids.service },
    { type: "finished", ok: true, exitCode: 0, counts },
  );
}

/** The database crashes. */
export function badRun(): RunEvent[] {
  return stream(
    ...start,
    5000,
    status(ids.database, "progressing", {
      ready: 0,
      total: 1,
      reason: "CrashLoopBackOff",
      message: "postgres-0 crashed",
    }),
    6000,
    status(ids.database, "progressing", { ready: 0, total: 1, message: "postgres-0 is starting" }),
    7000,
    status(ids.database, "progressing", {
      ready: 0,
      total: 1,
      reason: "CrashLoopBackOff",
      message: "postgres-0 crashed",
    }),
    8000,
    status(ids.database, "failed", { ready: 0, total: 1, reason: "CrashLoopBackOff", message: "postgres-0 crashed" }),
    {
      type: "verdict",
      stack: "postgres",
      position,
      verdict: {
        id: ids.database,
        cause: "crash",
        message: "postgres-0 crashed 3 times, exit code 1",
        pod: "postgres-0",
        pods: 1,
        lastedMs: 42_000,
        logOf: "postgres-0 (postgres)",
        rootCause: null,
        sameAs: null,
        event: "Back-off restarting failed container",
        log: ["starting", '\x1b[31mFATAL:  data directory "/var/lib/postgresql/data" has wrong ownership\x1b[0m'],
        remedy: "set securityContext.fsGroup to the group of the postgres user (999)",
      },
    },
    { type: "finished", ok: false, exitCode: 3, counts: { ...counts, failed: 1 } },
  );
}
