import { expect, test } from "vitest";
import { plainLine } from "../../src/model/text.ts";

test("plainLine is one line, harmless", () => {
  expect(plainLine("  FATAL:\n\t\u001b[31mno such\u001b[0m  file\r\n")).toBe("FATAL: no such file");
});
