import { basename, dirname } from "node:path";
import type { Problem, SourcePosition } from "../model/errors.ts";
import type { StackConfig } from "../model/project.ts";
import type { Locator } from "./locate.ts";
import { suggest } from "./suggest.ts";

/** `stacks/nginx-ingress.ts` -> `nginx-ingress`; `legacy.tf.json` and `cdktf.out/stacks/legacy/cdk.tf.json` -> `legacy`. */
export function stackName(file: string): string {
  if (basename(file) === "cdk.tf.json" && dirname(file) !== ".") return basename(dirname(file));
  return basename(file).replace(/\.(tf\.json|[cm]?[jt]s)$/, "");
}

/** What the schema cannot see: names that clash, `after` that leads nowhere or in a circle. */
export function stackProblems(stacks: readonly StackConfig[], locate: Locator): Problem[] {
  return [...nameProblems(stacks, locate), ...afterProblems(stacks, locate), ...cycleProblems(stacks, locate)];
}

function error(code: string, message: string, position: SourcePosition, remedy: string): Problem {
  return { code, message, position, remedy, severity: "error" };
}

function nameProblems(stacks: readonly StackConfig[], locate: Locator): Problem[] {
  return stacks.flatMap((stack, index) => {
    const first = stacks.findIndex((other) => other.name === stack.name);
    const place = locate.value(["stacks", index, "file"]);
    if (first < index) {
      const other = locate.value(["stacks", first, "file"]);
      return [
        error(
          "stack-duplicate",
          `two stacks are named "${stack.name}" (the other at line ${other.line})`,
          place,
          "give one of them a `name:` of its own",
        ),
      ];
    }
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(stack.name) || stack.name.length > 63) {
      return [
        error(
          "project-invalid",
          `the file's base name "${stack.name}" cannot name a stack`,
          place,
          "add a `name:` of lower-case letters, digits and -",
        ),
      ];
    }
    return [];
  });
}

function afterProblems(stacks: readonly StackConfig[], locate: Locator): Problem[] {
  const names = stacks.map((s) => s.name);
  return stacks.flatMap((stack, index) =>
    stack.after.flatMap((name, i) =>
      names.includes(name)
        ? []
        : [
            error(
              "stack-after-unknown",
              `stack "${stack.name}" comes after "${name}", which is not a stack of this project`,
              locate.value(["stacks", index, "after", i]),
              suggest(
                name,
                names.filter((n) => n !== stack.name),
                "other stacks",
              ),
            ),
          ],
    ),
  );
}

/** One problem for each circle, told from its first stack in the file. */
function cycleProblems(stacks: readonly StackConfig[], locate: Locator): Problem[] {
  const byName = new Map(stacks.map((s) => [s.name, s]));
  const done = new Set<string>();
  const problems: Problem[] = [];
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start >= 0) {
      const circle = [...trail.slice(start), name];
      problems.push(
        error(
          "stack-cycle",
          `stacks wait for each other: ${circle.join(" after ")}`,
          locate.key(["stacks", stacks.findIndex((s) => s.name === trail.at(-1)), "after"]),
          "remove one `after`",
        ),
      );
      return;
    }
    if (done.has(name)) return;
    for (const next of byName.get(name)?.after ?? []) visit(next, [...trail, name]);
    done.add(name);
  };
  for (const stack of stacks) visit(stack.name, []);
  return problems;
}

/** The stacks named (all for null) with all that they come after, in an order in which each follows its `after`. */
export function selectStacks(stacks: readonly StackConfig[], names: readonly string[] | null): StackConfig[] {
  const byName = new Map(stacks.map((s) => [s.name, s]));
  const ordered = new Map<string, StackConfig>();
  const visit = (name: string): void => {
    const stack = byName.get(name);
    if (stack === undefined || ordered.has(name)) return;
    for (const before of stack.after) visit(before);
    ordered.set(name, stack);
  };
  for (const name of names ?? stacks.map((s) => s.name)) visit(name);
  return [...ordered.values()];
}
