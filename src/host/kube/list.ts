import { KubeError } from "../../model/errors.ts";
import { apiVersionOf } from "../../model/ids.ts";
import { isJsonObject } from "../../model/json.ts";
import type { KubeObject, ResourceType } from "../../model/objects.ts";
import type { KubeList, ListOptions } from "../../ports.ts";
import { objectOf, requestLine } from "./answers.ts";
import { collectionPath, query } from "./paths.ts";
import type { Transport } from "./transport.ts";

const PAGE = 500;
/** After this many expired tokens the list is asked for in one piece, which cannot expire. */
const MAX_RESTARTS = 2;

/** A list in pages (API concepts: retrieving large results sets in chunks). An expired token (410) starts it again. */
export async function listAll(
  transport: Transport,
  type: ResourceType,
  options: ListOptions & { readonly signal?: AbortSignal },
): Promise<KubeList> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await listOnce(transport, type, options, restarts < MAX_RESTARTS ? PAGE : undefined);
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 410) || restarts >= MAX_RESTARTS) throw error;
    }
  }
}

async function listOnce(
  transport: Transport,
  type: ResourceType,
  options: ListOptions & { readonly signal?: AbortSignal },
  limit: number | undefined,
): Promise<KubeList> {
  const items: KubeObject[] = [];
  const { labelSelector, fieldSelector, signal } = options;
  let next = "";
  for (;;) {
    const path = `${collectionPath(type, options.namespace ?? "")}${query({ labelSelector, fieldSelector, limit, continue: next })}`;
    const call = { method: "GET", path, ...(signal === undefined ? {} : { signal }) } as const;
    const page = objectOf(await transport.send(call), requestLine(call));
    const metadata = isJsonObject(page["metadata"]) ? page["metadata"] : {};
    for (const item of (page["items"] ?? []) as unknown as KubeObject[]) items.push(named(type, item));
    next = typeof metadata["continue"] === "string" ? metadata["continue"] : "";
    if (next === "") return { items, resourceVersion: String(metadata["resourceVersion"] ?? "") };
  }
}

/** The server leaves kind and apiVersion out of the items of its own types. */
function named(type: ResourceType, item: KubeObject): KubeObject {
  return item.kind === undefined ? { ...item, apiVersion: apiVersionOf(type), kind: type.kind } : item;
}
