import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * One folder for all that a run of the tests puts into the system's temporary folder, removed when it ends: nothing is left
 * behind by a test that fails or is cut short. What jiti has stripped of types stays, beside the packages.
 */
export default function makeTemporaryFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-tests-"));
  process.env["TMPDIR"] = folder;
  process.env["JITI_FS_CACHE"] ??= fileURLToPath(new URL("../node_modules/.cache/jiti", import.meta.url));
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
