import { KubeError } from "../model/errors.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import type { Kube } from "../ports.ts";

const claimType = { group: "", version: "v1", kind: "PersistentVolumeClaim" };

/**
 * Claims that a StatefulSet's templates made: `<template>-<set>-<ordinal>` (API reference, StatefulSetSpec). They
 * outlive the set, unless its retention policy made it their owner: then they are none of ours.
 */
export async function claimsOfSet(kube: Kube, item: PlanItem): Promise<readonly KubeObject[]> {
  const { namespace, name } = item.id;
  if (item.id.group !== "apps" || item.id.kind !== "StatefulSet") return [];
  const set = await kube.get({ group: "apps", version: "v1", kind: "StatefulSet", namespace, name });
  const templates = set ? templateNames(set) : [];
  if (templates.length === 0) return [];
  const { items } = await kube.list(claimType, { namespace });
  return items.filter(
    (claim) =>
      (claim.metadata.ownerReferences ?? []).length === 0 &&
      templates.some((template) => isOrdinal(claim.metadata.name, `${template}-${name}-`)),
  );
}

function templateNames(set: KubeObject): string[] {
  const spec = set["spec"];
  const templates =
    isJsonObject(spec) && Array.isArray(spec["volumeClaimTemplates"]) ? spec["volumeClaimTemplates"] : [];
  return templates.flatMap((template) => {
    const metadata = isJsonObject(template) ? template["metadata"] : null;
    return isJsonObject(metadata) && typeof metadata["name"] === "string" ? [metadata["name"]] : [];
  });
}

function isOrdinal(claim: string, prefix: string): boolean {
  return claim.startsWith(prefix) && /^\d+$/.test(claim.slice(prefix.length));
}

/** Deletes claims under their uids; those that are gone or were made anew are passed over. */
export async function deleteClaims(
  kube: Kube,
  claims: readonly { readonly namespace: string; readonly name: string; readonly uid: string }[],
): Promise<void> {
  await Promise.all(
    claims.map(async ({ namespace, name, uid }) => {
      try {
        await kube.delete({ ...claimType, namespace, name }, { uid, propagation: "Background" });
      } catch (error) {
        if (!(error instanceof KubeError && error.status === 409)) throw error;
      }
    }),
  );
}
