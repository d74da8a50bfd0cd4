import { dirname, join, resolve } from "node:path";
import { userError } from "../../model/errors.ts";
import { decodeStacks } from "../../run/decode.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { clusterOf, loadProject, readVars, stacksOf } from "../options.ts";
import { printWarnings } from "../report.ts";
import { interruptSignal } from "../signals.ts";
import { makePorts, writeAssets } from "../wire.ts";

/** Prints or writes what the stacks say: Terraform JSON as CDKTF makes it, or the Kubernetes objects it decodes to. */
export async function run(io: CliIo, options: Options): Promise<number> {
  if (options.objects === true && options.out !== undefined) throw objectsAreNoFiles();
  const project = await loadProject(io, options);
  clusterOf(project, options);
  const ports = makePorts(io);
  const outcome = await ports.synth.synth(project, {
    stacks: stacksOf(project, options),
    vars: await readVars(options),
    signal: interruptSignal(io),
  });
  printWarnings(io, outcome.problems);
  if (options.objects === true) {
    const { desired } = decodeStacks(ports, project, outcome.stacks);
    const { objectStream } = await import("../object-stream.ts");
    io.stdout.write(objectStream(desired, { secrets: options.showSecrets ?? false, json: options.output === "json" }));
    return 0;
  }
  if (options.out !== undefined) {
    const folder = resolve(io.cwd, options.out);
    for (const stack of outcome.stacks) {
      const file = join(folder, "stacks", stack.name, "cdk.tf.json");
      await writeAssets(dirname(file), stack);
      await ports.files.write(file, `${JSON.stringify(stack.json, null, 2)}\n`, 0o600);
      io.stdout.write(`${file}\n`);
    }
    return 0;
  }
  const documents = Object.fromEntries(outcome.stacks.map((stack) => [stack.name, stack.json]));
  io.stdout.write(`${JSON.stringify(documents, null, options.output === "json" ? 0 : 2)}\n`);
  return 0;
}

function objectsAreNoFiles(): Error {
  return userError("synth-objects-out", "--out writes Terraform JSON, and --objects asks for objects", {
    remedy: "leave one of them out; objects go into a file with `k8sctl synth --objects > objects.yaml`",
  });
}
