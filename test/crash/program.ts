import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";

/**
 * The entry file of a copy of the built program: a build beside us must not change what is under test. Stacks of
 * Terraform JSON need nothing that is not in it.
 */
export function programCopy(): string {
  const built = fileURLToPath(new URL("../../dist", import.meta.url));
  const copy = mkdtempSync(join(tmpdir(), "k8sctl-crash-program-"));
  beforeAll(() => {
    expect(existsSync(built), "run `npm run build` first").toBe(true);
    cpSync(built, copy, { recursive: true });
    writeFileSync(join(copy, "package.json"), '{ "type": "module" }\n');
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));
  return `${copy}/cli/entry.js`;
}
