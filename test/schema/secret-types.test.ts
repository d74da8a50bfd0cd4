import { expect, test } from "vitest";
import { Unknown } from "../../src/model/desired.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";

const encoded = (text: string) => Buffer.from(text).toString("base64");
const later = new Unknown("${x}", ["app/x"], true);

// What a real server of 1.34 answers to each: 422 with these fields, or 201.
test.each<[string, object, string[]]>([
  ["kubernetes.io/tls", { data: { "tls.crt": "" } }, ["data must have tls.key where type is kubernetes.io/tls"]],
  ["kubernetes.io/tls", { data: { "tls.crt": later, "tls.key": later } }, []],
  ["kubernetes.io/tls", { stringData: { "tls.crt": "", "tls.key": "" } }, []],
  ["kubernetes.io/tls", { data: later }, []],
  [
    "kubernetes.io/basic-auth",
    { data: { user: "" } },
    ["data must have username or password where type is kubernetes.io/basic-auth"],
  ],
  ["kubernetes.io/basic-auth", { data: { password: "" } }, []],
  ["kubernetes.io/ssh-auth", {}, ["data must have ssh-privatekey where type is kubernetes.io/ssh-auth"]],
  ["kubernetes.io/dockerconfigjson", { data: { ".dockerconfigjson": encoded("{}") } }, []],
  [
    "kubernetes.io/dockerconfigjson",
    { data: { ".dockerconfigjson": encoded("a: b") } },
    ['data[".dockerconfigjson"] must be JSON'],
  ],
  ["kubernetes.io/dockercfg", { data: { ".dockercfg": later } }, []],
  [
    "kubernetes.io/service-account-token",
    {},
    [
      "metadata.annotations must have kubernetes.io/service-account.name where type is kubernetes.io/service-account-token",
    ],
  ],
  ["Opaque", {}, []],
  ["example.com/mine", {}, []],
])("a Secret of type %s: %j", (type, more, wrong) => {
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, type, ...more };
  expect(validateObject(secret, builtinTypes).map(({ path, message }) => `${path} ${message}`)).toEqual(wrong);
});
