import { ownPackageRoot } from "./own-package.ts";
import { loadTypeScript } from "./typecheck.ts";

/** Where JSON stops being JSON, counted from 1: Node tells no place for short texts. */
export function jsonSyntaxError(
  root: string,
  text: string,
): { readonly message: string; readonly line: number; readonly column: number } {
  const ts = loadTypeScript(root, ownPackageRoot());
  const source = ts.parseJsonText("stack.json", text);
  const { parseDiagnostics } = source as unknown as { parseDiagnostics: { start: number; messageText: unknown }[] };
  const first = parseDiagnostics[0];
  const at = source.getLineAndCharacterOfPosition(first?.start ?? 0);
  const message = typeof first?.messageText === "string" ? first.messageText : "a value was expected";
  return { message: message.replace(/\.$/, ""), line: at.line + 1, column: at.character + 1 };
}
