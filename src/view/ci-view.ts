import type { Writable } from "node:stream";
import { reduce } from "../progress/reduce.ts";
import { initialRunState } from "../progress/state.ts";
import { githubAnnotations } from "./github.ts";
import type { RunView } from "./run-view.ts";
import { sinkOf } from "./sink.ts";

export type CiStyle = "github" | "gitlab";

interface CiViewOptions {
  readonly stdout: Writable;
  /** ms since 1970. */
  readonly now: () => number;
}

/** The plain lines of `inner`, with what a CI system reads between them. */
export function createCiView(inner: RunView, style: CiStyle, options: CiViewOptions): RunView {
  return style === "github" ? githubView(inner, options) : gitlabView(inner, options);
}

/** Annotations at the end: GitHub shows them on the lines of the stack files. */
function githubView(inner: RunView, { stdout }: CiViewOptions): RunView {
  let state = initialRunState();
  return {
    ...inner,
    event(event) {
      inner.event(event);
      state = reduce(state, event);
      if (event.type === "finished") sinkOf(stdout).write(githubAnnotations(state).join(""));
    },
  };
}

/**
 * A section that folds for each step of the run (GitLab, "Custom collapsible sections"). Steps may overlap, sections may
 * not: the next step ends the section of the one before.
 */
function gitlabView(inner: RunView, { stdout, now }: CiViewOptions): RunView {
  const sink = sinkOf(stdout);
  let open: { readonly step: string; readonly name: string } | null = null;
  let count = 0;
  const mark = (word: "start" | "end", name: string): string =>
    `\x1b[0Ksection_${word}:${Math.floor(now() / 1000)}:${name}\r\x1b[0K`;
  const end = (): void => {
    if (open !== null) sink.write(`${mark("end", open.name)}\n`);
    open = null;
  };
  return {
    ...inner,
    event(event) {
      if (event.type === "step-started" && open?.step !== event.step) {
        end();
        count += 1;
        open = { step: event.step, name: `k8sctl_${event.step}_${count}` };
        sink.write(`${mark("start", open.name)}${event.step}\n`);
      }
      if (event.type === "finished") end();
      inner.event(event);
      if (event.type === "step-finished" && open?.step === event.step) end();
    },
  };
}
