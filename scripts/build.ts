/**
 * Builds `dist/`: the CLI bundled with splitting (so that each command loads only what it needs), and the stack library
 * compiled file by file with its types. CDKTF stays external: it is resolved from the user's project first.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compiledValidator } from "./compile-validator.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
rmSync("dist", { recursive: true, force: true });

/** Entry points that are started on their own: the CLI and the child processes it spawns. */
const entryPoints = ["src/cli/entry.ts", "src/host/synth-child.ts", "src/embedded/server-main.ts"].filter((f) =>
  existsSync(f),
);

await build({
  entryPoints,
  outbase: "src",
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minifySyntax: true,
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  plugins: [compiledValidator],
  external: ["cdktf", "constructs", "@cdktf/*", "@kubernetes/client-node", "jiti", "typescript", "react-devtools-core"],
  define: { "process.env.NODE_ENV": '"production"' },
  banner: {
    js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);",
  },
});

if (readdirSync("stacks").some((f) => f.endsWith(".ts"))) {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.stacks.json"], {
    stdio: "inherit",
  });
}

// What `k8sctl init` writes; the package ships no examples.
for (const file of ["k8sctl.yaml", "kind-config.yaml", "tsconfig.json", "stacks"]) {
  cpSync(`examples/01-hello/${file}`, `dist/init/${file}`, { recursive: true });
}
