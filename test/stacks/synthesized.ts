import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App, type TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Decoded } from "../../src/desired/decoding.ts";
import { createProgram } from "../../src/desired/program.ts";
import { readProject } from "../../src/host/project-file.ts";
import { createSynth } from "../../src/host/synth.ts";
import type { GeneratedValue, SynthStack } from "../../src/model/desired.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { StackContext, Vars } from "../../stacks/contract.ts";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Every project of the repository: the root with the five stacks, and the examples. */
export const projects = [
  ".",
  "examples/00-terraform-learn",
  "examples/01-hello",
  "examples/02-web-with-postgres",
  "examples/03-gitops-repo/dev",
  "examples/03-gitops-repo/staging",
  "examples/03-gitops-repo/prod",
  "examples/04-shop",
] as const;

/** The stacks of a project, synthesized in the real child process. */
export async function synthesize(folder: string): Promise<readonly SynthStack[]> {
  const synth = createSynth({ timeoutMs: 60_000, onPrint: () => {} });
  const outcome = await synth.synth(readProject(join(repository, folder)), { stacks: null, vars: {} });
  if (outcome.problems.length > 0) throw new Error(outcome.problems.map((p) => p.message).join("\n"));
  return outcome.stacks;
}

/** What the stacks want, with every generated value known and recognizable: `made-KEY-ATTRIBUTE`. */
export function decode(stacks: readonly SynthStack[]): Decoded {
  const program = createProgram(stacks);
  const none = { live: new Map(), generated: new Map() };
  const { generated } = program.decode(none);
  const made = generated.map(({ stack, address, type, arguments: args }): [string, GeneratedValue] => {
    const attribute = (name: string) => `made-${stack}-${name}`;
    const names = ["result", "b64_url", "private_key_pem", "private_key_pem_pkcs8", "cert_request_pem", "cert_pem"];
    const attributes = Object.fromEntries(names.map((each) => [each, attribute(each)]));
    return [`${stack}/${address}`, { type, arguments: args, attributes }];
  });
  return program.decode({ ...none, generated: new Map(made) });
}

type StackClass = new (scope: Construct, id: string, context: StackContext) => TerraformStack;

/** One stack of the library with these vars, synthesized in this process. Throws what its constructor throws. */
export function synthesizeOne(
  name: string,
  stackClass: StackClass,
  vars: Vars,
  own: readonly string[] = [],
  stacksIn: (scope: Construct) => StackContext["stacks"] = () => ({}),
): SynthStack {
  const outdir = mkdtempSync(join(tmpdir(), "k8sctl-stack-"));
  try {
    const app = new App({ outdir });
    const stack = new stackClass(app, name, { vars, own, stacks: stacksIn(app) });
    stack.prepareStack();
    const json = stack.toTerraform() as JsonObject;
    return { name, file: `stacks/${name}.ts`, after: [], vars: {}, json, positions: {} };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
