import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Clock, Kube } from "../ports.ts";

const PAUSE_MS = 500;

/**
 * After a start of the node the API still tells how things were before it, for some 25 seconds: pods count as ready
 * until kubelet reports, and Services lead to addresses that no pod has any more until the controllers have a leader
 * again. Waits until neither is so. `since`: the start, in milliseconds since 1970. Gives up silently after `limitMs`.
 */
export async function waitForNews(
  kube: Kube,
  clock: Clock,
  { since, limitMs }: { readonly since: number; readonly limitMs: number },
): Promise<void> {
  const started = clock.monotonic();
  while (clock.monotonic() - started < limitMs) {
    const [pods, slices] = await Promise.all([
      kube.list({ group: "", version: "v1", kind: "Pod" }),
      kube.list({ group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice" }),
    ]);
    // The API's times have no fractions of a second.
    const start = Math.floor(since / 1000) * 1000;
    const addresses = new Map(pods.items.map((pod) => [keyOf(pod.metadata), addressesOf(pod)]));
    if (!pods.items.some((pod) => isOld(pod, start)) && !slices.items.some((slice) => leadsAstray(slice, addresses)))
      return;
    await clock.sleep(PAUSE_MS);
  }
}

/** Called ready, with a container that was started before the node. */
function isOld(pod: KubeObject, start: number): boolean {
  const ready = listOf(at(pod, "status", "conditions")).find((condition) => condition["type"] === "Ready");
  return (
    ready?.["status"] === "True" &&
    listOf(at(pod, "status", "containerStatuses")).some(
      (container) => Date.parse(String(at(container, "state", "running", "startedAt"))) < start,
    )
  );
}

/** Whether it names an address that its pod has not. */
function leadsAstray(slice: KubeObject, addresses: ReadonlyMap<string, readonly string[]>): boolean {
  return listOf(at(slice, "endpoints")).some((endpoint) => {
    const target = endpoint["targetRef"];
    if (!isJsonObject(target) || target["kind"] !== "Pod") return false;
    const own = addresses.get(keyOf(target)) ?? [];
    const named = endpoint["addresses"];
    return Array.isArray(named) && named.some((address) => !own.includes(String(address)));
  });
}

function addressesOf(pod: KubeObject): string[] {
  return listOf(at(pod, "status", "podIPs")).map((each) => String(each["ip"]));
}

function keyOf(of: { readonly namespace?: unknown; readonly name?: unknown }): string {
  return `${String(of.namespace)}/${String(of.name)}`;
}

function at(value: unknown, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (found, key) => (isJsonObject(found) ? found[key] : undefined),
    value as Json | undefined,
  );
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
