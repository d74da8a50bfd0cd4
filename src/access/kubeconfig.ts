import { dirname } from "node:path";
import { type Document, LineCounter, parseDocument } from "yaml";
import { type SourcePosition, userError } from "../model/errors.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";

/** A kubeconfig file as it was read. */
export interface KubeconfigText {
  readonly path: string;
  readonly text: string;
}

/** A named entry of `clusters`, `users` or `contexts`, with the file that it stands in. */
export interface Entry {
  readonly name: string;
  /** The body below `cluster:`, `user:` or `context:`. */
  readonly body: JsonObject;
  /** Relative paths in the body start here. */
  readonly folder: string;
  /** Where a field of the body is written. */
  position(field?: string): SourcePosition;
}

/** Several kubeconfig files as one. */
export interface Kubeconfig {
  readonly paths: readonly string[];
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
}

/**
 * Reads and merges kubeconfig texts in the order of $KUBECONFIG: the first file that sets a name or the current context
 * wins (kubernetes.io: Organizing Cluster Access, Merging kubeconfig files). Throws UserError `kubeconfig-syntax`.
 */
export function parseKubeconfig(texts: readonly KubeconfigText[]): Kubeconfig {
  const parsed = texts.map(parseOne);
  return {
    paths: texts.map((text) => text.path),
    currentContext: parsed.map((one) => one.currentContext).find((name) => name !== "") ?? "",
    clusters: firstByName(parsed.flatMap((one) => one.clusters)),
    users: firstByName(parsed.flatMap((one) => one.users)),
    contexts: firstByName(parsed.flatMap((one) => one.contexts)),
  };
}

function parseOne({ path, text }: KubeconfigText) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw userError("kubeconfig-syntax", `the kubeconfig is not YAML (${error.code})`, {
      position: { file: path, line, column: col },
      remedy: "repair the file, or name another one by KUBECONFIG",
    });
  }
  const root: unknown = document.toJS() ?? {};
  if (!isJsonObject(root)) {
    throw userError("kubeconfig-syntax", "the kubeconfig is not a map with clusters, users and contexts", {
      position: { file: path, line: 1 },
      remedy: "repair the file, or name another one by KUBECONFIG",
    });
  }
  const current = root["current-context"];
  const entries = (list: string, body: string) => entriesOf(root, list, body, path, document, lines);
  return {
    currentContext: typeof current === "string" ? current : "",
    clusters: entries("clusters", "cluster"),
    users: entries("users", "user"),
    contexts: entries("contexts", "context"),
  };
}

function entriesOf(
  root: JsonObject,
  list: string,
  bodyName: string,
  path: string,
  document: Document,
  lines: LineCounter,
): Entry[] {
  const items = root[list];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item, index): Entry[] => {
    if (!isJsonObject(item) || typeof item["name"] !== "string") return [];
    const body = item[bodyName];
    return [
      {
        name: item["name"],
        body: isJsonObject(body) ? body : {},
        folder: dirname(path),
        position(field) {
          const node = document.getIn(field === undefined ? [list, index] : [list, index, bodyName, field], true);
          const range = (node as { range?: [number, number, number] } | undefined)?.range;
          return { file: path, line: range === undefined ? 1 : lines.linePos(range[0]).line };
        },
      },
    ];
  });
}

function firstByName(entries: readonly Entry[]): Map<string, Entry> {
  const byName = new Map<string, Entry>();
  for (const entry of entries) if (!byName.has(entry.name)) byName.set(entry.name, entry);
  return byName;
}
