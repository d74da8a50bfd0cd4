/**
 * Makes events.schema.json, the published form of docs/events.md, from the types of the code that writes the events:
 * `Event` is a line of NDJSON, `Plan` what `plan --output json` prints, `Report` what `--report FILE.json` writes. Fields
 * that it does not name are allowed: readers pass over what they do not know. Run: `npm run generate:events`.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createGenerator } from "ts-json-schema-generator";

const TYPES = [
  ["Event", "src/view/ndjson.ts", "PublicEvent"],
  ["Plan", "src/view/plan-document.ts", "PlanDocument"],
  ["Report", "src/view/report/document.ts", "ReportDocument"],
] as const;

export function eventSchema(): string {
  const definitions: Record<string, unknown> = {};
  for (const [name, path, type] of TYPES) {
    const generator = createGenerator({
      path,
      type,
      tsconfig: "tsconfig.json",
      skipTypeCheck: true,
      additionalProperties: true,
      expose: "export",
      topRef: true,
    });
    Object.assign(definitions, generator.createSchema(type).definitions);
    definitions[name] = { $ref: `#/definitions/${type}` };
  }
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: "https://k8sctl.dev/events.v1.schema.json",
    title: "What k8sctl prints with --output json, version 1",
    $ref: "#/definitions/Event",
    definitions: Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync("events.schema.json", eventSchema());
