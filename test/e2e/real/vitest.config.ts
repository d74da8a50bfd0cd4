import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/**
 * The files that hold on both servers (they call `clusterOfFile` or `homeWithCluster`), and those that need the real one.
 * One real API server for all files; each file keeps to projects and names of its own.
 */
export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  test: {
    include: [
      "test/e2e/*.test.ts",
      "test/e2e/real/**/*.test.ts",
      "test/differential/**/*.test.ts",
      "test/host/kube/port.test.ts",
      "test/run/{cluster,data,leaks,lifecycle,parts}.test.ts",
    ],
    exclude: ["test/e2e/package.test.ts"],
    globalSetup: ["test/temporary-folder.ts", "test/built.ts", "test/e2e/real/global-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // What one file breaks on purpose (an APIService without a server) holds up the namespaces of all.
    fileParallelism: false,
  },
});
