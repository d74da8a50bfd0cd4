import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { userError } from "../model/errors.ts";
import type { Project } from "../model/project.ts";
import { parseProject } from "../project/parse.ts";

/** Name of the file that makes a folder a project. */
export const PROJECT_FILE = "k8sctl.yaml";

/** Reads the project in `folder`. Throws UserError `project-missing`, or what `parseProject` finds. */
export function readProject(folder: string): Project {
  let text: string;
  let root: string;
  try {
    // Stack files know each other by real paths.
    root = realpathSync(folder);
    text = readFileSync(join(root, PROJECT_FILE), "utf8");
  } catch (cause) {
    const missing = ["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "");
    throw userError("project-missing", missing ? `no ${PROJECT_FILE} in ${folder}` : `${PROJECT_FILE} cannot be read`, {
      remedy: missing ? whereElse(folder) : "give this user the right to read it",
      cause,
    });
  }
  return parseProject(text, { file: PROJECT_FILE, root });
}

/** Nearest folder above that is a project, or a project's file that was named in the place of its folder. */
function whereElse(folder: string): string {
  for (let above = dirname(folder); ; above = dirname(above)) {
    if (existsSync(join(above, PROJECT_FILE))) return `there is one in ${above}: go there, or add --project ${above}`;
    if (dirname(above) === above) break;
  }
  return "go to the project's folder, name it with --project DIR, or make one with `k8sctl init`";
}
