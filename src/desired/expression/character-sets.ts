import { ExpressionError } from "./syntax.ts";

const ascii = /^(?:us-)?ascii$/i;

/** Text in an encoding of IANA's names: UTF-8, UTF-16 and all that have one byte for a character. */
export function encodeText(text: string, name: string): Buffer {
  if (/^utf-?8$/i.test(name)) return Buffer.from(text);
  if (/^utf-?16le$/i.test(name)) return Buffer.from(text, "utf16le");
  if (/^utf-?16be$/i.test(name)) return Buffer.from(text, "utf16le").swap16();
  // Go marks it, and puts the big end first.
  if (/^utf-?16$/i.test(name)) return Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  const bytes = singleBytes(name);
  return Buffer.from(Array.from(text, (char) => bytes.get(char) ?? unknownIn(name)));
}

export function decodeText(bytes: Buffer, name: string): string {
  if (/^utf-?16$/i.test(name)) return decoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  if (/^utf-?(?:8|16[lb]e)$/i.test(name)) return decoder(name).decode(bytes);
  const letters = new Map([...singleBytes(name)].map(([char, byte]) => [byte, char]));
  return Array.from(bytes, (byte) => letters.get(byte) ?? unknownIn(name)).join("");
}

function decoder(name: string): InstanceType<typeof TextDecoder> {
  return new TextDecoder(name, { fatal: true });
}

const tables = new Map<string, ReadonlyMap<string, number>>();

/** The characters that one byte stands for. */
function singleBytes(name: string): ReadonlyMap<string, number> {
  const key = name.toLowerCase();
  let table = tables.get(key);
  if (table === undefined) {
    table = tableOf(key);
    tables.set(key, table);
  }
  return table;
}

function tableOf(name: string): ReadonlyMap<string, number> {
  const count = ascii.test(name) ? 128 : 256;
  const all = Array.from({ length: count }, (_, byte) => byte);
  // The web's name for it means windows-1252.
  if (ascii.test(name) || /^(?:iso-?8859-1|latin1)$/.test(name))
    return new Map(all.map((b) => [String.fromCharCode(b), b]));
  if (!/^(?:windows-?12|iso-?8859-|ibm866|koi8-|macintosh|x-mac-)/.test(name)) return notSupported(name);
  try {
    const lenient = new TextDecoder(name);
    const pairs = all.map((byte): [string, number] => [lenient.decode(Uint8Array.of(byte)), byte]);
    return new Map(pairs.filter(([char]) => char !== "\ufffd"));
  } catch {
    return notSupported(name);
  }
}

function notSupported(name: string): never {
  throw new ExpressionError("expression-function", `encoding ${name} is not supported`);
}

function unknownIn(name: string): never {
  throw new ExpressionError("expression-function", `the text has a character that ${name} lacks`);
}
