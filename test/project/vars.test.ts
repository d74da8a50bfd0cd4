import { expect, test } from "vitest";
import { UserError } from "../../src/model/errors.ts";
import { parseVars } from "../../src/project/vars.ts";

test("values are read as YAML", () => {
  expect(
    parseVars([
      "replicas=3",
      "tag='1.0'",
      "hosts=[a, b]",
      "limits={cpu: 1}",
      "on=true",
      "text=a=b",
      "empty=",
      "name=x",
    ]),
  ).toEqual({
    replicas: 3,
    tag: "1.0",
    hosts: ["a", "b"],
    limits: { cpu: 1 },
    on: true,
    text: "a=b",
    empty: "",
    name: "x",
  });
});

test.each([
  "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  "Warning: hot",
  "abc #1",
  "#fff",
  "*abc",
  "&abc",
  "@abc",
  "%abc",
  "- a",
  "- a\n- b",
  "~",
  "a\u001b[31mb",
])("%j arrives as it was typed", (text) => {
  expect(parseVars([`text=${text}`])).toEqual({ text });
});

test.each([
  ["hunter2", "--var: not of the form key=value"],
  ["=hunter2", "--var: not of the form key=value"],
  ["1st=hunter2", "--var 1st: not a variable's name"],
  ["list=[hunter2", "--var list: the value is not valid YAML"],
])("%s is refused without repeating the value", (assignment, message) => {
  const refuse = (): unknown => parseVars([assignment]);
  expect(refuse).toThrow(UserError);
  expect(refuse).toThrow(new RegExp(`^${message}$`));
});
