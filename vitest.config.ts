import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // What a project has by installing k8sctl.
  resolve: { alias: [{ find: /^k8sctl\/stacks\/(.+)$/, replacement: join(import.meta.dirname, "stacks/$1.ts") }] },
  test: {
    include: ["test/**/*.test.{ts,tsx}", "examples/*/test/*.test.ts"],
    exclude: ["test/e2e/real/**", "test/e2e/kind/**", "test/differential/**", "**/node_modules/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Much of a test is waiting for a cluster: a worker less than cores, as is the default, leaves small machines idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    globalSetup: ["test/temporary-folder.ts", "test/built.ts"],
  },
});
