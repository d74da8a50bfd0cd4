import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Before the first test: tests that start k8sctl as a process run what is built, so it must be as new as its source. */
export default function build(): void {
  const built = statSync(join(root, "dist/cli/entry.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newest = Math.max(...["src", "stacks", "scripts", "examples/01-hello", "package.json"].flatMap(timesIn));
  if (newest > built) execFileSync("npm", ["run", "build"], { cwd: root, stdio: "inherit" });
}

function timesIn(path: string): number[] {
  const full = join(root, path);
  if (!statSync(full).isDirectory()) return [statSync(full).mtimeMs];
  return readdirSync(full, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.includes("node_modules"))
    .map((name) => statSync(join(full, name)).mtimeMs);
}
