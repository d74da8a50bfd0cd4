import type { CanaryRule } from "../model/canary.ts";
import type { Problem, SourcePosition } from "../model/errors.ts";
import { objectKey } from "../model/ids.ts";
import type { Locator } from "./locate.ts";

/** One entry of `canary` in k8sctl.yaml, after the schema has had its say. */
export interface CanaryDocument {
  readonly object: string;
  readonly percent: number;
  readonly pause?: string;
  readonly query?: { readonly url: string; readonly promql: string; readonly below?: number; readonly above?: number };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

export function canaryRule(
  { object, percent, pause = "0s", query }: CanaryDocument,
  position: SourcePosition,
): CanaryRule {
  const place = object.slice("Deployment ".length).split("/");
  const [namespace = "", name = ""] = place.length === 1 ? ["default", ...place] : place;
  return {
    id: { group: "apps", kind: "Deployment", namespace, name },
    percent,
    pauseSeconds: Number(pause.slice(0, -1)) * SECONDS[pause.slice(-1)]!,
    query: query === undefined ? null : { ...query, below: query.below ?? null, above: query.above ?? null },
    position,
  };
}

/** What the schema cannot say: a query without a bound, two rules for one Deployment. */
export function canaryProblems(rules: readonly CanaryDocument[], locate: Locator): Problem[] {
  const seen = new Set<string>();
  return rules.flatMap((rule, index): Problem[] => {
    const found: Problem[] = [];
    const key = objectKey(canaryRule(rule, { file: "", line: 1 }).id);
    const problem = (field: "object" | "query", message: string, remedy: string): Problem => {
      return {
        code: "project-invalid",
        message,
        position: locate.value(["canary", index, field]),
        remedy,
        severity: "error",
      };
    };
    if (seen.has(key)) found.push(problem("object", `two canaries for ${rule.object}`, "keep one of them"));
    seen.add(key);
    if (rule.query !== undefined && rule.query.below === undefined && rule.query.above === undefined) {
      found.push(problem("query", "the query of a canary has no bound", "add below: or above:"));
    }
    return found;
  });
}
