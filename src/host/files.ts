import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "../embedded/make-folder.ts";
import { userError } from "../model/errors.ts";
import type { Files } from "../ports.ts";

/**
 * Files on disk. `write` makes missing folders (0700 for a file that others may not read) and replaces a file in one
 * step. Throws UserError `disk-full`, `file-denied`, and `file-folder` for a folder where a file is wanted.
 */
export const diskFiles: Files = { read, write, remove };

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw explained(error, path, "read");
  }
}

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    makeFolder(folder, (mode & 0o077) === 0 ? 0o700 : 0o777);
    const file = await open(temporary, "wx", mode);
    try {
      // The mode given to open is cut by the umask.
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw explained(error, path, "write");
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw explained(error, path, "remove");
  }
}

function explained(error: unknown, path: string, verb: "read" | "write" | "remove"): unknown {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return userError("disk-full", `there is no space left to write ${path}`, {
        remedy: "free some space, or put the state elsewhere with K8SCTL_HOME",
        cause: error,
      });
    // A read of what does not exist is none of these: below /proc nobody can make anything.
    case "ENOENT":
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return userError("file-denied", `may not ${verb} ${path}`, {
        remedy: "check owner and mode of the file and its folder; K8SCTL_HOME names another place for the state",
        cause: error,
      });
    case "EISDIR":
      return userError("file-folder", `cannot ${verb} ${path}: it is a folder`, {
        remedy: "name a file",
        cause: error,
      });
    case "EEXIST":
    case "ENOTDIR":
      return userError("file-folder", `cannot ${verb} ${path}: a folder and a file are in each other's place`, {
        remedy: "name another path, or move away what is there",
        cause: error,
      });
    default:
      return error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/**
 * At once, because expressions are evaluated in one go. A path that ends with a slash is a folder: its content are the
 * names in it, one a line, those of folders with a slash. What is there and cannot be read is a UserError.
 */
export function sourceFile(root: string, path: string): Uint8Array | null {
  const absolute = resolve(root, path);
  try {
    if (path.endsWith("/")) return Buffer.from(namesIn(absolute).join("\n"));
    return readFileSync(absolute);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(String(codeOf(error)))) return null;
    throw explained(error, absolute, "read");
  }
}

/** Files and folders, also by links; links that lead nowhere, sockets and the like are left out. */
function namesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found?.isDirectory()) return [`${name}/`];
    return found?.isFile() ? [name] : [];
  });
}
