import stringWidth from "string-width";
import { expect, test } from "vitest";
import { cutMiddle, widthOf } from "../../src/view/line.ts";
import { symbolsOf } from "../../src/view/style.ts";

const symbols = Object.values(symbolsOf({ colour: false, unicode: true })).flat();

test.each([...symbols, "plain text", "✔ done → next │ ⠹", "", "日本語", "e\u0301", "👩‍👩‍👧 ✔", "✔\ufe0f"])(
  "%j is as wide as the library says",
  (text) => {
    expect(widthOf(text)).toBe(stringWidth(text));
  },
);

test.each([
  ["default/deployment-with-a-long-name-16", 24, "default/depl…ong-name-16"],
  ["default/短い名前ではない-16", 20, "default/短…はない-16"],
  ["short", 24, "short"],
  ["nothing-to-spare", 6, "nothi…"],
])("%s in %d columns keeps its end", (text, width, shown) => {
  expect(cutMiddle(text, width, "…")).toBe(shown);
  expect(widthOf(shown)).toBeLessThanOrEqual(width);
});
