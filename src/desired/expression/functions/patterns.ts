import { fail } from "./define.ts";

/**
 * A pattern in the syntax of RE2, which Terraform has (github.com/google/re2/wiki/Syntax), as a JavaScript one. What
 * RE2 does not know is refused: looking around and back-references.
 */
export function pattern(source: string, flags: string): RegExp {
  try {
    return new RegExp(new Translation(source).result(), `${flags}u`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail(`the pattern ${JSON.stringify(source)} is not a regular expression of RE2`);
  }
}

/** POSIX classes, as they stand inside of brackets. */
const posix: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** RE2's classes are those of ASCII; JavaScript's \s holds more. */
const perl: Readonly<Record<string, string>> = { d: "0-9", w: "0-9A-Za-z_", s: "\\t\\n\\f\\r " };

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

const begin = "(?<![\\s\\S])";
const end = "(?![\\s\\S])";

class Translation {
  readonly #text: string;
  #at = 0;
  #flags: Flags = { i: false, m: false, s: false, U: false };

  constructor(text: string) {
    this.#text = text;
  }

  result(): string {
    const out = this.#alternatives();
    if (this.#at < this.#text.length) throw new SyntaxError("unexpected )");
    return out;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(pattern.source, "uy");
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #alternatives(): string {
    let out = "";
    while (this.#at < this.#text.length && this.#text[this.#at] !== ")") {
      if (this.#take(/\|/) !== null) out += "|";
      else out += this.#repeated(this.#atom());
    }
    return out;
  }

  #repeated(atom: string): string {
    const found = this.#take(/[*+?]|\{\d+(?:,\d*)?\}/);
    if (found === null) return atom;
    const isLazy = (this.#take(/\?/) !== null) !== this.#flags.U;
    if (this.#take(/[*+]/) !== null) throw new SyntaxError("two repetitions in a row");
    return `${atom}${found[0]}${isLazy ? "?" : ""}`;
  }

  #atom(): string {
    const char = this.#take(/[\s\S]/)?.[0] ?? "";
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return this.#brackets();
      case "\\":
        return this.#escape();
      case ".":
        return this.#flags.s ? "[\\s\\S]" : "[^\\n]";
      case "^":
        return this.#flags.m ? "(?<![^\\n])" : begin;
      case "$":
        return this.#flags.m ? "(?![^\\n])" : end;
      case "*":
      case "+":
      case "?":
        throw new SyntaxError("nothing to repeat");
      default:
        return this.#literal(char);
    }
  }

  #group(): string {
    const former = this.#flags;
    const named = this.#take(/\?P?<([A-Za-z_]\w*)>/);
    let open = "(";
    if (named !== null) open = `(?<${named[1]}>`;
    else {
      const flags = this.#take(/\?([imsU]*)(?:-([imsU]+))?([:)])/);
      if (flags !== null) {
        const set = (name: keyof Flags): boolean =>
          (former[name] || (flags[1] ?? "").includes(name)) && !(flags[2] ?? "").includes(name);
        this.#flags = { i: set("i"), m: set("m"), s: set("s"), U: set("U") };
        if (flags[3] === ")") return "";
        open = "(?:";
      } else if (this.#text[this.#at] === "?") throw new SyntaxError("unknown group");
    }
    const inner = this.#alternatives();
    if (this.#take(/\)/) === null) throw new SyntaxError("missing )");
    this.#flags = former;
    return `${open}${inner})`;
  }

  /** A character for itself, or for both of its cases. */
  #literal(char: string): string {
    const [lower, upper] = [char.toLowerCase(), char.toUpperCase()];
    const quoted = /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
    return this.#flags.i && lower !== upper ? `[${lower}${upper}]` : quoted;
  }

  #escape(): string {
    const quoted = this.#take(/Q([\s\S]*?)(?:\\E|$)/);
    if (quoted !== null) return [...(quoted[1] ?? "")].map((c) => this.#literal(c)).join("");
    const known = this.#take(/[AzbBCQE]/)?.[0];
    if (known === "A") return begin;
    if (known === "z") return end;
    if (known === "b" || known === "B") return `\\${known}`;
    if (known !== undefined) throw new SyntaxError(`\\${known} is not known`);
    const group = this.#class();
    return group ?? this.#literal(this.#character());
  }

  /** \d, \W, \pL and their like; null where something else stands. */
  #class(): string | null {
    const short = this.#take(/[dwsDWS]/)?.[0];
    if (short !== undefined) {
      const set = perl[short.toLowerCase()] ?? "";
      return short === short.toLowerCase() ? `[${set}]` : `[^${set}]`;
    }
    const property = this.#take(/([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/);
    return property === null ? null : propertyClass(property);
  }

  /** The character that an escape stands for. */
  #character(): string {
    const hex = this.#take(/x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/);
    if (hex !== null) return String.fromCodePoint(Number.parseInt(hex[1] ?? hex[2] ?? "", 16));
    const control = this.#take(/[afnrtv]/)?.[0];
    if (control !== undefined) return "\x07\f\n\r\t\v"["afnrtv".indexOf(control)]!;
    const octal = this.#take(/0[0-7]{0,2}|[1-7][0-7]{1,2}/)?.[0];
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    const punctuation = this.#take(/[^A-Za-z0-9]/)?.[0];
    if (punctuation !== undefined) return punctuation;
    throw new SyntaxError("unknown escape");
  }

  #brackets(): string {
    const isNegated = this.#take(/\^/) !== null;
    let out = "";
    for (let first = true; ; first = false) {
      if (this.#at >= this.#text.length) throw new SyntaxError("missing ]");
      if (!first && this.#take(/\]/) !== null) break;
      out += this.#bracketItem();
    }
    return `[${isNegated ? "^" : ""}${out}]`;
  }

  #bracketItem(): string {
    const named = this.#take(/\[:(\^?)(\w+):\]/);
    if (named !== null) return posixClass(named[1] === "^", named[2] ?? "");
    if (this.#take(/\\(?=[dwsDWSpP])/) !== null) return inner(this.#class());
    const from = this.#bracketCharacter();
    if (this.#take(/-(?!\])/) === null) return this.#both(from, from);
    return this.#both(from, this.#bracketCharacter());
  }

  #bracketCharacter(): string {
    return this.#take(/\\/) === null ? (this.#take(/[\s\S]/)?.[0] ?? "") : this.#character();
  }

  #both(from: string, to: string): string {
    const range = (a: string, b: string): string => (a === b ? code(a) : `${code(a)}-${code(b)}`);
    const plain = range(from, to);
    const letters = /^[a-z]{2}$|^[A-Z]{2}$/.test(from + to) || (from === to && from.length === 1);
    if (!this.#flags.i || !letters) return plain;
    return range(from.toLowerCase(), to.toLowerCase()) + range(from.toUpperCase(), to.toUpperCase());
  }
}

function code(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}

function posixClass(isNegated: boolean, name: string): string {
  const set = Object.hasOwn(posix, name) ? posix[name] : undefined;
  if (set === undefined) throw new SyntaxError("unknown class");
  return isNegated ? complement(set) : set;
}

/** What a class holds, for use inside of other brackets. */
function inner(group: string | null): string {
  if (group === null) throw new SyntaxError("unknown class");
  if (!group.startsWith("[")) return group;
  return group.startsWith("[^") ? complement(group.slice(2, -1)) : group.slice(1, -1);
}

/** The ASCII ranges around a set, and everything behind ASCII. */
function complement(set: string): string {
  const inside = new RegExp(`[${set}]`, "u");
  const rest = Array.from({ length: 128 }, (_, i) => i).filter((i) => !inside.test(String.fromCharCode(i)));
  const ascii = set === posix["ascii"] ? "" : rest.map((i) => `\\x${i.toString(16).padStart(2, "0")}`).join("");
  return `${ascii}\\u{80}-\\u{10ffff}`;
}

function propertyClass([, letter = "p", caret = "", long, short]: RegExpExecArray): string {
  const name = long ?? short ?? "";
  const isNegated = (letter === "P") !== (caret === "^");
  const general = /^(?:[CLMNPSZ]|Cc|Cf|Co|Cs|Ll|Lm|Lo|Lt|Lu|Mc|Me|Mn|Nd|Nl|No|P[cdefios]|S[ckmo]|Z[lps])$/.test(name);
  return `\\${isNegated ? "P" : "p"}{${general ? name : `Script=${name}`}}`;
}

/** Every match in turn; an empty one right behind another is none, as in Go. */
export function matchesOf(source: string, text: string): RegExpExecArray[] {
  let last = -1;
  return [...text.matchAll(pattern(source, "g"))].filter((found) => {
    const skipped = found[0] === "" && found.index === last;
    last = found.index + found[0].length;
    return !skipped;
  });
}

/** Replaces every match; `$1`, `$name` and `${name}` stand for groups, `$$` for a dollar (Go, "Regexp.Expand"). */
export function replaceMatches(source: string, text: string, by: string): string {
  let at = 0;
  let out = "";
  for (const found of matchesOf(source, text)) {
    out += text.slice(at, found.index) + expanded(by, found);
    at = found.index + found[0].length;
  }
  return out + text.slice(at);
}

function expanded(by: string, found: RegExpExecArray): string {
  return by.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole: string, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    return (/^\d+$/.test(name) ? found[Number(name)] : found.groups?.[name]) ?? "";
  });
}
