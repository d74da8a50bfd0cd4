import type { Json, JsonObject } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";
import { at, textAt } from "../../model/read-field.ts";
import type { ServedType } from "../catalog.ts";
import { valueAtPath } from "../custom/json-path.ts";
import { ageColumn, type Column, createdColumn, nameColumn, since } from "./column.ts";
import { furtherColumns } from "./further.ts";
import { resourceColumns } from "./resources.ts";
import { workloadColumns } from "./workloads.ts";

/** A Table is what `kubectl get` asks for: the server knows the columns (API reference, Table). */
export function tableOf(
  type: ServedType,
  objects: readonly KubeObject[],
  options: {
    readonly version: string;
    readonly includeObject: string;
    readonly now: number;
    readonly metadata: JsonObject;
  },
): JsonObject {
  const columns = columnsOf(type);
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: options.metadata,
    columnDefinitions: columns.map(({ name, type: kind, format, wide }) => ({
      name,
      type: kind,
      format,
      description: "",
      priority: wide ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.now)),
      ...rowObject(object, options),
    })),
  };
}

function rowObject(object: KubeObject, options: { version: string; includeObject: string }): JsonObject {
  if (options.includeObject === "None") return {};
  if (options.includeObject === "Object") return { object: object as unknown as Json };
  return { object: partialMetadata(object, options.version) };
}

export function partialMetadata(object: KubeObject, version = "v1"): JsonObject {
  const metadata = withoutAdded(object) as unknown as JsonObject;
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata };
}

/** A DaemonSet has this annotation in what apps/v1 shows of it only, and metadata is shown without a version. */
function withoutAdded({ kind, metadata }: KubeObject): KubeObject["metadata"] {
  const { [templateGeneration]: added, ...annotations } = metadata.annotations ?? {};
  if (kind !== "DaemonSet" || added === undefined) return metadata;
  const { annotations: _, ...rest } = metadata;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

const templateGeneration = "deprecated.daemonset.template.generation";

function columnsOf(type: ServedType): readonly Column[] {
  const key = `${type.group}/${type.kind}`;
  const known = workloadColumns[key] ?? resourceColumns[key] ?? furtherColumns[key];
  if (known !== undefined) return known;
  if (type.custom === null) return [nameColumn, createdColumn];
  const printed = type.custom.printerColumns;
  return printed.length === 0 ? [nameColumn, ageColumn] : [nameColumn, ...printed.map(customColumn)];
}

/** `additionalPrinterColumns` of a CRD; a date is shown as its age. */
function customColumn(column: JsonObject): Column {
  const path = textAt(column, "jsonPath");
  const isDate = textAt(column, "type") === "date";
  return {
    name: textAt(column, "name"),
    type: (textAt(column, "type") || "string") as Column["type"],
    format: textAt(column, "format"),
    wide: Number(at(column, "priority") ?? 0) > 0,
    cell: (object, now) => {
      const value = valueAtPath(object, path);
      if (isDate) return since(value, now);
      return value === undefined ? null : typeof value === "object" ? JSON.stringify(value) : value;
    },
  };
}
