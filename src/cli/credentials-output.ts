import { resolve } from "node:path";
import { credentialsOf } from "../access/credentials.ts";
import { expiryWords } from "../access/expiry.ts";
import type { CredentialsFormat } from "../access/render.ts";
import { credentialFiles, renderCredentials } from "../access/render.ts";
import type { ClusterAccess } from "../model/access.ts";
import { userError } from "../model/errors.ts";
import type { Files } from "../ports.ts";
import type { CliIo } from "./io.ts";
import { isTerminal } from "./io.ts";
import type { Options } from "./options.ts";

/**
 * Writes credentials to 0600 files, or prints them into a pipe. On a terminal only what is not secret is shown, unless
 * `--show` says otherwise.
 */
export async function writeCredentials(
  io: CliIo,
  options: Options,
  files: Files,
  access: ClusterAccess,
): Promise<number> {
  const format = options.format ?? "kubeconfig";
  const ending = expiryWords(access, Date.now());
  if (ending !== null) io.stderr.write(`warning: ${ending}\n`);
  if (format === "files") {
    if (options.out === undefined) {
      throw userError("out-needed", "--format files needs a folder", { remedy: "name it with --out DIR" });
    }
    for (const { name, text } of credentialFiles(access)) {
      const path = resolve(io.cwd, options.out, name);
      await files.write(path, text.reveal(), 0o600);
      io.stdout.write(`${path}\n`);
    }
    return 0;
  }
  const text = renderCredentials(access, format as CredentialsFormat);
  if (options.out !== undefined) {
    const path = resolve(io.cwd, options.out);
    await files.write(path, text.reveal(), 0o600);
    io.stdout.write(`${path}\n`);
  } else if (isTerminal(io.stdout) && options.show !== true) {
    const { name, host, expires, clientKey, token } = credentialsOf(access);
    io.stdout.write(`${name}\n  host     ${host}\n`);
    if (expires !== null) io.stdout.write(`  expires  ${expires}\n`);
    if (clientKey !== null || token !== null)
      io.stdout.write("  secret   hidden: --show prints it, --out writes a 0600 file\n");
  } else io.stdout.write(text.reveal());
  return 0;
}
