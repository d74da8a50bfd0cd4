import stringWidth from "string-width";
import { expect, test } from "vitest";
import { widthOf } from "../../src/view/line.ts";
import { symbolsOf } from "../../src/view/style.ts";

const symbols = Object.values(symbolsOf({ colour: false, unicode: true })).flat();

test.each([...symbols, "plain text", "✔ done → next │ ⠹", "", "日本語", "e\u0301", "👩‍👩‍👧 ✔", "✔\ufe0f"])(
  "%j is as wide as the library says",
  (text) => {
    expect(widthOf(text)).toBe(stringWidth(text));
  },
);
