import { createHash } from "node:crypto";
import type { ObjectId } from "../model/ids.ts";

/** Names of KEP-3659 ("ApplySet: kubectl apply --prune redesign"), section "Design Details: ApplySet Specification". */
export const APPLYSET_ID_LABEL = "applyset.kubernetes.io/id";
export const PART_OF_LABEL = "applyset.kubernetes.io/part-of";
const TOOLING_ANNOTATION = "applyset.kubernetes.io/tooling";
const GROUP_KINDS_ANNOTATION = "applyset.kubernetes.io/contains-group-kinds";
const NAMESPACES_ANNOTATION = "applyset.kubernetes.io/additional-namespaces";

/** As in package.json; a test holds them together. */
export const TOOL_VERSION = "0.1.0";

/** `<tool>/<semver>`; tools of another name must refuse to change the set (KEP-3659). */
const TOOLING = `k8sctl/v${TOOL_VERSION}`;

/** Name of the Secret that holds a stack's inventory and is the parent of its ApplySet; also of the stack's Lease. */
export function inventoryName(project: string, stack: string): string {
  return `k8sctl.${project}.${stack}`;
}

/**
 * `applyset-<base64url(sha256("<name>.<namespace>.<kind>.<group>"))>-v1` without padding (KEP-3659): the value of the
 * parent's id label and of every member's part-of label. 55 characters.
 */
export function applySetId(project: string, stack: string, inventoryNamespace: string): string {
  const parent = [inventoryName(project, stack), inventoryNamespace, "Secret", ""].join(".");
  return `applyset-${createHash("sha256").update(parent).digest("base64url")}-v1`;
}

/** The parent's annotations: `Deployment.apps,Secret` and the members' namespaces other than the parent's own. */
export function applySetAnnotations(
  members: readonly ObjectId[],
  inventoryNamespace: string,
): { readonly [annotation: string]: string } {
  const kinds = members.map((id) => (id.group === "" ? id.kind : `${id.kind}.${id.group}`));
  const namespaces = members.map((id) => id.namespace).filter((n) => n !== "" && n !== inventoryNamespace);
  return {
    [TOOLING_ANNOTATION]: TOOLING,
    [GROUP_KINDS_ANNOTATION]: sortedUnique(kinds).join(","),
    [NAMESPACES_ANNOTATION]: sortedUnique(namespaces).join(","),
  };
}

function sortedUnique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
