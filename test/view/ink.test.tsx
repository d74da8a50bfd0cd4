import { render } from "ink-testing-library";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

// Ink draws nothing where CI is set; these tests bring a terminal of their own.
vi.hoisted(() => {
  process.env.CI = "false";
});

import type { RunEvent } from "../../src/model/events.ts";
import { FrameStore } from "../../src/view/ink/frame-store.ts";
import { createInkView } from "../../src/view/ink/live-view.tsx";
import { Screen } from "../../src/view/ink/screen.tsx";
import type { RunView } from "../../src/view/run-view.ts";
import { badRun, goodRun, shopPlan, stream } from "./streams.ts";
import { BrokenPipe, Keyboard, Recorder } from "./terminal.ts";

const style = { colour: false, unicode: true };

function terminal(stdout = new Recorder()) {
  stdout.isTTY = true;
  const stdin = new Keyboard();
  const interrupts: string[] = [];
  const view = createInkView({
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    style,
    onInterrupt: (how) => interrupts.push(how),
  });
  open.push(view);
  const play = (events: readonly RunEvent[]) => events.forEach(view.event);
  return { stdout, stdin, view, interrupts, play };
}

let open: RunView[] = [];
beforeEach(() => {
  open = [];
});
afterEach(async () => {
  for (const view of open) await view.close();
});

describe("the screen component", () => {
  test("draws the lines of the store and passes keys on", async () => {
    const frames = new FrameStore();
    frames.show(["kind/dev  00:01", "", "✔ shop"]);
    const keys: string[] = [];
    const app = render(
      <Screen frames={frames} onKey={(input, key) => keys.push(key.ctrl ? `^${input}` : input)} onReady={() => {}} />,
    );
    expect(app.lastFrame()).toBe("kind/dev  00:01\n\n✔ shop");
    frames.show(["next"]);
    await vi.waitFor(() => expect(app.lastFrame()).toBe("next"));
    app.stdin.write("y");
    app.stdin.write("\x03");
    await vi.waitFor(() => expect(keys).toEqual(["y", "^c"]));
    app.unmount();
  });
});

describe("the live view", () => {
  test("shows the plan, then frames, and leaves the summary on the screen", async () => {
    const { stdout, view, play } = terminal();
    play(goodRun().filter((e) => e.t <= 2000));
    await vi.waitFor(() => expect(stdout.text).toContain("Deployment web/shop        1/2    waiting for 1 pod"));
    play(goodRun().filter((e) => e.t > 2000));
    await view.close();
    expect(stdout.text).toContain("Plan: 3 to add, 1 to change, 0 to replace, 0 to delete, 1 unchanged.\n");
    expect(stdout.text.endsWith("✔ Ready on kind/dev in 4.0 s: 3 added, 1 changed, 1 unchanged\n")).toBe(true);
    expect(stdout.text).toContain("postgres.password = (sensitive)");
    expect(stdout.text).not.toContain("hunter2");
  });

  test("never clears the screen, in a terminal of any height", async () => {
    for (const rows of [4, 8, 24]) {
      const stdout = new Recorder();
      stdout.rows = rows;
      const { view, play } = terminal(stdout);
      play(badRun().filter((e) => e.type !== "finished"));
      await vi.waitFor(() => expect(stdout.text).toContain("1 failed  3/5"));
      await view.close();
      expect(stdout.text).not.toMatch(/\x1b\[[23]J|\x1bc/);
    }
  });

  test("resets raw mode and shows the cursor again", async () => {
    const { stdout, stdin, view, play } = terminal();
    play(goodRun().slice(0, 2));
    await vi.waitFor(() => expect(stdin.raw).toBe(true));
    await view.close();
    expect(stdin.raw).toBe(false);
    expect(stdout.text.lastIndexOf("\x1b[?25h")).toBeGreaterThan(stdout.text.lastIndexOf("\x1b[?25l"));
  });

  test("Ctrl-C is passed on: first to drain, then to stop", async () => {
    const { stdin, interrupts } = terminal();
    await vi.waitFor(() => expect(stdin.raw).toBe(true));
    stdin.write("\x03");
    await vi.waitFor(() => expect(interrupts).toEqual(["drain"]));
    stdin.write("\x03");
    await vi.waitFor(() => expect(interrupts).toEqual(["drain", "now"]));
  });

  test.each([
    ["y", "approved"],
    ["Yes\r", "approved"],
    ["n", "rejected"],
    ["\x1b", "rejected"],
    ["\r", "rejected"],
  ])("asks below the plan, and %j is %s", async (key, result) => {
    const { stdout, stdin, view, play } = terminal();
    play(stream({ type: "planned", plan: shopPlan() }));
    const asked = view.approve(shopPlan());
    await vi.waitFor(() => expect(stdout.text).toContain("Apply these changes? [y/N]"));
    expect(stdout.text.indexOf("Plan: 3 to add")).toBeLessThan(stdout.text.indexOf("Apply these changes?"));
    await vi.waitFor(() => expect(stdin.raw).toBe(true));
    for (const text of ["x", "pasty", "\x1b[A", key]) {
      stdin.write(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await asked).toBe(result);
  });

  test("an abort ends the question", async () => {
    const { view } = terminal();
    const abort = new AbortController();
    const asked = view.approve(shopPlan(), abort.signal);
    abort.abort(new Error("interrupted"));
    await expect(asked).rejects.toThrow("interrupted");
  });

  test("a terminal that has gone does not disturb the run", async () => {
    const { stdout, view, play } = terminal(new BrokenPipe());
    play(goodRun());
    await vi.waitFor(() => expect(stdout.destroyed).toBe(true));
    play(badRun());
    await view.close();
    expect(stdout.text).toBe("");
  });
});
