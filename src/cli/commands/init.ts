import { resolve } from "node:path";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { scaffold } from "../wire.ts";

/** Makes a project that synthesizes and type-checks at once; never writes over a file. */
export async function run(io: CliIo, options: Options, args: readonly string[]): Promise<number> {
  const folder = resolve(io.cwd, args[0] ?? ".");
  for (const file of await scaffold(folder, options.name)) io.stdout.write(`made ${file}\n`);
  const name = args[0] ?? ".";
  const where =
    folder === resolve(io.cwd)
      ? ""
      : `cd ${/^[\w./~-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`} && `;
  // npx says so of what it starts: then there is no k8sctl on the PATH to call.
  const program = io.env["npm_command"] === "exec" ? "npx k8sctl" : "k8sctl";
  io.stdout.write(`\nNext: ${where}${program} up --cluster embedded\n`);
  return 0;
}
