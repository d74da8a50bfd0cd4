import type { Results } from "../model/desired.ts";
import type { Emit } from "../model/events.ts";
import type { ObjectId } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import type { Plan } from "../model/plan.ts";

interface ServiceSpec {
  readonly type?: string;
  readonly ports?: readonly { readonly nodePort?: number; readonly port?: number }[];
}

interface IngressSpec {
  readonly tls?: readonly { readonly hosts?: readonly string[] }[];
  readonly rules?: readonly {
    readonly host?: string;
    readonly http?: { readonly paths?: readonly { path?: string }[] };
  }[];
}

/** Tells where people can reach what was applied: node ports, load balancers, ingress hosts. */
export function emitEndpoints(plan: Plan, results: Results, emit: Emit): void {
  for (const { id, key, stack } of plan.stacks.flatMap((each) => each.items)) {
    const live = results.live.get(key);
    if (live === undefined) continue;
    for (const url of urlsOf(id, live)) emit({ type: "endpoint", stack, url, of: id });
  }
}

/** Where people can reach a Service or an Ingress from outside the cluster. */
export function urlsOf(id: ObjectId, live: JsonObject): string[] {
  if (id.kind === "Service" && id.group === "") return serviceUrls(live);
  return id.kind === "Ingress" ? ingressUrls(live) : [];
}

function serviceUrls(live: JsonObject): string[] {
  const spec = (live["spec"] ?? {}) as ServiceSpec;
  const status = (live["status"] ?? {}) as { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
  const balancers = (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  const ports = spec.ports ?? [];
  if (balancers.length > 0) return balancers.flatMap((host) => ports.map(({ port }) => `${host}:${port}`));
  if (spec.type !== "NodePort") return [];
  return ports.flatMap(({ nodePort }) => (nodePort === undefined ? [] : [`any node, port ${nodePort}`]));
}

function ingressUrls(live: JsonObject): string[] {
  const spec = (live["spec"] ?? {}) as IngressSpec;
  const secure = new Set((spec.tls ?? []).flatMap((each) => each.hosts ?? []));
  return (spec.rules ?? []).flatMap(({ host, http }) => {
    if (host === undefined) return [];
    const scheme = secure.has(host) ? "https" : "http";
    return (http?.paths ?? [{ path: "/" }]).map(({ path }) => `${scheme}://${host}${path ?? "/"}`);
  });
}
