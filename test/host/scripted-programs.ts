import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemExec } from "../../src/host/exec.ts";
import type { Exec } from "../../src/ports.ts";

/** What a program does when its arguments begin like `when`; the first that fits is played. */
export interface Scene {
  readonly when: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
  /** Never ends by itself. */
  readonly hang?: boolean;
  /** From now on the program plays these scenes first. */
  readonly next?: readonly Scene[];
}

export interface Programs {
  readonly exec: Exec;
  readonly folder: string;
  /** The command lines so far, in order: `kind get clusters`. */
  calls(): string[];
}

/** Programs of the given names, alone on the PATH, that play recorded outputs of the real ones. */
export function scriptedPrograms(programs: Readonly<Record<string, readonly Scene[]>>): Programs {
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-programs-"));
  const log = join(folder, "calls.log");
  for (const [name, scenes] of Object.entries(programs)) {
    const scenesFile = join(folder, `${name}.json`);
    writeFileSync(scenesFile, JSON.stringify(scenes));
    writeFileSync(
      join(folder, name),
      `#!${process.execPath}
const fs = require("node:fs");
const args = process.argv.slice(2).join(" ");
fs.appendFileSync(${JSON.stringify(log)}, ${JSON.stringify(name)} + " " + args + "\\n");
const scenes = JSON.parse(fs.readFileSync(${JSON.stringify(scenesFile)}, "utf8"));
const scene = scenes.find((s) => args.startsWith(s.when)) ?? { stderr: "no scene for " + args, exit: 99 };
if (scene.next) fs.writeFileSync(${JSON.stringify(scenesFile)}, JSON.stringify([...scene.next, ...scenes]));
fs.writeSync(1, scene.stdout ?? "");
fs.writeSync(2, scene.stderr ?? "");
if (scene.hang) setInterval(() => {}, 1000); else process.exitCode = scene.exit ?? 0;
`,
    );
    chmodSync(join(folder, name), 0o755);
  }
  return {
    folder,
    exec: {
      run: (argv, options = {}) => systemExec.run(argv, { ...options, env: { ...options.env, PATH: folder } }),
    },
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
  };
}
