/** Where a request goes, as the API server reads a path (API reference, "Resource URIs"). */
export type ApiPath =
  | {
      readonly type: "resource";
      readonly group: string;
      readonly version: string;
      /** "" for the discovery document of the group's version. */
      readonly resource: string;
      readonly namespace: string;
      readonly name: string;
      readonly subresource: string;
      /** The old `/api/v1/watch/...` form. */
      readonly watch: boolean;
    }
  | { readonly type: "other"; readonly path: string };

/** @param path without query. A part that cannot be decoded stays as it is: it will name nothing. */
export function parseApiPath(path: string): ApiPath {
  const parts = path
    .split("/")
    .filter((part) => part !== "")
    .map(decoded);
  const core = parts[0] === "api";
  if (!(core && parts.length >= 2) && !(parts[0] === "apis" && parts.length >= 3)) return { type: "other", path };
  const group = core ? "" : parts[1]!;
  const version = core ? parts[1]! : parts[2]!;
  let rest = parts.slice(core ? 2 : 3);
  const watch = rest[0] === "watch";
  if (watch) rest = rest.slice(1);
  const named = (resource = "", name = "", ...sub: string[]) => ({ resource, name, subresource: sub.join("/") });
  // `namespaces/NAME/status` is the namespace itself, `namespaces/NAME/pods` what lives in it.
  const inside = rest[0] === "namespaces" && rest.length > 2 && rest[2] !== "status" && rest[2] !== "finalize";
  return inside
    ? { type: "resource", group, version, namespace: rest[1]!, watch, ...named(...rest.slice(2)) }
    : { type: "resource", group, version, namespace: "", watch, ...named(...rest) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
