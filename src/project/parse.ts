import { isAbsolute } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { type Problem, type SourcePosition, UserError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { OwnershipRule } from "../model/ownership.ts";
import type { ClusterConfig, Project } from "../model/project.ts";
import { type CanaryDocument, canaryProblems, canaryRule } from "./canary.ts";
import { explain } from "./explain.ts";
import { Locator, type Path } from "./locate.ts";
import { ruledObjects } from "./ownership.ts";
import { stackName, stackProblems } from "./stacks.ts";
import { suggest } from "./suggest.ts";
import { schemaErrors } from "./validator.ts";

/** k8sctl.yaml after the schema has had its say. */
interface ProjectDocument {
  readonly project: string;
  readonly clusters: Readonly<Record<string, ClusterDocument>>;
  readonly defaultCluster?: string;
  readonly inventoryNamespace?: string;
  readonly variables?: JsonObject;
  readonly allowedContexts?: readonly string[];
  readonly ownership?: readonly OwnershipDocument[];
  readonly canary?: readonly CanaryDocument[];
  readonly stacks: readonly StackDocument[];
}

interface OwnershipDocument {
  readonly object?: string;
  readonly field: string;
  readonly conflict: OwnershipRule["conflict"];
}

interface ClusterDocument {
  readonly provider: ClusterConfig["provider"];
  readonly name?: string;
  readonly config?: string;
  readonly images?: readonly string[];
  readonly registry?: { readonly port?: number; readonly image?: string };
  readonly context?: string;
  readonly kubeconfig?: string;
}

interface StackDocument {
  readonly file: string;
  readonly name?: string;
  readonly after?: readonly string[];
  readonly vars?: JsonObject;
}

/**
 * Reads the text of k8sctl.yaml. `file` is the name for messages (`k8sctl.yaml`), `root` the absolute folder it lies in.
 * Throws a UserError that holds every problem found, each with line and column.
 */
export function parseProject(text: string, where: { readonly file: string; readonly root: string }): Project {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const locate = new Locator(document, lines, where.file);
  fail(
    document.errors.map((e) => ({
      code: "project-syntax",
      position: locate.at(e.pos[0]),
      severity: "error" as const,
      ...(e.code === "DUPLICATE_KEY"
        ? { message: `the key ${keyAt(text, e.pos[0])} is there twice`, remedy: "keep one of the two" }
        : { message: `not valid YAML: ${e.message}`, remedy: "mind indentation, colons and quotes" }),
    })),
  );
  const value: unknown = document.toJS() ?? {};
  const errors = schemaErrors(value);
  // A missing tag is said twice, by `required` and by the discriminator; a bad property name by `pattern` too.
  const said = errors.filter((e) => e.params["error"] !== "tag" && !("propertyName" in e && e.propertyName));
  fail(said.map((error) => explain(error, value, locate)));

  const parsed = value as ProjectDocument;
  const stacks = parsed.stacks.map((stack, index) => ({
    name: stack.name ?? stackName(stack.file),
    file: stack.file,
    after: stack.after ?? [],
    vars: stack.vars ?? {},
    position: locate.value(["stacks", index, "file"]),
    ...(stack.vars === undefined ? {} : { varPositions: keyPositions(stack.vars, ["stacks", index, "vars"], locate) }),
  }));
  const clusterNames = Object.keys(parsed.clusters);
  fail([
    ...stackProblems(stacks, locate),
    ...stacks.flatMap((stack, index) =>
      isAbsolute(stack.file) ? [absoluteFile(["stacks", index, "file"], locate)] : [],
    ),
    ...defaultClusterProblems(parsed.defaultCluster, clusterNames, locate),
    ...canaryProblems(parsed.canary ?? [], locate),
  ]);
  return {
    name: parsed.project,
    root: where.root,
    clusters: Object.fromEntries(
      Object.entries(parsed.clusters).map(([key, cluster]) => [key, clusterConfig(cluster, parsed.project)]),
    ),
    defaultCluster: parsed.defaultCluster ?? clusterNames[0]!,
    inventoryNamespace: parsed.inventoryNamespace ?? "default",
    variables: parsed.variables ?? {},
    ...(parsed.variables === undefined
      ? {}
      : { variablePositions: keyPositions(parsed.variables, ["variables"], locate) }),
    stacks,
    ...(parsed.ownership === undefined ? {} : { ownership: parsed.ownership.map(ownershipRule) }),
    ...(parsed.canary === undefined
      ? {}
      : { canary: parsed.canary.map((rule, index) => canaryRule(rule, locate.value(["canary", index, "object"]))) }),
    ...(parsed.allowedContexts === undefined ? {} : { allowedContexts: parsed.allowedContexts }),
  };
}

function keyAt(text: string, start: number): string {
  return JSON.stringify(/^["']?([^"':\s]*)/.exec(text.slice(start))?.[1] ?? "");
}

function keyPositions(of: JsonObject, path: Path, locate: Locator): Record<string, SourcePosition> {
  return Object.fromEntries(Object.keys(of).map((key) => [key, locate.key([...path, key])]));
}

function fail(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new UserError(problems);
}

/** The schema has seen that `object` is of the right form. */
function ownershipRule({ object, field, conflict }: OwnershipDocument): OwnershipRule {
  const everything = { kind: null, namespace: null, name: null };
  return { ...(object === undefined ? everything : (ruledObjects(object) ?? everything)), field, conflict };
}

/** As kind's page "Local Registry" has it. */
const REGISTRY = { port: 5001, image: "registry:3" };

function clusterConfig(cluster: ClusterDocument, project: string): ClusterConfig {
  switch (cluster.provider) {
    case "kind":
      return {
        provider: "kind",
        name: cluster.name ?? project,
        config: cluster.config ?? null,
        ...(cluster.images === undefined ? {} : { images: cluster.images }),
        ...(cluster.registry === undefined ? {} : { registry: { ...REGISTRY, ...cluster.registry } }),
      };
    case "embedded":
      return { provider: "embedded", name: cluster.name ?? project };
    case "context":
      return { provider: "context", context: cluster.context!, kubeconfig: cluster.kubeconfig ?? null };
  }
}

function absoluteFile(path: readonly (string | number)[], locate: Locator): Problem {
  return {
    code: "project-invalid",
    message: "a stack file is named by an absolute path",
    position: locate.value(path),
    remedy: "name it relative to k8sctl.yaml",
    severity: "error",
  };
}

function defaultClusterProblems(name: string | undefined, known: readonly string[], locate: Locator): Problem[] {
  if (name === undefined && known.length > 1) {
    return [
      {
        code: "cluster-unknown",
        message: `${known.length} clusters and no defaultCluster`,
        position: locate.key(["clusters"]),
        remedy: `add defaultCluster: ${known[0]}`,
        severity: "error",
      },
    ];
  }
  if (name === undefined || known.includes(name)) return [];
  return [
    {
      code: "cluster-unknown",
      message: `defaultCluster "${name}" is not one of the clusters`,
      position: locate.value(["defaultCluster"]),
      remedy: suggest(name, known, "clusters"),
      severity: "error",
    },
  ];
}
