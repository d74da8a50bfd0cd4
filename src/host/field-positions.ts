import { readFileSync } from "node:fs";
import { join } from "node:path";
import type TypeScript from "typescript";
import type { Problem, SourcePosition } from "../model/errors.ts";
import { ConstructSource } from "./construct-source.ts";
import { ownPackageRoot } from "./own-package.ts";
import { loadTypeScript } from "./typecheck.ts";

type Ts = typeof TypeScript;

/**
 * Narrows positions from the line of a construct to line and column of the field inside its config, where the field can
 * be found in the source; of a stack in JSON, inside the file. Loads the compiler's parser, so only for findings.
 */
export function placeFields(root: string, problems: readonly Problem[]): Problem[] {
  const placed = problems.filter(({ position, field }) => position !== undefined && field !== undefined);
  if (placed.length === 0) return [...problems];
  const ts = loadTypeScript(root, ownPackageRoot());
  const files = new Map<string, ConstructSource | null>();
  return problems.map((problem) => {
    const { position, field, address } = problem;
    if (position === undefined || field === undefined || address === undefined) return problem;
    let source = files.get(position.file);
    if (source === undefined) {
      source = open(ts, root, position.file);
      files.set(position.file, source);
    }
    const found: SourcePosition | null = source?.find(position, address, field) ?? null;
    return found === null ? problem : { ...problem, position: found };
  });
}

function open(ts: Ts, root: string, file: string): ConstructSource | null {
  try {
    return new ConstructSource(ts, file, readFileSync(join(root, file), "utf8"));
  } catch {
    return null;
  }
}
