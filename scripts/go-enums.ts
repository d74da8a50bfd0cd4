import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `values`: `core.v1.Protocol` -> TCP, UDP, SCTP. `fields`: `core.v1.ContainerPort.protocol` -> the enum's name. */
export interface Enums {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly fields: ReadonlyMap<string, string>;
}

/** Reads the `+enum` string types of k8s.io/api (Go sources) with their constants, and the fields that have such a type. */
export function readEnums(apiModule: string): Enums {
  const values = new Map<string, string[]>();
  const types = new Map<string, string>();
  for (const source of typeSources(apiModule)) {
    const text = readFileSync(source.file, "utf8");
    for (const name of enumTypes(text)) values.set(`${source.prefix}.${name}`, constants(text, name));
    for (const [field, type] of structFields(text)) {
      const owner = type.includes(".") ? type.replace(/^(.*)v1\./, "$1.v1.") : `${source.prefix}.${type}`;
      types.set(`${source.prefix}.${field}`, owner.replace(/^\.v1\./, "core.v1."));
    }
  }
  const fields = new Map([...types].filter(([, type]) => (values.get(type)?.length ?? 0) > 0));
  return { values, fields };
}

function typeSources(apiModule: string): { file: string; prefix: string }[] {
  const groups = readdirSync(apiModule, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return groups.flatMap((group) =>
    readdirSync(join(apiModule, group.name))
      .filter((version) => /^v\d+$/.test(version))
      .map((version) => ({ dir: join(apiModule, group.name, version), prefix: `${group.name}.${version}` }))
      .flatMap(({ dir, prefix }) =>
        readdirSync(dir)
          .filter((name) => name === "types.go")
          .map((name) => ({ file: join(dir, name), prefix })),
      ),
  );
}

function enumTypes(text: string): string[] {
  return [...text.matchAll(/^\/\/ \+enum\n(?:\/\/.*\n)*type (\w+) string/gm)].map((match) => match[1]!);
}

function constants(text: string, type: string): string[] {
  return [...text.matchAll(new RegExp(`^\\s*\\w+\\s+${type}\\s*=\\s*"([^"]*)"`, "gm"))].map((match) => match[1]!);
}

/** `ContainerPort.protocol` -> `Protocol`, lists as their element type. */
function structFields(text: string): [string, string][] {
  return [...text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)].flatMap(([, struct, body]) =>
    [...body!.matchAll(/^\t\w+\s+(?:\[\]|\*)?([\w.]+)\s+`json:"(\w+)/gm)].map(([, type, field]): [string, string] => [
      `${struct}.${field}`,
      type!,
    ]),
  );
}
