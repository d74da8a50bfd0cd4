import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** One real API server for all files; each file keeps to projects and namespaces of its own. */
export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  test: {
    include: ["test/e2e/real/**/*.test.ts"],
    globalSetup: ["test/e2e/real/global-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // What one file breaks on purpose (an APIService without a server) holds up the namespaces of all.
    fileParallelism: false,
  },
});
