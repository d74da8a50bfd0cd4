import type { ResourceType } from "../../model/objects.ts";

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `/apis/apps/v1/namespaces/web/deployments`; without a namespace the list over all of them. */
export function collectionPath(type: ResourceType, namespace: string): string {
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const place = type.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${place}/${type.resource}`;
}

export function objectPath(type: ResourceType, namespace: string, name: string): string {
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
}

/** `?a=1&b=x`, without what is undefined, false or empty; "" when nothing is left. */
export function query(values: Query): string {
  const parts = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== false && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
