import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => readFileSync(join(root, "src", file), "utf8"));

/** Codes given to the makers of errors and problems. */
const used = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(/(?:userError|ExpressionError)\(\s*"([a-z-]+)"|\bcode: "([a-z]+(?:-[a-z]+)*)"/g)].map(
      (match) => match[1] ?? match[2]!,
    ),
  ),
);
const documented = [...readFileSync(join(root, "docs/errors.md"), "utf8").matchAll(/^\| `([a-z-]+)`/gm)].map(
  (match) => match[1]!,
);

test("every code is documented once", () => {
  expect(used.size).toBeGreaterThan(100);
  expect([...used].filter((code) => !documented.includes(code))).toEqual([]);
  expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([]);
});

test("no code is documented that nothing gives", () => {
  // Made of the program's name.
  const all = `${sources.join("\n")} "docker-missing" "docker-denied" "docker-not-running" "kind-missing"`;
  expect(documented.filter((code) => !all.includes(`"${code}"`))).toEqual([]);
});
