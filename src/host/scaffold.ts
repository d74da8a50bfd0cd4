import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "../embedded/make-folder.ts";
import { userError } from "../model/errors.ts";
import { ownPackageRoot } from "./own-package.ts";
import { PROJECT_FILE } from "./project-file.ts";

/** What `init` makes itself; where one is there already it stops. */
const OWN_FILES = [PROJECT_FILE, "kind-config.yaml", "stacks/hello.ts"];
/** Made where they are missing, left alone where they are not. */
const SHARED_FILES = ["tsconfig.json", "package.json"];
const IGNORED = ["node_modules/", ".k8sctl/", "cdktf.out/"];

/**
 * Makes a project in `folder` that synthesizes and type-checks at once: examples/01-hello under a name of its own.
 * Returns the files made or added to, relative to the folder. Throws UserError `init-in-the-way` before it has written
 * anything when a file would have to be overwritten.
 */
export function scaffoldProject(folder: string, options: { readonly name?: string } = {}): string[] {
  const name = options.name ?? projectName(basename(resolve(folder)));
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 63) {
    throw userError("project-invalid", `"${name}" cannot name a project`, {
      remedy: "use lower-case letters, digits and -, with a letter or digit first and last",
    });
  }
  const inTheWay = OWN_FILES.filter((file) => existsSync(join(folder, file)));
  if (inTheWay.length > 0) {
    throw userError("init-in-the-way", `already there: ${inTheWay.join(", ")}`, {
      remedy: "move them away, or run init in another folder",
    });
  }
  try {
    const made = [...OWN_FILES, ...SHARED_FILES.filter((file) => !existsSync(join(folder, file)))];
    for (const file of made) {
      makeFolder(dirname(join(folder, file)));
      writeFileSync(join(folder, file), textOf(file, name), { flag: "wx" });
    }
    return addIgnored(folder) ? [...made, ".gitignore"] : made;
  } catch (cause) {
    throw userError("init-failed", `cannot write to ${folder}: ${(cause as Error).message}`, {
      remedy: "mend the folder's rights or free some space, remove what init has made, and run it again",
      cause,
    });
  }
}

/** The nearest name that Kubernetes takes; "hello" where nothing of it is left. */
function projectName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  return name === "" ? "hello" : name;
}

function textOf(file: string, name: string): string {
  const own = ownPackageRoot();
  if (file === "package.json") {
    const { version } = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as { version: string };
    return `${JSON.stringify({ name, private: true, devDependencies: { k8sctl: `^${version}` } }, null, 2)}\n`;
  }
  // The build copies the example; a checkout has it at its own place.
  const example = [join(own, "examples/01-hello"), join(own, "dist/init")].find((place) => existsSync(place))!;
  const text = readFileSync(join(example, file), "utf8");
  if (file !== PROJECT_FILE) return text;
  return text
    .replace("../../k8sctl.schema.json", "./node_modules/k8sctl/k8sctl.schema.json")
    .replace(/^project: .*$/m, `project: ${name}`);
}

function addIgnored(folder: string): boolean {
  const path = join(folder, ".gitignore");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const missing = IGNORED.filter(
    (line) => !text.split(/\r?\n/).some((l) => l.trim().replace(/\/$/, "") === line.slice(0, -1)),
  );
  if (missing.length === 0) return false;
  writeFileSync(path, `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${missing.join("\n")}\n`);
  return true;
}
