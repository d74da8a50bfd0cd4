/**
 * Identity of an object in a cluster. The version is not part of it: apps/v1 and apps/v1beta1 address one object.
 * `group` is "" for the core group, `namespace` is "" for a cluster-scoped object.
 */
export interface ObjectId {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /**
   * Set where only some fields of the object are meant, which somebody else made (docs/adr/0004-parts.md): who applies
   * them, as `stack/address`, or `manager:NAME` where the user chose the field manager.
   */
  readonly part?: string;
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
  const whole = `${id.group}/${id.kind}/${id.namespace}/${id.name}`;
  return id.part === undefined ? whole : `${whole}/${id.part}`;
}

export function parseObjectKey(key: ObjectKey): ObjectId {
  const [group = "", kind = "", namespace = "", name = "", ...part] = key.split("/");
  return { group, kind, namespace, name, ...(part.length === 0 ? {} : { part: part.join("/") }) };
}

/** The object that a part is of; of a whole object itself. */
export function wholeOf(id: ObjectId): ObjectId {
  const { group, kind, namespace, name } = id;
  return { group, kind, namespace, name };
}

/** As people read it: `Deployment web/shop`, `Namespace web`, `Namespace web (fields of app/kubernetes_labels.tier)`. */
export function describeId(id: ObjectId): string {
  const place = id.namespace === "" ? id.name : `${id.namespace}/${id.name}`;
  return id.part === undefined ? `${id.kind} ${place}` : `${id.kind} ${place} (fields of ${id.part})`;
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
