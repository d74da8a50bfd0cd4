import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { decodeText, encodeText } from "../character-sets.ts";
import type { Plain } from "../value.ts";
import { toText } from "../value.ts";
import { type FunctionTable, fail, plain } from "./define.ts";
import { json } from "./json.ts";
import { rsaDecrypt } from "./rsa.ts";
import { parseYaml, yamlText } from "./yaml.ts";

function parseJson(text: string): Plain {
  try {
    return JSON.parse(text) as Plain;
  } catch {
    return fail("the text is not JSON");
  }
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail("the decoded bytes are not UTF-8 text");
  }
}

function base64Bytes(text: string): Buffer {
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}$/.test(text) || text.replace(/[\r\n]/g, "").length % 4 !== 0) {
    fail("the text is not base64");
  }
  return Buffer.from(text, "base64");
}

/** Go's url.QueryEscape: everything but unreserved characters, space as plus. */
function urlText(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function csv(text: string): Plain {
  const rows: string[][] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text) ?? fail("the text is not CSV");
    row.push(found[1] === undefined ? (found[2] ?? "") : found[1].replaceAll('""', '"'));
    if (found[3] !== ",") {
      rows.push(row);
      row = [];
    } else if (cell.lastIndex === text.length) row.push("");
  }
  if (row.length > 0) rows.push(row);
  const [head, ...body] = rows.filter((r) => r.length > 1 || r[0] !== "");
  if (head === undefined) return fail("the text has no line of column names");
  if (new Set(head).size < head.length) fail("two columns have the same name");
  return body.map((r, i) => {
    if (r.length !== head.length) fail(`row ${i + 1} has ${r.length} fields, the head has ${head.length}`);
    return Object.fromEntries(head.map((name, column) => [name, r[column] ?? ""]));
  });
}

function hash(algorithm: string, encoding: "hex" | "base64") {
  return plain(1, 1, (s = null) => createHash(algorithm).update(toText(s)).digest(encoding));
}

const uuidSpaces: Readonly<Record<string, string>> = { dns: "10", url: "11", oid: "12", x500: "14" };

/** Version 5 (RFC 9562, section 5.5). */
function uuidOfName(namespace: string, name: string): string {
  const space = uuidSpaces[namespace];
  const id = space === undefined ? namespace : `6ba7b8${space}-9dad-11d1-80b4-00c04fd430c8`;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) fail("the namespace is no UUID");
  const made = createHash("sha1")
    .update(Buffer.from(id.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  made[6] = (made[6]! & 0x0f) | 0x50;
  made[8] = (made[8]! & 0x3f) | 0x80;
  return made.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const encodings: FunctionTable = {
  base64decode: plain(1, 1, (s = null) => utf8(base64Bytes(toText(s)))),
  base64encode: plain(1, 1, (s = null) => Buffer.from(toText(s)).toString("base64")),
  csvdecode: plain(1, 1, (s = null) => csv(toText(s))),
  jsondecode: plain(1, 1, (s = null) => parseJson(toText(s))),
  jsonencode: plain(1, 1, (v = null) => json(v)),
  urlencode: plain(1, 1, (s = null) => urlText(toText(s))),
  yamldecode: plain(1, 1, (s = null) => parseYaml(toText(s))),
  yamlencode: plain(1, 1, (v = null) => yamlText(v)),
  // Go's compressor makes other bytes of it; unpacked they are the same.
  base64gzip: plain(1, 1, (s = null) => gzipSync(toText(s)).toString("base64")),
  textdecodebase64: plain(2, 2, (s = null, encoding = null) => decodeText(base64Bytes(toText(s)), toText(encoding))),
  textencodebase64: plain(2, 2, (s = null, encoding = null) =>
    encodeText(toText(s), toText(encoding)).toString("base64"),
  ),
  uuidv5: plain(2, 2, (namespace = null, name = null) => uuidOfName(toText(namespace), toText(name))),
  md5: hash("md5", "hex"),
  rsadecrypt: plain(2, 2, (text = null, key = null) => utf8(rsaDecrypt(base64Bytes(toText(text)), toText(key)))),
  sha1: hash("sha1", "hex"),
  sha256: hash("sha256", "hex"),
  sha512: hash("sha512", "hex"),
  base64sha256: hash("sha256", "base64"),
  base64sha512: hash("sha512", "base64"),
};
