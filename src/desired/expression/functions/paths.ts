import { posix } from "node:path";
import { toText } from "../value.ts";
import { type FunctionTable, fail, plain } from "./define.ts";

/** As Go's filepath has them: "" is ".", and a path that ends in a slash names what is before it. */
function basename(path: string): string {
  if (path === "") return ".";
  return /^\/+$/.test(path) ? "/" : posix.basename(path);
}

function dirname(path: string): string {
  const cleaned = posix.normalize(path.slice(0, path.lastIndexOf("/") + 1));
  return cleaned.length > 1 ? cleaned.replace(/\/$/, "") : cleaned;
}

function absolute(path: string): string {
  if (!path.startsWith("/")) {
    fail("a relative path would become one of this machine, and the plan another on the next; give an absolute one");
  }
  return posix.normalize(path).replace(/(?<=.)\/$/, "");
}

function expanded(path: string): string {
  if (/^~(?:\/|$)/.test(path)) fail("the home folder differs from machine to machine, and so would the plan");
  return path;
}

export const paths: FunctionTable = {
  abspath: plain(1, 1, (path = null) => absolute(toText(path))),
  basename: plain(1, 1, (path = null) => basename(toText(path))),
  dirname: plain(1, 1, (path = null) => dirname(toText(path))),
  pathexpand: plain(1, 1, (path = null) => expanded(toText(path))),
};
