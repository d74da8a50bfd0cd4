import type { Desired } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { typeOf } from "../model/ids.ts";
import { didYouMean } from "../model/near.ts";
import { customFindings, type customTypesOf } from "../plan/custom-types.ts";
import { Scrubber } from "../run/scrub.ts";
import { deduceUnknown } from "../schema/deduced.ts";
import { findDeprecation } from "../schema/deprecations.ts";
import { allKinds, builtinTypes, rootType } from "../schema/table.ts";
import { type Finding, validateObject } from "../schema/validate.ts";

/**
 * What schema and rules say against an object, those of a definition among `types` included. `incomplete`: errors of its
 * resource left fields out.
 */
export function findingsOf(desired: Desired, incomplete: boolean, types: ReturnType<typeof customTypesOf>): Problem[] {
  const custom = rootType(String(desired.object["apiVersion"]), desired.id.kind) === null && !incomplete;
  return [
    ...strayKind(desired),
    ...removedProblems(desired),
    ...schemaProblems(desired, incomplete),
    ...(custom ? customProblems(desired, types) : []),
  ];
}

/** A kind that no version of Kubernetes has, in a group that nobody else may extend. */
function strayKind({ object, id, origin }: Desired): Problem[] {
  const apiVersion = String(object["apiVersion"]);
  const { group, version } = typeOf(apiVersion, id.kind);
  const known = allKinds().filter((kind) => kind.group === group && kind.version === version);
  if (known.length === 0 || known.some(({ kind }) => kind === id.kind) || findDeprecation(apiVersion, id.kind))
    return [];
  const kinds = known.map(({ kind }) => kind);
  return [
    {
      code: "schema",
      message: `kind: ${apiVersion} has no kind ${id.kind}`,
      id,
      field: ["kind"],
      address: origin.address,
      remedy: didYouMean(id.kind, kinds) ?? `it has ${kinds.join(", ")}`,
      ...(origin.position === undefined ? {} : { position: origin.position }),
      severity: "error",
    },
  ];
}

function customProblems(desired: Desired, types: ReturnType<typeof customTypesOf>): Problem[] {
  const { id, origin, sensitive } = desired;
  return customFindings(desired, types).map(({ path, message }): Problem => {
    // Which of its values are quoted is not told: where something is sensitive only the place is.
    const words = sensitive.length === 0 ? message : "does not fit the schema";
    const field = [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([name, index]) => (index ? Number(index) : name));
    return {
      code: "schema",
      message: path === "" ? message : `${path}: ${words}`,
      id,
      remedy: "mend the field in the stack file, or the schema of the CustomResourceDefinition",
      address: origin.address,
      ...(field.length === 0 ? {} : { field }),
      ...(origin.position === undefined ? {} : { position: origin.position }),
      severity: "error",
    };
  });
}

/** A warning: an old cluster may serve it still. */
function removedProblems({ object, id, origin }: Desired): Problem[] {
  const apiVersion = String(object["apiVersion"]);
  const gone = findDeprecation(apiVersion, id.kind);
  if (gone === null) return [];
  const found = { id, address: origin.address, remedy: `use ${gone.instead}`, severity: "warning" as const };
  const place = origin.position === undefined ? {} : { position: origin.position };
  if (gone.removedIn === null) {
    return [{ ...found, ...place, code: "deprecated-api", message: `${apiVersion} ${id.kind} is deprecated` }];
  }
  const message = `${apiVersion} ${id.kind} is served by no Kubernetes since ${gone.removedIn}`;
  return [{ ...found, ...place, code: "removed-api", message }];
}

function schemaProblems({ object, id, origin, sensitive }: Desired, incomplete: boolean): Problem[] {
  // The schema's complaints quote what they refuse.
  const scrubber = new Scrubber();
  scrubber.addPaths(object, sensitive);
  const isSecret = ({ at }: Finding): boolean =>
    sensitive.some((path) => path.length <= at.length && path.every((step, i) => step === at[i]));
  const found = validateObject(object, deduceUnknown(builtinTypes), { part: incomplete || id.part !== undefined });
  // A wrong name was told when the resource was decoded.
  return found
    .filter(({ kind }) => kind !== "name")
    .map((finding): Problem => {
      const { path, at, severity } = finding;
      const hidden = isSecret(finding) && id.kind !== "Secret";
      const message = hidden ? "has a value that the API does not take (sensitive)" : scrubber.scrub(finding.message);
      return {
        code: "schema",
        message: path === "" ? message : `${path}: ${message}`,
        id,
        remedy: severity === "error" ? "mend the field in the stack file" : "the API takes it; see that it is meant",
        address: origin.address,
        ...(at.length === 0 ? {} : { field: at }),
        ...(origin.position === undefined ? {} : { position: origin.position }),
        severity,
      };
    });
}

/**
 * By file, line and column; what has no place comes last. On one line the compiler speaks first: the rest may follow from
 * what it says. The same thing said twice is said once.
 */
export function sortedProblems(problems: readonly Problem[]): Problem[] {
  const keyed = problems.map((problem) => ({
    problem,
    key: `${JSON.stringify(problem.position)} ${problem.address} ${problem.message}`,
  }));
  const once = [...new Map(keyed.map(({ problem, key }) => [key, problem])).values()];
  return once.sort((a, b) => {
    const [p, q] = [a.position, b.position];
    if (p === undefined || q === undefined) return Number(p === undefined) - Number(q === undefined);
    const byFile = p.file < q.file ? -1 : p.file > q.file ? 1 : 0;
    const compiler = Number(b.code === "stack-type") - Number(a.code === "stack-type");
    return byFile || p.line - q.line || compiler || (p.column ?? 0) - (q.column ?? 0);
  });
}
