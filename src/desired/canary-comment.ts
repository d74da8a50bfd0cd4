import type { CanaryQuery, CanaryWish } from "../model/canary.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { durationSeconds } from "./meta-arguments.ts";

/** The canary that k8sctl/stacks/canary's `canary` asks for beside a Deployment. `refuse` hears of what cannot be read. */
export function canaryAskedFor(
  body: JsonObject,
  kind: string,
  refuse: (message: string, path: string) => void,
): CanaryWish | undefined {
  const comment = isJsonObject(body["//"]) ? body["//"] : {};
  const own = isJsonObject(comment["k8sctl"]) ? comment["k8sctl"]["canary"] : undefined;
  if (own === undefined) return undefined;
  const { percent, pause = "0s", query } = isJsonObject(own) ? own : {};
  const pauseSeconds = typeof pause === "string" ? durationSeconds(pause) : null;
  const asked = query === undefined ? null : queryOf(query);
  const counts = typeof percent === "number" && Number.isInteger(percent) && percent >= 1 && percent <= 100;
  if (kind !== "Deployment") refuse(`only Deployments have canaries, not a ${kind}`, "//");
  else if (!counts || pauseSeconds === null || asked === undefined)
    refuse("canary is not one of k8sctl/stacks/canary", "//");
  else return { percent, pauseSeconds, query: asked };
  return undefined;
}

function queryOf(query: Json): CanaryQuery | undefined {
  if (!isJsonObject(query)) return undefined;
  const { url, promql, below = null, above = null } = query;
  const bound = (value: Json): value is number | null => value === null || typeof value === "number";
  if (typeof url !== "string" || typeof promql !== "string" || !bound(below) || !bound(above)) return undefined;
  return below === null && above === null ? undefined : { url, promql, below, above };
}
