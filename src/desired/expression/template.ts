import { Scanner } from "./scanner.ts";
import type { Expression } from "./syntax.ts";
import { syntaxError } from "./syntax.ts";

/** What a template needs of the expression grammar; handed in, since each contains the other. */
export interface Grammar {
  readonly expression: (scanner: Scanner) => Expression;
  readonly forHead: (scanner: Scanner) => ForHead;
}

/** `k, v in collection` of a `for`. */
export interface ForHead {
  readonly keyName: string | null;
  readonly valueName: string;
  readonly collection: Expression;
}

/** How literal text ends and which escapes it knows: a JSON string has none of its own beyond `$${` and `%%{`. */
type Ending = "end" | "quote" | { readonly heredoc: string };

type Piece =
  | { readonly type: "text"; readonly text: string }
  | (Braced & { readonly from: number; readonly to: number });

/** What stands in `${ }` and `%{ }`. */
type Braced =
  | { readonly type: "value"; readonly expression: Expression }
  | { readonly type: "if"; readonly condition: Expression }
  | { readonly type: "for"; readonly head: ForHead }
  | { readonly type: "else" | "endif" | "endfor" };

/**
 * Parses a string of Terraform JSON, which is a template (Terraform JSON syntax, "Expression Mapping"). A string that
 * is one single interpolation keeps the type of its value.
 */
export function parseWholeTemplate(text: string, grammar: Grammar): Expression {
  return fold(pieces(new Scanner(text), "end", grammar));
}

/**
 * The text of an expression that gives what `template` gives: the inside of a single `${ }`, else a quoted string. So
 * a template can be put into a larger expression.
 */
export function templateAsExpression(template: string, grammar: Grammar): string {
  const all = pieces(new Scanner(template), "end", grammar);
  const [first] = all;
  if (all.length === 1 && first?.type === "value") return template.slice(first.from, first.to).trim();
  const inner = all.map((p) => {
    if (p.type === "text") return quote(p.text);
    return `${p.type === "value" ? "$" : "%"}{${template.slice(p.from, p.to)}}`;
  });
  return `"${inner.join("")}"`;
}

/** Literal text as it stands inside a quoted template. */
function quote(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll("${", () => "$${")
    .replaceAll("%{", "%%{");
}

/** `"..."`; the scanner stands at the opening quote. */
export function parseQuoted(scanner: Scanner, grammar: Grammar): Expression {
  scanner.expect('"');
  const expression = fold(pieces(scanner, "quote", grammar));
  scanner.at += 1;
  return expression;
}

const heredocHead = /<<(-?)([\p{L}_][\p{L}\p{N}_-]*)[ \t]*\r?\n/uy;

/** `<<EOT` and `<<-EOT`; the second form strips the indentation that all lines share. */
export function parseHeredoc(scanner: Scanner, grammar: Grammar): Expression {
  heredocHead.lastIndex = scanner.at;
  const head = heredocHead.exec(scanner.text);
  if (head === null) throw scanner.unexpected("expected a heredoc");
  scanner.at += head[0].length;
  const all = pieces(scanner, { heredoc: head[2] ?? "" }, grammar);
  const expression = fold(head[1] === "-" ? withoutIndentation(all) : all);
  return expression.type === "literal" ? expression : { type: "template", parts: [expression] };
}

/**
 * Strips from each line the spaces that all share. Blank lines have no say and stay as they are; what a `~` took the
 * line break from is no line of its own any more.
 */
function withoutIndentation(all: readonly Piece[]): Piece[] {
  const begins = all.map((_, i) => {
    const before = all[i - 1];
    return before === undefined || (before.type === "text" && before.text.endsWith("\n"));
  });
  const indents = all.map((piece, i) => {
    if (!begins[i]) return null;
    if (piece.type !== "text") return 0;
    return /^\s*\n$/.test(piece.text) ? null : (/^\s*/.exec(piece.text)?.[0].length ?? 0);
  });
  const shared = Math.min(...indents.filter((indent) => indent !== null));
  return all.map((piece, i) =>
    piece.type === "text" && indents[i] !== null ? { ...piece, text: piece.text.slice(shared) } : piece,
  );
}

/** Literal text comes in lines, each a piece: a `~` strips the line beside it, not the ones behind that. */
function pieces(scanner: Scanner, ending: Ending, grammar: Grammar): Piece[] {
  const out: Piece[] = [];
  let text = "";
  let trimNext = false;
  const flush = (): void => {
    if (text === "") return;
    // Terraform's strings are in Unicode's composed form.
    const composed = text.normalize();
    out.push({ type: "text", text: trimNext ? composed.trimStart() : composed });
    text = "";
    trimNext = false;
  };
  const source = scanner.text;
  const begin = scanner.at;
  const closing = typeof ending === "object" ? new RegExp(`[ \\t]*${ending.heredoc}[ \\t]*(?=\\r?\\n|$)`, "uy") : null;
  for (;;) {
    const char = source[scanner.at];
    // The word ends it at the beginning of a line of its own text: a heredoc within `${ }` may end with the same.
    if (closing !== null && (scanner.at === begin || source[scanner.at - 1] === "\n")) {
      if (scanner.match(closing) !== null) break;
    }
    if (char === undefined) {
      if (typeof ending === "object") throw syntaxError(`heredoc ${ending.heredoc} has no end`);
      if (ending === "quote") throw syntaxError('a quoted string has no closing "');
      break;
    }
    if (ending === "quote" && char === '"') break;
    if (ending === "quote" && char === "\n") throw syntaxError("a quoted string cannot go over several lines");
    if (ending === "quote" && char === "\\") text += escapeSequence(scanner);
    else if ((char === "$" || char === "%") && source.startsWith(`${char}${char}{`, scanner.at)) {
      text += `${char}{`;
      scanner.at += 3;
    } else if ((char === "$" || char === "%") && source[scanner.at + 1] === "{") {
      scanner.at += 2;
      flush();
      trimNext = false;
      const last = out.at(-1);
      if (takeTrim(scanner) && last?.type === "text") out[out.length - 1] = { ...last, text: last.text.trimEnd() };
      const from = scanner.at;
      const piece: Braced =
        char === "$" ? { type: "value", expression: grammar.expression(scanner) } : directive(scanner, grammar);
      scanner.skipBlanks();
      const to = scanner.at;
      trimNext = takeTrim(scanner);
      scanner.expect("}");
      out.push({ ...piece, from, to });
    } else {
      text += char;
      scanner.at += 1;
      if (char === "\n") flush();
    }
  }
  flush();
  return out;
}

/** The `~` of `${~ x ~}`: strip the blanks beside it. */
function takeTrim(scanner: Scanner): boolean {
  if (scanner.text[scanner.at] !== "~") return false;
  scanner.at += 1;
  return true;
}

function directive(scanner: Scanner, grammar: Grammar): Braced {
  const word = scanner.identifier();
  switch (word) {
    case "if":
      return { type: "if", condition: grammar.expression(scanner) };
    case "for":
      return { type: "for", head: grammar.forHead(scanner) };
    case "else":
    case "endif":
    case "endfor":
      return { type: word };
    default:
      throw scanner.unexpected("expected if, else, endif, for or endfor after %{");
  }
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

function escapeSequence(scanner: Scanner): string {
  const letter = scanner.text[scanner.at + 1] ?? "";
  const plain = escapes[letter];
  if (plain !== undefined) {
    scanner.at += 2;
    return plain;
  }
  const width = letter === "u" ? 4 : letter === "U" ? 8 : 0;
  const code = scanner.text.slice(scanner.at + 2, scanner.at + 2 + width);
  // JSON.stringify, by which we quote, also escapes \b and \f by letter.
  if (letter === "b" || letter === "f") {
    scanner.at += 2;
    return letter === "b" ? "\b" : "\f";
  }
  if (width === 0 || !/^[0-9a-fA-F]+$/.test(code)) throw syntaxError(`unknown escape \\${letter} in a string`);
  scanner.at += 2 + width;
  return String.fromCodePoint(Number.parseInt(code, 16));
}

function fold(all: readonly Piece[]): Expression {
  const cursor = { at: 0 };
  const parts = block(all, cursor, []);
  if (cursor.at < all.length) throw syntaxError(`%{ ${all[cursor.at]?.type} } without its opening directive`);
  if (all.every((piece) => piece.type === "text")) {
    return { type: "literal", value: all.map((piece) => piece.text).join("") };
  }
  const [only] = parts;
  return only !== undefined && all.length === 1 && all[0]?.type === "value" ? only : { type: "template", parts };
}

function block(all: readonly Piece[], cursor: { at: number }, until: readonly string[]): Expression[] {
  const parts: Expression[] = [];
  for (; cursor.at < all.length; cursor.at++) {
    const piece = all[cursor.at]!;
    if (piece.type === "text") parts.push({ type: "literal", value: piece.text });
    else if (piece.type === "value") parts.push(piece.expression);
    else if (piece.type === "if") parts.push(conditional(all, cursor, piece.condition));
    else if (piece.type === "for") parts.push(loop(all, cursor, piece.head));
    else if (until.includes(piece.type)) return parts;
    else break;
  }
  if (until.length > 0) throw syntaxError(`%{ ${until.at(-1)} } is missing`);
  return parts;
}

function conditional(all: readonly Piece[], cursor: { at: number }, condition: Expression): Expression {
  cursor.at += 1;
  const yes: Expression = { type: "template", parts: block(all, cursor, ["else", "endif"]) };
  let no: Expression = { type: "literal", value: "" };
  if (all[cursor.at]?.type === "else") {
    cursor.at += 1;
    no = { type: "template", parts: block(all, cursor, ["endif"]) };
  }
  return { type: "conditional", condition, yes, no };
}

function loop(all: readonly Piece[], cursor: { at: number }, head: ForHead): Expression {
  cursor.at += 1;
  const value: Expression = { type: "template", parts: block(all, cursor, ["endfor"]) };
  return { type: "for", ...head, key: null, value, group: false, condition: null, join: true };
}
