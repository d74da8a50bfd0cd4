import fc from "fast-check";
import { expect, test } from "vitest";
import { plainText } from "../../src/model/text.ts";

test.each([
  ["plain words stay", "ready: 2/3 für Ω", "ready: 2/3 für Ω"],
  ["newline and tab stay", "a\tb\nc", "a\tb\nc"],
  ["carriage returns become line ends", "a\r\nb\rc", "a\nb\nc"],
  ["colours vanish", "\x1b[31mFATAL\x1b[0m: no", "FATAL: no"],
  ["eight-bit CSI vanishes", "\x9b2Jgone", "gone"],
  ["window titles vanish", "\x1b]0;owned\x07after", "after"],
  ["links vanish, their text stays", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"],
  ["a cut title takes its line only", "\x1b]0;cut\nnext", "\nnext"],
  ["cursor movement vanishes", "\x1b[2A\x1b7\x1b(Bx", "x"],
  ["bell and NUL are shown", "a\x07b\x00", "a\ufffdb\ufffd"],
  ["reordering marks are shown", "a\u202eb", "a\ufffdb"],
])("%s", (_name, input, output) => {
  expect(plainText(input)).toBe(output);
});

test("nothing that a terminal obeys is ever left, and a second pass changes nothing", () => {
  const nasty = fc.array(
    fc.constantFrom("\x1b", "[", "]", "0", ";", "m", "\x07", "\x9b", "\x9d", "\r", "\n", "a", "\\", "\x7f"),
  );
  fc.assert(
    fc.property(nasty, (parts) => {
      const once = plainText(parts.join(""));
      expect(once).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      expect(plainText(once)).toBe(once);
    }),
  );
});
