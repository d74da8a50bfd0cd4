import type TypeScript from "typescript";
import type { SourcePosition } from "../model/errors.ts";

type Ts = typeof TypeScript;
type Path = readonly (string | number)[];

/** Blocks of the provider whose fields stand one level higher in the API's object. */
const FLATTENED = ["persistentVolumeSource"];

/** One source file, parsed, in which fields of constructs are looked up. */
export class ConstructSource {
  readonly #ts: Ts;
  readonly #name: string;
  readonly #source: TypeScript.SourceFile;
  #variables: Map<string, TypeScript.Expression> | null = null;

  /** `name` as positions name the file; JSON is told by its ending. */
  constructor(ts: Ts, name: string, text: string) {
    this.#ts = ts;
    this.#name = name;
    this.#source = name.endsWith(".json")
      ? ts.parseJsonText(name, text)
      : ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true);
  }

  /** The field of a construct that was made at a line, or the innermost block around it; null where none is found. */
  find(made: SourcePosition, address: string, field: Path): SourcePosition | null {
    const type = /^(?:data\.)?(\w+)\./.exec(address)?.[1] ?? "";
    const isJson = this.#name.endsWith(".json");
    const config = isJson ? this.#resource(address) : this.#config(made.line, type);
    if (config === null) return null;
    const isManifest = type === "kubernetes_manifest" && this.#property(config, String(field[0])) === null;
    const steps = isManifest ? ["manifest", ...field] : field;
    const node = this.#descend(config, steps);
    if (node === null) return null;
    const at = this.#source.getLineAndCharacterOfPosition(node.getStart(this.#source));
    return { file: this.#name, line: at.line + 1, column: at.character + 1 };
  }

  /** `resource` -> type -> name of Terraform JSON. */
  #resource(address: string): TypeScript.Expression | null {
    const statement = this.#source.statements[0];
    if (statement === undefined || !this.#ts.isExpressionStatement(statement)) return null;
    const steps = address.replace(/\[.*$/s, "").split(".");
    let at: TypeScript.Expression | null = statement.expression;
    for (const step of steps[0] === "data" ? steps : ["resource", ...steps]) {
      at = at === null ? null : this.#valueOf(this.#property(at, step));
    }
    return at;
  }

  /** The config of `new DeploymentV1(scope, id, config)` that begins at a line. */
  #config(line: number, type: string): TypeScript.Expression | null {
    const ts = this.#ts;
    const wanted = plain(type.replace(/^[a-z]+_/, ""));
    let found: TypeScript.Expression | null = null;
    const visit = (node: TypeScript.Node): void => {
      if (found === null && ts.isNewExpression(node) && this.#lineOf(node) === line) {
        const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
        if (plain(name.getText(this.#source)) === wanted) found = node.arguments?.[2] ?? null;
      }
      ts.forEachChild(node, visit);
    };
    visit(this.#source);
    return found;
  }

  #lineOf(node: TypeScript.Node): number {
    return this.#source.getLineAndCharacterOfPosition(node.getStart(this.#source)).line + 1;
  }

  #descend(config: TypeScript.Expression, path: Path): TypeScript.Node | null {
    let value: TypeScript.Expression | null = config;
    let last: TypeScript.Node | null = null;
    for (const step of path) {
      if (value === null) break;
      const inner: TypeScript.Expression = this.#resolved(value);
      if (typeof step === "number") {
        // A block of which there is one may stand without its list.
        if (!this.#ts.isArrayLiteralExpression(inner)) continue;
        const element: TypeScript.Expression | undefined = inner.elements[step];
        if (element === undefined || inner.elements.slice(0, step).some((e) => this.#ts.isSpreadElement(e))) break;
        value = element;
        last = element;
        continue;
      }
      const single = this.#ts.isArrayLiteralExpression(inner) ? inner.elements[0] : inner;
      const property = single === undefined ? null : this.#property(single, step);
      if (property === null) break;
      last = property.name ?? property;
      value = this.#valueOf(property);
    }
    return last;
  }

  /** A property by its name in the API, in the provider, or in Terraform JSON. */
  #property(of: TypeScript.Expression, name: string): TypeScript.ObjectLiteralElementLike | null {
    const ts = this.#ts;
    const object = this.#resolved(of);
    if (!ts.isObjectLiteralExpression(object)) return null;
    const nameOf = (property: TypeScript.ObjectLiteralElementLike): string | null =>
      property.name === undefined || ts.isComputedPropertyName(property.name)
        ? null
        : (property.name as TypeScript.Identifier | TypeScript.StringLiteral).text;
    const own = object.properties.filter((property) => nameOf(property) !== null);
    const found =
      own.find((property) => nameOf(property) === name) ?? own.find((property) => sameName(nameOf(property)!, name));
    if (found !== undefined) return found;
    for (const property of object.properties) {
      const inside = ts.isSpreadAssignment(property)
        ? property.expression
        : FLATTENED.includes(nameOf(property) ?? "")
          ? this.#valueOf(property)
          : null;
      const deeper = inside === null ? null : this.#property(inside, name);
      if (deeper !== null) return deeper;
    }
    return null;
  }

  #valueOf(property: TypeScript.ObjectLiteralElementLike | null): TypeScript.Expression | null {
    if (property === null) return null;
    if (this.#ts.isPropertyAssignment(property)) return property.initializer;
    return this.#ts.isShorthandPropertyAssignment(property) ? property.name : null;
  }

  /** Through parentheses and type assertions, and from the name of a constant to its value. */
  #resolved(expression: TypeScript.Expression, depth = 0): TypeScript.Expression {
    const ts = this.#ts;
    if (
      ts.isParenthesizedExpression(expression) ||
      ts.isAsExpression(expression) ||
      ts.isSatisfiesExpression(expression)
    ) {
      return this.#resolved(expression.expression, depth);
    }
    if (!ts.isIdentifier(expression) || depth > 5) return expression;
    const value = this.#constants().get(expression.text);
    return value === undefined ? expression : this.#resolved(value, depth + 1);
  }

  /** Variables of the file by name; one that is declared twice is left out. */
  #constants(): ReadonlyMap<string, TypeScript.Expression> {
    if (this.#variables !== null) return this.#variables;
    const ts = this.#ts;
    const variables = new Map<string, TypeScript.Expression>();
    const twice = new Set<string>();
    const visit = (node: TypeScript.Node): void => {
      if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined) {
        if (variables.has(node.name.text)) twice.add(node.name.text);
        variables.set(node.name.text, node.initializer);
      }
      ts.forEachChild(node, visit);
    };
    visit(this.#source);
    for (const name of twice) variables.delete(name);
    this.#variables = variables;
    return variables;
  }
}

function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

/** `container` in a config is `containers` in the object. */
function sameName(inConfig: string, wanted: string): boolean {
  const [a, b] = [plain(inConfig), plain(wanted)];
  return a === b || [`${a}s`, `${a}es`, a.replace(/y$/, "ies")].includes(b) || `${b}s` === a;
}
