import { resolve } from "node:path";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { scaffold } from "../wire.ts";

/** Makes a project that synthesizes and type-checks at once; never writes over a file. */
export async function run(io: CliIo, options: Options, args: readonly string[]): Promise<number> {
  const folder = resolve(io.cwd, args[0] ?? ".");
  for (const file of await scaffold(folder, options.name)) io.stdout.write(`made ${file}\n`);
  const where = folder === io.cwd ? "" : `cd ${args[0]} && `;
  io.stdout.write(`\nNext: ${where}k8sctl up --cluster embedded\n`);
  return 0;
}
