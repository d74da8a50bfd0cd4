/**
 * Identity of an object in a cluster. The version is not part of it: apps/v1 and apps/v1beta1 address one object.
 * `group` is "" for the core group, `namespace` is "" for a cluster-scoped object.
 */
export interface ObjectId {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Group, version and kind as they stand in an object. */
export interface TypeId {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A string that is equal exactly when the ids are: for Map keys and joins. */
export type ObjectKey = string;

export function objectKey(id: ObjectId): ObjectKey {
  return `${id.group}/${id.kind}/${id.namespace}/${id.name}`;
}

export function parseObjectKey(key: ObjectKey): ObjectId {
  const [group = "", kind = "", namespace = "", ...rest] = key.split("/");
  return { group, kind, namespace, name: rest.join("/") };
}

/** As people read it: `Deployment web/shop`, `Namespace web`, with the group only where it is not Kubernetes' own. */
export function describeId(id: ObjectId): string {
  const place = id.namespace === "" ? id.name : `${id.namespace}/${id.name}`;
  return `${id.kind} ${place}`;
}

export function typeOf(apiVersion: string, kind: string): TypeId {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion, kind }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
}

export function apiVersionOf(type: { group: string; version: string }): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}
