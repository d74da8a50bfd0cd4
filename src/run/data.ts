import type { Program } from "../desired/program.ts";
import type { DataRead, Results } from "../model/desired.ts";
import { KubeError, type Problem, UserError } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import type { Json } from "../model/json.ts";
import type { Plan, PlanItem } from "../model/plan.ts";
import type { Kube } from "../ports.ts";
import { mapLimit } from "./map-limit.ts";

/** One may name what another reads: so often is looked for what has become known. */
const ROUNDS = 10;

/**
 * Reads the data sources whose arguments are known and that were not read yet. What does not exist is left unknown where
 * this project may make it (`mayCome`); else a UserError with all of them.
 */
export async function readData(
  kube: Kube,
  program: Program,
  results: Results,
  parallelism: number,
): Promise<ReadonlyMap<string, Json>> {
  const data = new Map(results.data);
  const missed = new Set<string>();
  const problems: Problem[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const reads = program.reads({ ...results, data }).filter(({ key }) => !missed.has(key));
    if (reads.length === 0) break;
    await mapLimit(reads, parallelism, async (read) => {
      const answer = await answerOf(kube, read);
      if (answer !== null) data.set(read.key, answer);
      else {
        missed.add(read.key);
        if (!read.mayCome) problems.push(missing(read));
      }
    });
  }
  if (problems.length > 0) throw new UserError(problems);
  return data;
}

/**
 * Results without the answers that came too early: of data that depends on an object which this plan changes. It is read
 * once that is done, as in Terraform. null where there are none.
 */
export function withoutEarlyAnswers(program: Program, results: Results, plan: Plan): Results | null {
  const changed = new Set(
    plan.stacks
      .flatMap((stack) => stack.items)
      .filter(({ action }) => action !== "unchanged" && action !== "forget" && action !== "blocked")
      .flatMap(addressesOf),
  );
  const early = program
    .reads({ ...results, data: new Map() })
    .filter(({ dependsOn }) => dependsOn.some((address) => changed.has(address)));
  if (early.length === 0) return null;
  const data = new Map(results.data);
  for (const { key } of early) data.delete(key);
  return { ...results, data, deferred: new Map([...(results.deferred ?? []), ...early.map(waitsFor)]) };
}

function waitsFor({ key, dependsOn }: DataRead): [string, readonly string[]] {
  return [key, dependsOn];
}

/** Where an item is declared, as `stack/address` without instance; empty for what no code declares any more. */
export function addressesOf({ stack, origin }: PlanItem): string[] {
  return origin === null ? [] : [`${stack}/${origin.address.replace(/\[.*$/s, "")}`];
}

async function answerOf(kube: Kube, { query }: DataRead): Promise<Json | null> {
  switch (query.type) {
    case "version":
      return kube.version();
    case "object":
    case "list":
      try {
        if (query.type === "object") return (await kube.get(query.ref)) as unknown as Json | null;
        return (await kube.list(query, query.options)).items as unknown as Json;
      } catch (error) {
        // The type itself is not served (yet).
        if (error instanceof KubeError && error.status === 404) return null;
        throw error;
      }
  }
}

function missing({ query, origin }: DataRead): Problem {
  const what =
    query.type === "object" ? describeId(query.ref) : query.type === "list" ? `type ${query.kind}` : "version";
  return {
    code: "data-missing",
    message: `${what} does not exist, and this reads it`,
    address: origin.address,
    ...(origin.position === undefined ? {} : { position: origin.position }),
    remedy: "make it first, or let the data source depend on what makes it",
    severity: "error",
  };
}
