import { posix } from "node:path";
import { toText } from "../value.ts";
import { type FunctionTable, plain } from "./define.ts";

export const paths: FunctionTable = {
  basename: plain(1, 1, (path = null) => posix.basename(toText(path))),
  dirname: plain(1, 1, (path = null) => posix.dirname(toText(path))),
};
