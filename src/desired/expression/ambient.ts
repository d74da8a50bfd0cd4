import { createHash } from "node:crypto";
import { filesBelow } from "./fileset.ts";
import type { Reference, Scope } from "./scope.ts";
import { setOf } from "./sets.ts";
import type { Expression } from "./syntax.ts";
import { ExpressionError } from "./syntax.ts";
import type { Plain, Value } from "./value.ts";
import { isObject, layBare, mark, pending, toText } from "./value.ts";

/**
 * Names that no expression can hold, under which a scope offers what functions need beside their arguments: the files
 * of the project (step by path: base64, or null where there is none; a path that ends with a slash is a folder: its names) and the times. A scope inside a `for` passes names
 * that it does not have to the one around it, so these are found from everywhere.
 */
export const FILES = "file()";
export const TIMESTAMP = "timestamp()";
export const PLAN_TIMESTAMP = "plantimestamp()";

const digest = (algorithm: string, encoding: "hex" | "base64") => (bytes: Buffer) =>
  createHash(algorithm).update(bytes).digest(encoding);

const readers: Readonly<Record<string, (bytes: Buffer) => Plain>> = {
  file: textOf,
  filebase64: (bytes) => bytes.toString("base64"),
  filemd5: digest("md5", "hex"),
  filesha1: digest("sha1", "hex"),
  filesha256: digest("sha256", "hex"),
  filesha512: digest("sha512", "hex"),
  filebase64sha256: digest("sha256", "base64"),
  filebase64sha512: digest("sha512", "base64"),
};

/** Evaluates a template text in a scope; given by the evaluator, which this file must not import. */
type Render = (text: string, scope: Scope) => Value;

/** The value of a call that reads the world around it; undefined for any other function. */
export function ambientCall(
  call: { readonly name: string; readonly args: readonly Expression[] },
  args: () => readonly Value[],
  scope: Scope,
  render: Render,
): Value | undefined {
  const { name } = call;
  if (name === "timestamp") return scope.name(TIMESTAMP) as Value;
  if (name === "plantimestamp") return scope.name(PLAN_TIMESTAMP) as Value;
  if (name === "fileset") return fileSet(args(), scope);
  if (name === "templatestring") return templateString(call.args[0], args(), scope, render);
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader === undefined && name !== "fileexists" && name !== "templatefile") return undefined;
  const [path = null, vars = {}, ...more] = args();
  if (call.args.length !== (name === "templatefile" ? 2 : 1) || more.length > 0) {
    throw new ExpressionError(
      "expression-arguments",
      `${name}() takes ${name === "templatefile" ? "2 arguments" : "1"}`,
    );
  }
  const bare = layBare(path);
  if (bare.needs !== null) return pending(bare);
  const found = contents(scope, toText(bare.plain).replace(/\/+$/, ""));
  if (name === "fileexists") return mark(found !== null, bare.sensitive);
  if (found === null) {
    const what = bare.sensitive ? "there is no such file" : `there is no file ${toText(bare.plain)}`;
    throw new ExpressionError("expression-function", `${name}(): ${what}`, "paths are relative to k8sctl.yaml");
  }
  if (reader !== undefined) return mark(reader(found), bare.sensitive);
  return mark(render(textOf(found), templateScope(vars, scope)), bare.sensitive);
}

/** `fileset(path, pattern)`: a set of names of files. */
function fileSet(args: readonly Value[], scope: Scope): Value {
  if (args.length !== 2) throw new ExpressionError("expression-arguments", "fileset() takes 2 arguments");
  const bare = layBare([...args]);
  if (bare.needs !== null) return pending(bare);
  const [path, pattern] = (bare.plain as readonly Plain[]).map(toText);
  const list = (folder: string) =>
    contents(scope, folder)
      ?.toString("utf8")
      .split("\n")
      .filter((name) => name !== "") ?? null;
  return mark(setOf(filesBelow(list, path ?? "", pattern ?? "")), bare.sensitive);
}

/** `templatestring(text, vars)`: a template that is a value. */
function templateString(source: Expression | undefined, args: readonly Value[], scope: Scope, render: Render): Value {
  const [text = null, vars = null] = args;
  if (args.length !== 2) throw new ExpressionError("expression-arguments", "templatestring() takes 2 arguments");
  // As in Terraform: text that stands here could be a template without a function.
  if (source?.type !== "name" && source?.type !== "get") {
    throw new ExpressionError("expression-function", "templatestring() needs a reference to its template");
  }
  const bare = layBare(text);
  if (bare.needs !== null) return pending(bare, layBare(vars));
  return mark(render(toText(bare.plain), templateScope(vars, scope)), bare.sensitive);
}

/** Names of a template are its variables alone (Terraform, "templatefile Function"). */
function templateScope(vars: Value, outer: Scope): Scope {
  return {
    name(name) {
      if (name === FILES) throw new ExpressionError("expression-function", "a template cannot read other files");
      if (name === TIMESTAMP || name === PLAN_TIMESTAMP) return outer.name(name);
      if (isObject(vars) && Object.hasOwn(vars, name)) return vars[name] ?? null;
      throw new ExpressionError("expression-name", `the template's variables have no "${name}"`);
    },
  };
}

function contents(scope: Scope, path: string): Buffer | null {
  const found = (scope.name(FILES) as Reference).step(path);
  return typeof found === "string" ? Buffer.from(found, "base64") : null;
}

function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!text.includes("\ufffd") || Buffer.from(text).equals(bytes)) return text;
  throw new ExpressionError("expression-function", "the file is not UTF-8: read it with filebase64()");
}
