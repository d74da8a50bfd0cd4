import type { KubeObject } from "../../model/objects.ts";
import type { ServedType } from "../catalog.ts";
import { type FieldError, forbiddenField, invalidValue, required } from "../failures.ts";
import {
  checkDns1035,
  checkDnsLabel,
  checkLabels,
  checkPathSegment,
  checkQualifiedName,
  checkSubdomain,
} from "./text-rules.ts";

/** Rule for `metadata.name` by kind; a subdomain where a kind is not listed. */
const nameRules: Readonly<Record<string, (field: string, name: string) => FieldError[]>> = {
  "/Service": checkDns1035,
  "/Namespace": checkNamespaceName,
  "apps/StatefulSet": checkDnsLabel,
  // These two take any name.
  "policy/PodDisruptionBudget": () => [],
  "certificates.k8s.io/CertificateSigningRequest": () => [],
  "rbac.authorization.k8s.io/Role": checkPathSegment,
  "rbac.authorization.k8s.io/ClusterRole": checkPathSegment,
  "rbac.authorization.k8s.io/RoleBinding": checkPathSegment,
  "rbac.authorization.k8s.io/ClusterRoleBinding": checkPathSegment,
};

function checkNamespaceName(field: string, name: string): FieldError[] {
  return name.includes(".")
    ? [invalidValue(field, JSON.stringify(name), "must not contain dots")]
    : checkDnsLabel(field, name);
}

export function validateMetadata(object: KubeObject, type: ServedType): FieldError[] {
  const { name, generateName = "", labels = {}, annotations = {} } = object.metadata;
  const rule = nameRules[`${type.group}/${type.kind}`] ?? checkSubdomain;
  return [
    // The end of a name is still to come, so that its beginning may end in a dash.
    ...(generateName === ""
      ? []
      : rule("metadata.generateName", generateName.replace(/-$/, "a")).map(asGiven(generateName))),
    ...(name === "" ? [required("metadata.name", "name or generateName is required")] : rule("metadata.name", name)),
    ...checkLabels("metadata.labels", labels ?? {}),
    ...Object.keys(annotations ?? {}).flatMap((key) => checkQualifiedName("metadata.annotations", key.toLowerCase())),
    ...(object.metadata.finalizers ?? []).flatMap((finalizer) =>
      finalizer.includes("/") || ["orphan", "foregroundDeletion", "kubernetes"].includes(finalizer)
        ? []
        : [
            invalidValue(
              "metadata.finalizers",
              JSON.stringify(finalizer),
              "name is neither a standard finalizer name nor is it fully qualified",
            ),
          ],
    ),
  ];
}

const asGiven = (value: string) => (error: FieldError) => ({
  ...error,
  message: error.message.replace(/^Invalid value: "(\\.|[^"])*"/, `Invalid value: ${JSON.stringify(value)}`),
});

/** A terminating object takes no new finalizers. */
export function validateMetadataChange(object: KubeObject, live: KubeObject): FieldError[] {
  if (live.metadata.deletionTimestamp === undefined) return [];
  const before = live.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return [];
  const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(", ")}}`;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [forbiddenField("metadata.finalizers", why)];
}
