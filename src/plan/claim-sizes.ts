import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Consequence } from "../model/plan.ts";
import { quantityValue } from "../schema/quantity.ts";
import type { TemplateObject } from "./body.ts";

/**
 * A StatefulSet's claim templates are for claims that are made from now on: those that exist keep their size whatever the
 * templates say (Kubernetes, "StatefulSets", Volume Claim Templates).
 */
export function claimsThatKeepTheirSize(live: KubeObject, sent: TemplateObject): Consequence[] {
  if (live.kind !== "StatefulSet") return [];
  const { name, namespace = "" } = live.metadata;
  const replicas = (live["spec"] as { replicas?: number } | undefined)?.replicas ?? 1;
  const wanted = sizes(sent["spec"]);
  return [...sizes(live["spec"])].flatMap(([template, before]): Consequence[] => {
    const after = wanted.get(template);
    const [is, becomes] = [quantityValue(before), quantityValue(after)];
    if (is === null || becomes === null || is === becomes || replicas === 0) return [];
    const claims = Array.from({ length: replicas }, (_, ordinal) => `${template}-${name}-${ordinal}`);
    return [{ type: "claims-keep-size", namespace, claims, before, after: String(after), grows: becomes > is }];
  });
}

/** Template -> storage that it asks for. */
function sizes(spec: unknown): ReadonlyMap<string, string> {
  const templates = isJsonObject(spec) ? spec["volumeClaimTemplates"] : null;
  const found = (Array.isArray(templates) ? templates : []).flatMap((template): [string, string][] => {
    const { metadata, spec: claim } = template as ClaimTemplate;
    const storage = claim?.resources?.requests?.storage;
    return metadata?.name === undefined || typeof storage !== "string" ? [] : [[metadata.name, storage]];
  });
  return new Map(found);
}

interface ClaimTemplate {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: unknown } } };
}
