import type { Problem } from "../model/errors.ts";
import type { Locator, Path } from "./locate.ts";
import { suggest } from "./suggest.ts";
import type { SchemaError } from "./validator.ts";

const PROVIDERS = ["kind", "embedded", "context"];
const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  "": [
    "project",
    "clusters",
    "defaultCluster",
    "inventoryNamespace",
    "allowedContexts",
    "ownership",
    "canary",
    "variables",
    "stacks",
  ],
  canary: ["object", "percent", "pause", "query"],
  query: ["url", "promql", "below", "above"],
  stack: ["file", "name", "after", "vars"],
  kind: ["provider", "name", "config", "images", "registry"],
  embedded: ["provider", "name"],
  context: ["provider", "context", "kubeconfig"],
};
const EXAMPLES: Readonly<Record<string, string>> = {
  project: "project: shop",
  clusters: "clusters: { dev: { provider: embedded } }",
  stacks: "stacks: [{ file: stacks/hello.ts }]",
  provider: `provider: one of ${PROVIDERS.join(", ")}`,
  context: "context: a name from `kubectl config get-contexts`",
  file: "file: stacks/hello.ts",
  object: "object: Deployment web/shop",
  percent: "percent: 10",
  promql: "promql: an instant query",
  url: "url: http://127.0.0.1:9090",
};

const CANARY_FORMS: Readonly<Record<string, { readonly what: string; readonly remedy: string }>> = {
  object: { what: "a Deployment", remedy: "only Deployments have canaries: write it as Deployment NAMESPACE/NAME" },
  pause: { what: "a time", remedy: "write it as 30s, 5m or 1h" },
  url: { what: "an address of Prometheus", remedy: "write it as http://HOST:PORT, without user and password" },
};

/** One complaint of the JSON Schema in words, at its place in the file. */
export function explain(error: SchemaError, document: unknown, locate: Locator): Problem {
  const path = locate.path(error.instancePath);
  const name = path.length === 0 ? "the file" : `\`${describePath(path)}\``;
  const params = error.params as Record<string, unknown>;
  const problem = (code: string, message: string, position: Problem["position"], remedy?: string): Problem => ({
    code,
    message,
    severity: "error",
    ...(position ? { position } : {}),
    ...(remedy === undefined ? {} : { remedy }),
  });
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(params["additionalProperty"]);
      const known = KNOWN_KEYS[scopeOf(path, document)] ?? [];
      return problem(
        "project-unknown-key",
        `unknown key "${key}"${path.length === 0 ? "" : ` in ${name}`}`,
        locate.key([...path, key]),
        suggest(key, known, "keys here"),
      );
    }
    case "required": {
      const key = String(params["missingProperty"]);
      const where = path.length === 0 ? "" : ` in ${name}`;
      const remedy = EXAMPLES[key] === undefined ? undefined : `add ${EXAMPLES[key]}`;
      return problem("project-invalid", `"${key}" is missing${where}`, locate.value(path), remedy);
    }
    case "discriminator": {
      const value = String(params["tagValue"]);
      return problem(
        "project-invalid",
        `unknown provider "${value}" in ${name}`,
        locate.value([...path, "provider"]),
        suggest(value, PROVIDERS, "providers"),
      );
    }
    case "type":
      return problem(
        "project-invalid",
        `${name} must be ${article(String(params["type"]))}`,
        locate.value(path),
        typeRemedy(path, String(params["type"]), valueAt(document, path)),
      );
    case "pattern":
      return patternProblem(path, document, locate, problem);
    case "maxLength":
      return problem(
        "project-invalid",
        `${name} is longer than ${String(params["limit"])} characters`,
        locate.value(path),
      );
    case "minLength":
      return problem("project-invalid", `${name} must not be empty`, locate.value(path));
    case "minProperties":
      return problem("project-invalid", `${name} is empty`, locate.value(path), `add ${EXAMPLES[String(path.at(-1))]}`);
    case "uniqueItems":
      return problem("project-invalid", `${name} names one twice`, locate.value(path));
    case "propertyNames": {
      const key = String(params["propertyName"]);
      return problem(
        "project-invalid",
        `"${key}" is not a name that ${name} can hold`,
        locate.key([...path, key]),
        "use letters, digits and -, starting with a letter",
      );
    }
    default:
      return problem("project-invalid", `${name} ${error.message ?? "is invalid"}`, locate.value(path));
  }
}

function patternProblem(
  path: Path,
  document: unknown,
  locate: Locator,
  problem: (code: string, message: string, position: Problem["position"], remedy?: string) => Problem,
): Problem {
  const value = String(valueAt(document, path));
  if (path.at(-1) === "file") {
    return problem(
      "project-invalid",
      `"${value}" is not a stack file`,
      locate.value(path),
      "name a .ts file, or Terraform JSON that ends in .tf.json",
    );
  }
  const canary = path[0] === "canary" ? CANARY_FORMS[String(path.at(-1))] : undefined;
  if (canary !== undefined) {
    return problem("project-invalid", `"${value}" is not ${canary.what}`, locate.value(path), canary.remedy);
  }
  return problem(
    "project-invalid",
    `"${value}" is not a name that Kubernetes takes`,
    locate.value(path),
    "use lower-case letters, digits and -, with a letter or digit first and last",
  );
}

/** `clusters.dev.config`, `stacks[0].after`. */
function describePath(path: Path): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}

function scopeOf(path: Path, document: unknown): string {
  if (path[0] === "stacks") return "stack";
  if (path[0] === "canary") return path[2] === "query" ? "query" : "canary";
  if (path[0] === "clusters") return String(valueAt(document, [...path, "provider"]));
  return "";
}

function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const step of path) value = (value as Record<string | number, unknown> | null | undefined)?.[step];
  return value;
}

function typeRemedy(path: Path, wanted: string, value: unknown): string | undefined {
  const key = String(path.at(-1));
  if (value === null)
    return EXAMPLES[key] === undefined ? "it is empty: fill it, or leave it out" : `it is empty: add ${EXAMPLES[key]}`;
  if (wanted === "string" && typeof value !== "object") return `write it in quotes: "${String(value)}"`;
  return EXAMPLES[key] === undefined ? undefined : `write it as ${EXAMPLES[key]}`;
}

function article(type: string): string {
  const names: Record<string, string> = {
    object: "a mapping",
    array: "a list",
    string: "text",
    boolean: "true or false",
  };
  return names[type] ?? `a ${type}`;
}
