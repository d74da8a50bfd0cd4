import { Box, render } from "ink";
import type { RunEvent } from "../../model/events.ts";
import { reduce } from "../../progress/reduce.ts";
import { initialRunState } from "../../progress/state.ts";
import type { PlanTextOptions } from "../field-lines.ts";
import { paint, paintAll, stripPaint, widthOf } from "../line.ts";
import { liveFrame } from "../live-frame.ts";
import { approvalNeeded } from "../ndjson.ts";
import { isYes } from "../plain.ts";
import { planLines } from "../plan-text.ts";
import type { RunView } from "../run-view.ts";
import { sinkOf } from "../sink.ts";
import type { Style } from "../style.ts";
import { summaryLines } from "../summary.ts";
import { FrameStore } from "./frame-store.ts";
import type { Key } from "./screen.tsx";
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
}

/** Between two frames: fast enough to look alive, slow enough for hundreds of objects on a fifth of a core. */
const FRAME_MS = 220;
const QUESTION = "Apply these changes? [y/N] ";

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

  const columns = () => options.columns ?? (stdout.columns || 80);
  const rows = () => options.rows ?? (stdout.rows || 24);
  const elapsed = () => (state.result === null ? state.t + performance.now() - eventAt : state.t);

  const draw = () => {
    if (sink.closed) return;
    const size = { columns: columns(), rows: rows() };
    const asked = question === null ? null : QUESTION;
    const lines = liveFrame(state, { ...size, style, elapsed: elapsed(), tick, question: asked });
    frames.show(lines.map((line) => paint(line, size.columns, style)));
  };

  const print = (text: string) => {
    if (sink.closed) return;
    if (printAbove === null) waitingText.push(text);
    else printAbove(text);
  };

  const onKey = (input: string, key: Key) => {
    // Keys that come fast arrive as one input.
    const ctrlC = key.ctrl && input === "c" ? 1 : input.split("\x03").length - 1;
    for (let i = 0; i < ctrlC; i++) {
      interrupts += 1;
      options.onInterrupt(interrupts === 1 ? "drain" : "now");
    }
    if (question === null || ctrlC > 0) return;
    // Only a whole answer counts: a pasted text that holds a y approves nothing.
    const answer = input.replace(/[\r\n]+$/, "");
    if (isYes(answer)) question("approved");
    else if (key.return || key.escape || /^no?$/i.test(answer)) question("rejected");
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
      if (event.type === "planned") {
        const size = columns();
        const lines = planLines(event.plan, { ...style, ...options.plan, columns: size, now: options.now });
        print(paintAll(lines, size, style));
      }
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
          signal?.removeEventListener("abort", stop);
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
