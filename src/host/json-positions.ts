import type { SourcePosition } from "../model/errors.ts";

/** Blocks of Terraform JSON whose members are addresses, and how many names make one. */
const BLOCKS: Readonly<Record<string, number>> = {
  resource: 2,
  data: 2,
  output: 1,
  variable: 1,
  locals: 1,
  module: 1,
  check: 1,
};

/**
 * Where each block of a Terraform JSON file begins: `resource`, `kubernetes_secret_v1.x`, `data.kubernetes_secret.x`, `output.x`. The
 * text must be valid JSON. One pass, because JSON.parse tells no positions.
 */
export function jsonPositions(file: string, text: string): Record<string, SourcePosition> {
  const positions: Record<string, SourcePosition> = {};
  // Keys of the objects that are open; null for a list, which Terraform allows around any block.
  const path: (string | null)[] = [];
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case "\n":
        line++;
        lineStart = i + 1;
        break;
      case "{":
        path.push("");
        break;
      case "[":
        path.push(null);
        break;
      case "}":
      case "]":
        path.pop();
        break;
      case '"': {
        const end = endOfString(text, i);
        if (path.length <= 6 && path.at(-1) !== null && /^\s*:/.test(text.slice(end, end + 20))) {
          path[path.length - 1] = JSON.parse(text.slice(i, end)) as string;
          const address = addressOf(path);
          if (address !== null) positions[address] ??= { file, line, column: i - lineStart + 1 };
        }
        i = end - 1;
        break;
      }
    }
  }
  return positions;
}

/** Just behind the closing quote. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i + 1;
}

function addressOf(path: readonly (string | null)[]): string | null {
  const [block, ...names] = path.filter((key) => key !== null);
  if (block === undefined) return null;
  if (names.length === 0) return block;
  if (BLOCKS[block] !== names.length) return null;
  if (block === "resource") return names.join(".");
  return [block === "locals" ? "local" : block, ...names].join(".");
}
