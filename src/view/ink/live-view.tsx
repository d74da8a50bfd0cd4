import { Box, render } from "ink";
import type { RunEvent } from "../../model/events.ts";
import { reduce } from "../../progress/reduce.ts";
import { initialRunState } from "../../progress/state.ts";
import type { PlanTextOptions } from "../field-lines.ts";
import { paint, paintAll, stripPaint, widthOf } from "../line.ts";
import type { FrameOptions } from "../live/edges.ts";
import { type FrameContent, frameOf, lookFacts } from "../live/frame.ts";
import { type Key, keyNames } from "../live/keys.ts";
import { firstLook, type KeyName, press } from "../live/look.ts";
import type { LogReader } from "../log-reader.ts";
import { approvalNeeded } from "../ndjson.ts";
import { isYes } from "../plain.ts";
import type { RunView } from "../run-view.ts";
import { sinkOf } from "../sink.ts";
import type { Style } from "../style.ts";
import { summaryLines } from "../summary.ts";
import { FrameStore } from "./frame-store.ts";
import { LogPane } from "./log-pane.ts";
import { PlanPane } from "./plan-pane.ts";
import { Screen } from "./screen.tsx";

export interface InkViewOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly style: Style;
  /**
   * Called at each Ctrl-C, which raw mode keeps from becoming SIGINT: "drain" the first time, "now" from the second on.
   */
  readonly onInterrupt: (how: "drain" | "now") => void;
  /** Fixed size, for tests; the terminal's own otherwise. */
  readonly columns?: number;
  readonly rows?: number;
  readonly plan?: Pick<PlanTextOptions, "showUnchanged" | "full">;
  /** ms since 1970, for ages in the plan. */
  readonly now?: number;
  /** Where the logs of an object's pods come from. */
  readonly logs?: LogReader;
}

/** Between two frames: fast enough to look alive, slow enough for hundreds of objects on a fifth of a core. */
const FRAME_MS = 220;
const QUESTION = "Apply these changes? [y/N] ";
const SCROLLING: ReadonlySet<KeyName> = new Set(["up", "down", "page-up", "page-down", "home", "end"]);

/** The live view. State lives outside React; React sees a few frames a second, whatever the rate of events. */
export function createInkView(options: InkViewOptions): RunView {
  const { stdout, stdin, style } = options;
  const sink = sinkOf(stdout);
  const frames = new FrameStore();
  let state = initialRunState();
  let eventAt = performance.now();
  let tick = 0;
  let interrupts = 0;
  let question: ((answer: "approved" | "rejected") => void) | null = null;
  let printAbove: ((text: string) => void) | null = null;
  const waitingText: string[] = [];
  let look = firstLook;
  const plan = new PlanPane(style, { ...options.plan, now: options.now });
  const log = new LogPane(options.logs ?? (() => undefined));

  const columns = () => options.columns ?? (stdout.columns || 80);
  const rows = () => options.rows ?? (stdout.rows || 24);
  const elapsed = () => (state.result === null ? state.t + performance.now() - eventAt : state.t);

  const frameOptions = (): FrameOptions => {
    const asked = question === null ? null : QUESTION;
    return { columns: columns(), rows: rows(), style, elapsed: elapsed(), tick, question: asked };
  };
  const content = (): FrameContent => ({ plan: plan.lines(columns()), log: log.lines });

  const draw = () => {
    if (sink.closed) return;
    const shown = frameOptions();
    frames.show(frameOf(state, look, content(), shown).map((line) => paint(line, shown.columns, style)));
  };

  const print = (text: string) => {
    if (sink.closed) return;
    if (printAbove === null) waitingText.push(text);
    else printAbove(text);
  };

  const interrupt = () => {
    interrupts += 1;
    options.onInterrupt(interrupts === 1 ? "drain" : "now");
  };

  const pressed = (key: KeyName) => {
    if (key === "quit") {
      // Leaving is the first Ctrl-C; only a second Ctrl-C stops what is under way.
      if (interrupts === 0) interrupt();
      return;
    }
    look = press(look, key, lookFacts(state, look, content(), frameOptions()));
    const followed = look.pane.name === "logs" ? state.objects.get(look.pane.object) : undefined;
    log.show(followed ?? null);
  };

  const onKey = (input: string, key: Key) => {
    // Keys that come fast arrive as one input.
    const ctrlC = key.ctrl && input === "c" ? 1 : input.split("\x03").length - 1;
    for (let i = 0; i < ctrlC; i++) interrupt();
    if (ctrlC > 0) return;
    if (question !== null) onAnswer(question, input, key);
    else for (const name of keyNames(input, key)) pressed(name);
    draw();
  };

  const onAnswer = (answer: (answer: "approved" | "rejected") => void, input: string, key: Key) => {
    // Only a whole answer counts: a pasted text that holds a y approves nothing.
    const text = input.replace(/[\r\n]+$/, "");
    if (isYes(text)) answer("approved");
    else if (key.return || key.escape || /^(no?|q)$/i.test(text)) answer("rejected");
    else for (const name of keyNames(input, key)) if (SCROLLING.has(name)) scrollPlan(name);
  };

  /** The question stands below the plan, whatever was looked at before. */
  const scrollPlan = (key: KeyName) => {
    if (look.pane.name !== "plan") look = { ...look, pane: { name: "plan" }, scroll: 0 };
    look = press(look, key, lookFacts(state, look, content(), frameOptions()));
  };

  const printPlan = () => {
    const text = plan.take(columns());
    if (text !== "") print(text);
  };

  const onReady = (write: (text: string) => void) => {
    printAbove = write;
    for (const text of waitingText.splice(0)) write(text);
  };

  let width = columns();
  // Runs before Ink's own listener: that one would redraw a frame taller than the new size, and when the terminal got
  // narrower it erases as many lines as it wrote, while terminals have broken the long ones in two.
  const onResize = () => {
    const narrower = columns() < width;
    width = columns();
    const extra = frames.lines().reduce((sum, line) => sum + Math.ceil(widthOf(stripPaint(line)) / width || 1) - 1, 0);
    if (narrower && extra > 0) sink.write("\x1b[2K\x1b[1A".repeat(extra));
    draw();
  };
  stdout.prependListener("resize", onResize);
  const app = render(<Screen frames={frames} onKey={onKey} onReady={onReady} />, {
    stdout,
    stdin,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 10,
  });
  const timer = setInterval(() => {
    tick += 1;
    draw();
  }, FRAME_MS);
  timer.unref();

  let closing: Promise<void> | null = null;
  const close = async () => {
    clearInterval(timer);
    log.show(null);
    stdout.off("resize", onResize);
    // The frame gives way to the summary; drawn before unmounting, which would leave it on the screen.
    app.rerender(<Box />);
    const exited = app.waitUntilExit();
    app.unmount();
    await exited.catch(() => {});
    sink.write(paintAll(summaryLines(state, { ...style, columns: columns() }), columns(), style));
    await sink.flush();
  };

  return {
    event(event: RunEvent) {
      state = reduce(state, event);
      eventAt = performance.now();
      // A plan that somebody is asked about is printed with the answer; until then it scrolls in the frame.
      if (event.type === "planned") {
        printPlan();
        plan.set(event.plan);
      }
      if (event.type === "approved" || event.type === "rejected" || event.type === "finished") printPlan();
    },
    approve(_plan, signal) {
      if (sink.closed || stdin.isTTY !== true) return Promise.reject(approvalNeeded());
      return new Promise((resolve, reject) => {
        const stop = () => {
          question = null;
          reject(signal?.reason);
        };
        question = (answer) => {
          question = null;
          look = firstLook;
          signal?.removeEventListener("abort", stop);
          printPlan();
          resolve(answer);
          draw();
        };
        if (signal?.aborted === true) stop();
        else signal?.addEventListener("abort", stop, { once: true });
        draw();
      });
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
