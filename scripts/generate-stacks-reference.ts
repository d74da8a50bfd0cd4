/**
 * Writes docs/stacks-reference.md: every option of the stack library with its type, its defaults by preset and its comment.
 * `--check` only tells whether the file is as it would be written. An option without a comment is an error.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

interface Defaults {
  readonly always: Readonly<Record<string, unknown>>;
  readonly development: Readonly<Record<string, unknown>>;
  readonly production: Readonly<Record<string, unknown>>;
}

const FILE = "docs/stacks-reference.md";
const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const files = readdirSync("stacks", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => `${root}stacks/${file}`)
  .sort();
const program = ts.createProgram(files, {
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.Preserve,
  // Options are texts, numbers and our own interfaces: what CDKTF declares in megabytes is not looked at.
  types: [],
  paths: { "@cdktf/*": ["./nowhere"], cdktf: ["./nowhere"], constructs: ["./nowhere"] },
});
const checker = program.getTypeChecker();
const uncommented: string[] = [];

/** Every `const NAME = { ... } satisfies OptionTable<OPTIONS>` of the library. */
function tables(): { file: string; name: string; options: ts.Type }[] {
  return program.getSourceFiles().flatMap((source) => {
    if (!files.includes(source.fileName)) return [];
    const found: { file: string; name: string; options: ts.Type }[] = [];
    source.forEachChild((statement) => {
      if (!ts.isVariableStatement(statement)) return;
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (initializer === undefined || !ts.isSatisfiesExpression(initializer)) continue;
        const { type } = initializer;
        if (!ts.isTypeReferenceNode(type) || type.typeName.getText() !== "OptionTable") continue;
        found.push({
          file: source.fileName,
          name: name.getText(),
          options: checker.getTypeFromTypeNode(type.typeArguments![0]!),
        });
      }
    });
    return found;
  });
}

/** `stacks/kafka/options.ts` and `stacks/kafka/options.ts` -> `kafka`. */
function stackOf(file: string): string {
  return file.slice(`${root}stacks/`.length).replace(/[-/]options\.ts$|\.ts$/, "");
}

function commentOf(symbol: ts.Symbol, owner: string): string {
  const comment = ts.displayPartsToString(symbol.getDocumentationComment(checker)).replaceAll(/\s+/g, " ").trim();
  if (comment === "") uncommented.push(`${owner}.${symbol.name}`);
  return comment;
}

function typeOf(symbol: ts.Symbol): ts.Type {
  return checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function code(text: string): string {
  return text === "" ? "" : `\`${cell(text)}\``;
}

function shown(value: unknown): string {
  return value === undefined ? "" : code(typeof value === "string" ? value : JSON.stringify(value));
}

/** One value where both presets have the same, else that of development and that of production. */
function defaultOf(name: string, { always, development, production }: Defaults): string {
  if (name === "preset") return code("development");
  const [small, large] = [development, production].map((preset) => shown(preset[name] ?? always[name]));
  return small === large ? small! : `${small || "none"}, in production ${large || "none"}`;
}

/** Interfaces of the library that a type is made of. */
function partsOf(type: ts.Type, found: Map<string, ts.Type>): void {
  if (type.isUnionOrIntersection()) for (const each of type.types) partsOf(each, found);
  for (const argument of checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : []) {
    partsOf(argument, found);
  }
  const values = type.getStringIndexType();
  if (values !== undefined) partsOf(values, found);
  const declaration = type.symbol?.declarations?.[0];
  if (declaration === undefined || !ts.isInterfaceDeclaration(declaration)) return;
  if (!files.includes(declaration.getSourceFile().fileName) || found.has(type.symbol.name)) return;
  found.set(type.symbol.name, type);
  for (const property of checker.getPropertiesOfType(type)) partsOf(typeOf(property), found);
}

function rows(owner: string, type: ts.Type, defaults?: Defaults): string[] {
  const title = defaults === undefined ? ["field", "type", "meaning"] : ["option", "type", "default", "meaning"];
  const properties = checker.getPropertiesOfType(type);
  const lines = properties.map((property) => {
    const needed = (property.flags & ts.SymbolFlags.Optional) === 0;
    const text = checker
      .typeToString(typeOf(property), undefined, ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias)
      .replaceAll(/readonly (?=[^\s[]+\[\])/g, "");
    const comment = `${commentOf(property, owner)}${needed ? " **Required.**" : ""}`;
    const value = defaults === undefined ? [] : [defaultOf(property.name, defaults)];
    return [code(property.name), code(text), ...value, cell(comment)];
  });
  return [title, title.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`);
}

const sections: string[] = [];
const parts = new Map<string, ts.Type>();
for (const { file, name, options } of tables()) {
  const module = (await import(pathToFileURL(file).href)) as Record<string, Defaults>;
  for (const property of checker.getPropertiesOfType(options)) partsOf(typeOf(property), parts);
  const owner = options.aliasSymbol?.name ?? options.symbol.name;
  sections.push(`## ${stackOf(file)}`, ...rows(owner, options, module[name]!), "");
}
for (const [part, type] of parts) sections.push(`## ${part}`, ...rows(part, type), "");
if (uncommented.length > 0) {
  console.error(`options without a comment: ${[...new Set(uncommented)].join(", ")}`);
  process.exit(1);
}
const raw = [
  "# Reference of the stack library",
  "",
  "Every option of every stack, generated from the comments beside them by `npm run generate:stacks`. The defaults are those of the preset",
  "`development`; where `production` has another one, that is named too. What the stacks do with them: [stacks.md](stacks.md).",
  "",
  ...sections.map((line) => (line.startsWith("#") ? `${line}\n` : line)),
].join("\n");
const text = execFileSync("node_modules/.bin/biome", ["format", `--stdin-file-path=${FILE}`], {
  input: raw,
  encoding: "utf8",
});
if (!process.argv.includes("--check")) writeFileSync(FILE, text);
else if (readFileSync(FILE, "utf8") !== text) {
  console.error(`${FILE} is not as the options are: npm run generate:stacks`);
  process.exit(1);
}
