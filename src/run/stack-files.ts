import { posix } from "node:path";
import type { FileReader } from "../desired/surroundings.ts";
import type { SynthStack } from "../model/desired.ts";
import type { Project } from "../model/project.ts";
import type { Ports } from "../ports.ts";

/**
 * What `file()` and its kind read: an asset of the stack where the path is one, then beside a stack in JSON (what `cdktf
 * synth` wrote lies there), then in the project.
 */
export function stackFiles(
  ports: Pick<Ports, "sourceFile">,
  project: Project,
  stacks: readonly SynthStack[],
): FileReader {
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  return (path, name) => {
    const read = (from: string): Uint8Array | null => ports.sourceFile?.(project.root, from, name) ?? null;
    const stack = byName.get(name);
    const plain = posix.normalize(path);
    for (const [at, asset] of Object.entries(stack?.assets ?? {})) {
      if (asset.type === "content" && plain === at) return Buffer.from(asset.base64, "base64");
      if (asset.type === "source" && (plain === at || plain.startsWith(`${at.replace(/\/$/, "")}/`))) {
        return read(posix.join(asset.path, plain.slice(at.replace(/\/$/, "").length)));
      }
    }
    const beside = stack?.file.endsWith(".tf.json") === true && !posix.isAbsolute(path);
    return (beside ? read(posix.join(posix.dirname(stack.file), path)) : null) ?? read(path);
  };
}
