import type { Writable } from "node:stream";
import { userError } from "../model/errors.ts";
import type { RunEvent, RunResult } from "../model/events.ts";
import { SENSITIVE } from "../model/secrets.ts";
import { type PlanDocument, planDocument } from "./plan-document.ts";
import type { RunView } from "./run-view.ts";
import { sinkOf } from "./sink.ts";

/** One line of NDJSON (docs/events.md): an event as programs read it. */
export type PublicEvent =
  | Exclude<RunEvent, { type: "planned" | "finished" }>
  | { readonly v: 1; readonly t: number; readonly type: "planned"; readonly plan: PlanDocument }
  | ({ readonly v: 1; readonly type: "finished" } & RunResult);

/** One event a line (docs/events.md). */
export function createNdjsonView(options: { stdout: Writable }): RunView {
  const sink = sinkOf(options.stdout);
  return {
    event: (event) => sink.write(`${eventLine(event)}\n`),
    approve: async () => {
      throw approvalNeeded();
    },
    close: () => sink.flush(),
  };
}

/** For every way of running in which nobody can be asked. */
export function approvalNeeded() {
  return userError("approval-needed", "there are changes to approve, and no terminal to ask at", {
    remedy: "look at them with `k8sctl plan`, then run again with --yes",
  });
}

/** One line without secrets. C1 controls and reordering marks are escaped too: a terminal may be what reads it. */
function eventLine(event: RunEvent): string {
  return JSON.stringify(publicEvent(event)).replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function publicEvent(event: RunEvent): PublicEvent {
  switch (event.type) {
    case "planned":
      return { v: event.v, t: event.t, type: event.type, plan: planDocument(event.plan) };
    case "output":
      return event.sensitive ? { ...event, value: SENSITIVE } : event;
    case "finished":
      // A fixed shape and order, without the time: scripts compare the last line.
      return { v: event.v, type: event.type, ok: event.ok, exitCode: event.exitCode, counts: event.counts };
    default:
      return event;
  }
}
