/** What Go's decoder says of a JSON text beyond its value. */
export interface JsonScan {
  /** Keys that stand twice in one object, as paths: `spec.replicas`. The last one counts. */
  readonly duplicates: readonly string[];
  /** `invalid character 'x' after object key`: the words of encoding/json; "" for a good text. */
  readonly error: string;
}

/** Recursive: the text must not nest deeper than the stack allows. */
export function scanJson(text: string): JsonScan {
  const scanner = new Scanner(text);
  try {
    scanner.value("");
    scanner.end();
    return { duplicates: scanner.duplicates, error: "" };
  } catch (error) {
    if (error instanceof Malformed) return { duplicates: scanner.duplicates, error: error.message };
    throw error;
  }
}

class Malformed extends Error {}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class Scanner {
  readonly duplicates: string[] = [];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail("after top-level value");
  }

  value(path: string): void {
    this.#space();
    const start = this.#text[this.#at];
    switch (start) {
      case "{":
        this.#object(path);
        return;
      case "[":
        this.#list(path);
        return;
      case '"':
        this.#string();
        return;
      case "t":
        this.#word("true");
        return;
      case "f":
        this.#word("false");
        return;
      case "n":
        this.#word("null");
        return;
      default: {
        number.lastIndex = this.#at;
        const found = number.exec(this.#text);
        if (found === null) this.#fail(start === "-" ? "in numeric literal" : "looking for beginning of value");
        else this.#at += found[0].length;
      }
    }
  }

  #object(path: string): void {
    this.#at++;
    this.#space();
    if (this.#take("}")) return;
    const keys = new Set<string>();
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail("looking for beginning of object key string");
      const key = this.#string();
      const below = path === "" ? key : `${path}.${key}`;
      if (keys.has(key) && !this.duplicates.includes(below)) this.duplicates.push(below);
      keys.add(key);
      this.#space();
      if (!this.#take(":")) this.#fail("after object key");
      this.value(below);
      this.#space();
      if (this.#take("}")) return;
      if (!this.#take(",")) this.#fail("after object key:value pair");
    }
  }

  #list(path: string): void {
    this.#at++;
    this.#space();
    if (this.#take("]")) return;
    for (let index = 0; ; index++) {
      this.value(`${path}[${index}]`);
      this.#space();
      if (this.#take("]")) return;
      if (!this.#take(",")) this.#fail("after array element");
    }
  }

  #string(): string {
    const start = ++this.#at;
    let escaped = false;
    for (; ; this.#at++) {
      const char = this.#text[this.#at];
      if (char === undefined) this.#fail("");
      else if (char === '"') break;
      else if (char === "\\") {
        escaped = true;
        this.#at++;
        if (!'"\\/bfnrtu'.includes(this.#text[this.#at] ?? "")) this.#fail("in string escape code");
      } else if (char < " ") this.#fail("in string literal");
    }
    const raw = this.#text.slice(start, this.#at++);
    if (!escaped) return raw;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      throw new Malformed("invalid character in \\u hexadecimal character escape");
    }
  }

  #word(word: string): void {
    for (const [index, char] of [...word].entries()) {
      if (this.#text[this.#at] !== char) this.#fail(`in literal ${word} (expecting '${word[index]}')`);
      this.#at++;
    }
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #fail(where: string): never {
    const char = this.#text[this.#at];
    if (char === undefined) throw new Malformed("unexpected end of JSON input");
    const shown = char === "'" ? "'\\''" : char === '"' ? "'\"'" : `'${JSON.stringify(char).slice(1, -1)}'`;
    throw new Malformed(`invalid character ${shown} ${where}`);
  }
}
