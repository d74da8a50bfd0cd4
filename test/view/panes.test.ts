import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/model/events.ts";
import { reduce } from "../../src/progress/reduce.ts";
import { initialRunState } from "../../src/progress/state.ts";
import { paint } from "../../src/view/line.ts";
import type { FrameOptions } from "../../src/view/live/edges.ts";
import { type FrameContent, frameOf, lookFacts } from "../../src/view/live/frame.ts";
import { keyNames } from "../../src/view/live/keys.ts";
import { firstLook, type KeyName, type Look, press } from "../../src/view/live/look.ts";
import { planLines } from "../../src/view/plan-text.ts";
import { badRun, goodRun, shopPlan } from "./streams.ts";

const style = { colour: false, unicode: true };
const content: FrameContent = {
  plan: planLines(shopPlan(), { ...style, columns: 80 }),
  log: Array.from({ length: 50 }, (_, i) => [`line ${i}`]),
};

/** The screen after these keys, on the state after these events. */
function screen(events: readonly RunEvent[], keys: readonly KeyName[], some: Partial<FrameOptions> = {}) {
  const state = events.reduce(reduce, initialRunState());
  const options = { columns: 80, rows: 12, style, elapsed: state.t, tick: 0, question: null, ...some };
  let look: Look = firstLook;
  for (const key of keys) look = press(look, key, lookFacts(state, look, content, options));
  const lines = frameOf(state, look, content, options).map((line) => paint(line, options.columns, style));
  return { look, lines };
}

const crashed = badRun().filter(({ type }) => type !== "finished");

describe("the list", () => {
  test("the first arrow opens it: what fails and moves first, stacks that rest closed", () => {
    const { lines } = screen(crashed, ["down"]);
    expect(lines.slice(1, -1)).toEqual([
      "❯▾ ⠋ shop  3/4",
      "     ⠋ Deployment web/shop        1/2    waiting for 1 pod  7 s",
      "     ✔ Namespace web",
      "     ✔ Service web/shop",
      "     ✔ ConfigMap web/shop",
      " ▾ ✖ postgres  0/1  1 failed",
      expect.stringContaining("     ✖ StatefulSet data/postgres  0/1    postgres-0 crashed"),
    ]);
  });

  test("Enter closes and opens a stack, and shows an object", () => {
    expect(screen(crashed, ["down", "enter"]).lines[1]).toBe("❯▸ ⠋ shop  3/4");
    expect(screen(crashed, ["down", "enter", "enter"]).lines[1]).toBe("❯▾ ⠋ shop  3/4");
    const { lines } = screen(crashed, ["down", "end", "enter"]);
    expect(lines[0]).toBe("StatefulSet data/postgres  postgres");
    expect(lines.join("\n")).toContain("postgres-0 crashed 3 times, exit code 1");
  });

  test("f shows only what fails, and everything again", () => {
    expect(screen(crashed, ["filter"]).lines.slice(1, -1)).toEqual([
      "❯▾ ✖ postgres  0/1  1 failed",
      expect.stringContaining("✖ StatefulSet data/postgres"),
    ]);
    expect(screen(crashed, ["filter", "filter"]).lines).toHaveLength(9);
    expect(screen(goodRun(), ["filter"]).lines[1]).toBe("Nothing fails. f shows everything.");
  });

  test("the cursor stays on its object while others change their places", () => {
    const state = crashed.reduce(reduce, initialRunState());
    const options = { columns: 80, rows: 12, style, elapsed: 0, tick: 0, question: null };
    let look = firstLook;
    for (const key of ["down", "down", "down"] as const)
      look = press(look, key, lookFacts(state, look, content, options));
    const before = look.cursor;
    expect(before).toContain("Namespace");
    const later = goodRun().reduce(reduce, state);
    expect(frameOf(later, look, content, options).map((line) => paint(line, 80, style))).toContain(
      "❯    ✔ Namespace web",
    );
  });
});

describe("panes", () => {
  test("v goes from verdict to verdict, Esc back to the list and then to the overview", () => {
    expect(screen(crashed, ["verdict"]).lines[0]).toBe("StatefulSet data/postgres  postgres");
    expect(screen(crashed, ["verdict", "verdict"]).look.pane.name).toBe("detail");
    expect(screen(crashed, ["verdict", "back"]).look.pane.name).toBe("list");
    expect(screen(crashed, ["verdict", "back", "back"]).look.pane.name).toBe("overview");
    expect(screen(goodRun(), ["verdict"]).look.pane.name).toBe("overview");
  });

  test("l follows the log of the chosen object at its end, and scrolls back", () => {
    const atEnd = screen(crashed, ["verdict", "logs"]);
    expect(atEnd.lines.at(0)).toBe("StatefulSet data/postgres  logs  42-50 of 50");
    expect(atEnd.lines.at(-2)).toBe("line 49");
    const back = screen(crashed, ["verdict", "logs", "page-up"]);
    expect(back.lines.at(-2)).toBe("line 40");
    expect(screen(crashed, ["verdict", "logs", "page-up", "end"]).look.scroll).toBe(Number.POSITIVE_INFINITY);
  });

  test("l without a choice does nothing where nothing failed", () => {
    expect(screen(goodRun(), ["logs"]).look.pane.name).toBe("overview");
    expect(screen(crashed, ["logs"]).look.pane).toMatchObject({ name: "logs" });
  });

  test("? explains every key that does something", () => {
    const { lines } = screen(crashed, ["help"], { rows: 20 });
    for (const word of ["scroll", "page", "open or close", "back", "fails", "verdict", "logs", "plan", "leave"]) {
      expect(lines.join("\n")).toContain(word);
    }
    expect(screen(crashed, ["help", "help"]).look.pane.name).toBe("overview");
  });

  test("the question stands below the plan, which scrolls", () => {
    const question = "Apply these changes? [y/N] ";
    const { lines } = screen(crashed, [], { question, rows: 8 });
    expect(lines[0]).toMatch(/^Plan {2}1-4 of \d+$/);
    expect(lines.at(-1)).toBe("Apply these changes? [y/N]");
    expect(screen(crashed, ["plan", "end"], { question, rows: 8 }).lines.at(-3)).toMatch(/^Plan: 3 to add/);
  });
});

const panes: KeyName[][] = [[], ["down"], ["filter"], ["verdict"], ["verdict", "logs"], ["plan"], ["help"]];
const sizes = [3, 5, 10, 24, 60].flatMap((rows) => [20, 40, 80, 200].map((columns) => [columns, rows] as const));
test.each(sizes)("at %d x %d no pane is taller than rows - 1 or wider than the screen", (columns, rows) => {
  for (const keys of panes) {
    for (const question of [null, "Apply? "]) {
      const { lines } = screen(crashed, keys, { columns, rows, question });
      expect(lines.length, keys.join()).toBeLessThanOrEqual(Math.max(2, rows - 1));
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
    }
  }
});

test("keys that come fast arrive as one input; Ctrl with a letter means nothing", () => {
  const none = {
    ctrl: false,
    return: false,
    escape: false,
    upArrow: false,
    downArrow: false,
    leftArrow: false,
    rightArrow: false,
    pageUp: false,
    pageDown: false,
    home: false,
    end: false,
  };
  expect(keyNames("jjk?", none)).toEqual(["down", "down", "up", "help"]);
  expect(keyNames("", { ...none, upArrow: true })).toEqual(["up"]);
  expect(keyNames("q", { ...none, ctrl: true })).toEqual([]);
  expect(keyNames("xyz", none)).toEqual([]);
});
