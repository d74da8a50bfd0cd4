import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../src/desired/program.ts";
import { Unknown } from "../../src/model/desired.ts";
import { nothingKnown, stackOf } from "./parity.ts";

const files: Readonly<Record<string, string | Uint8Array>> = {
  "conf/app.conf": "port = 80\n",
  "conf/app.tpl": "port = ${port}\n%{ for h in hosts ~}\nhost ${upper(h)}\n%{ endfor ~}\n",
  "conf/nested.tpl": '${file("conf/app.conf")}',
  "conf/.dot": "",
  "conf/[br].x": "",
  "conf/b/x.tpl": "",
  "conf/b/c/deep.tpl": "",
  "logo.bin": Uint8Array.from([0xff, 0xfe, 0]),
};

/** As the port lists a folder. */
function namesIn(path: string): string | undefined {
  const folder = path === "./" ? "" : path;
  const below = Object.keys(files).filter((name) => name.startsWith(folder));
  const names = new Set(below.map((name) => name.slice(folder.length).replace(/\/.*$/s, "/")));
  return names.size === 0 ? undefined : [...names].join("\n");
}

function value(expression: string): unknown {
  const json = { locals: { port: 8080 }, output: { o: { value: expression } } };
  const program = createProgram([stackOf(json)], (path) => {
    const found = path.endsWith("/") ? namesIn(path) : files[path.replace(/^\.\//, "")];
    return found === undefined ? null : typeof found === "string" ? Buffer.from(found) : found;
  });
  const { outputs, problems } = program.decode(nothingKnown);
  return problems[0]?.message ?? outputs[0]?.value;
}

const hash = (algorithm: string, encoding: "hex" | "base64"): string =>
  createHash(algorithm).update("port = 80\n").digest(encoding);

describe("files of the project", () => {
  test.each([
    ['${file("conf/app.conf")}', "port = 80\n"],
    ['${file("${path.module}/conf/app.conf")}', "port = 80\n"],
    ['${fileexists("conf/app.conf")}', true],
    ['${fileexists("conf/none")}', false],
    ['${filebase64("logo.bin")}', "//4A"],
    ['${filemd5("conf/app.conf")}', hash("md5", "hex")],
    ['${filesha1("conf/app.conf")}', hash("sha1", "hex")],
    ['${filesha256("conf/app.conf")}', hash("sha256", "hex")],
    ['${filesha512("conf/app.conf")}', hash("sha512", "hex")],
    ['${filebase64sha256("conf/app.conf")}', hash("sha256", "base64")],
    ['${filebase64sha512("conf/app.conf")}', hash("sha512", "base64")],
    ['${templatefile("conf/app.tpl", {port = local.port, hosts = ["a", "b"]})}', "port = 8080\nhost A\nhost B\n"],
    ['${[for f in ["conf/app.conf"] : length(file(f))][0]}', 10],
    ['${try(file("conf/none"), "fallback")}', "fallback"],
    ['${file("conf/none")}', "file(): there is no file conf/none"],
    ['${file("logo.bin")}', "the file is not UTF-8: read it with filebase64()"],
    ['${file(sensitive("conf/none"))}', "file(): there is no such file"],
    ['${templatefile("conf/app.tpl", {port = 1})}', 'the template\'s variables have no "hosts"'],
    ['${templatefile("conf/nested.tpl", {})}', "a template cannot read other files"],
    ["${file()}", "file() takes 1"],
  ])("%s", (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  // As terraform console 1.11.4 answers for these files.
  test.each([
    ['fileset(".", "*")', ["logo.bin"]],
    ['fileset("conf", "*")', [".dot", "[br].x", "app.conf", "app.tpl", "nested.tpl"]],
    ['fileset("conf", "**")', [".dot", "[br].x", "app.conf", "app.tpl", "b/c/deep.tpl", "b/x.tpl", "nested.tpl"]],
    ['fileset("conf", "**/x.tpl")', ["b/x.tpl"]],
    ['fileset("conf", "**/*.tpl")', ["app.tpl", "b/c/deep.tpl", "b/x.tpl", "nested.tpl"]],
    ['fileset("conf", "*/*.tpl")', ["b/x.tpl"]],
    ['fileset(path.module, "conf/app.{conf,tpl}")', ["conf/app.conf", "conf/app.tpl"]],
    ['fileset(".", "{conf,none}/b/*")', ["conf/b/x.tpl"]],
    ['fileset("conf/", "./app.????")', ["app.conf"]],
    ['fileset("conf/b", "../[a-c]*.conf")', ["../app.conf"]],
    ['fileset("conf", "[^a-m]*.tpl")', ["nested.tpl"]],
    ['fileset("conf", "[[]br].x")', ["[br].x"]],
    ['fileset("conf", "/app.conf")', ["app.conf"]],
    ['fileset("conf", "b")', []],
    ['fileset("conf", "[z-a]*")', []],
    ['fileset("none", "*")', []],
    ['fileset("conf", "[")', "fileset(): syntax error in pattern"],
    ['fileset("conf", "{x")', "fileset(): syntax error in pattern"],
    ['fileset("conf")', "fileset() takes 2 arguments"],
    ['{ for f in fileset("conf", "*.conf") : f => file("conf/${f}") }', { "app.conf": "port = 80\n" }],
  ])("%s", (expression, expected) => {
    expect(value(`\${${expression}}`)).toEqual(expected);
  });

  test("times are known when they come: timestamp at the apply, plantimestamp at the plan", () => {
    const stack = stackOf({ output: { t: { value: "${timestamp()}" }, p: { value: "${plantimestamp()}" } } });
    const program = createProgram([stack]);
    const values = (more: object) => {
      const { outputs } = program.decode({ ...nothingKnown, ...more });
      expect(outputs).toEqual(program.outputs({ ...nothingKnown, ...more }));
      return outputs.map((o) => o.value);
    };
    expect(values({})).toEqual([expect.any(Unknown), expect.any(Unknown)]);
    expect(values({ now: 0 })).toEqual([expect.any(Unknown), "1970-01-01T00:00:00Z"]);
    expect(values({ now: 0, applied: 1000 })).toEqual(["1970-01-01T00:00:01Z", "1970-01-01T00:00:00Z"]);
    expect(values({ now: 1000 })).toEqual([expect.any(Unknown), "1970-01-01T00:00:01Z"]);
  });
});
