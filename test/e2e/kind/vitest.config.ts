import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** On a real kind cluster; `npm run e2e:kind` sees to what it needs. One cluster goes through a file from top to bottom. */
export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  test: {
    include: ["test/e2e/kind/**/*.test.ts"],
    globalSetup: ["test/temporary-folder.ts", "test/built.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: "forks",
    // Each file has a cluster of its own; two take some 3 GiB.
    maxWorkers: 2,
  },
});
