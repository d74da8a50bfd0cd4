import { type Desired, Unknown } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import { didYouMean } from "../model/near.ts";

type Fields = { readonly [key: string]: unknown };

/**
 * Ports that objects of a project name and those that they name do not have. Warnings: the API takes it, and what is meant
 * may come from elsewhere. Whatever is not known yet goes unjudged.
 */
export function portWarnings(desired: readonly Desired[]): Problem[] {
  const workloads = desired.flatMap((each) => {
    const template = templateOf(each);
    return template === null ? [] : [{ each, ...template }];
  });
  const services = new Map(
    desired
      .filter(({ id }) => id.group === "" && id.kind === "Service")
      .map((each) => [`${each.id.namespace}/${each.id.name}`, each]),
  );
  return desired.flatMap((each) => {
    if (each.id.group === "" && each.id.kind === "Service") return targetPorts(each, workloads);
    return each.id.group === "networking.k8s.io" && each.id.kind === "Ingress" ? backendPorts(each, services) : [];
  });
}

interface Workload {
  readonly each: Desired;
  readonly labels: Fields;
  /** null where a port's name is not known yet. */
  readonly ports: ReadonlySet<string> | null;
}

function templateOf({ id, object }: Desired): Omit<Workload, "each"> | null {
  const spec = fields(object["spec"]);
  const template = id.kind === "Pod" ? object : fields(spec["template"]);
  if (!["Deployment", "StatefulSet", "DaemonSet", "Pod", "ReplicaSet", "ReplicationController"].includes(id.kind))
    return null;
  const pod = fields(fields(template)["spec"]);
  const ports = ["containers", "initContainers"].flatMap((part) =>
    list(pod[part]).flatMap((container) => list(fields(container)["ports"])),
  );
  const names = ports.map((port) => fields(port)["name"]);
  const open = names.some((name) => name instanceof Unknown);
  return {
    labels: fields(fields(fields(template)["metadata"])["labels"]),
    ports: open ? null : new Set(names.filter((name) => typeof name === "string")),
  };
}

function targetPorts(service: Desired, workloads: readonly Workload[]): Problem[] {
  const spec = fields(service.object["spec"]);
  const selector = Object.entries(fields(spec["selector"]));
  const chosen = workloads.filter(
    ({ each, labels }) =>
      each.id.namespace === service.id.namespace && selector.every(([key, value]) => labels[key] === value),
  );
  if (selector.length === 0 || chosen.length === 0 || chosen.some(({ ports }) => ports === null)) return [];
  const known = new Set(chosen.flatMap(({ ports }) => [...(ports ?? [])]));
  return list(spec["ports"]).flatMap((port, index) => {
    const target = fields(port)["targetPort"];
    if (typeof target !== "string" || known.has(target)) return [];
    const names = chosen.map(({ each }) => describeId(each.id)).join(", ");
    const message = `no container of ${names} has a port named ${JSON.stringify(target)}`;
    return [warning(service, ["spec", "ports", index, "targetPort"], message, target, known)];
  });
}

function backendPorts(ingress: Desired, services: ReadonlyMap<string, Desired>): Problem[] {
  return list(fields(ingress.object["spec"])["rules"]).flatMap((rule, r) =>
    list(fields(fields(rule)["http"])["paths"]).flatMap((path, p) => {
      const backend = fields(fields(fields(path)["backend"])["service"]);
      const service = services.get(`${ingress.id.namespace}/${String(backend["name"])}`);
      const ports = service === undefined ? [] : list(fields(service.object["spec"])["ports"]).map(fields);
      const { name, number } = fields(backend["port"]);
      const right = ports.some((port) => (name === undefined ? port["port"] === number : port["name"] === name));
      const open = [name, number, ...ports.flatMap(Object.values)].some((value) => value instanceof Unknown);
      if (service === undefined || right || open) return [];
      const at = ["spec", "rules", r, "http", "paths", p, "backend", "service", "port"];
      const message = `${describeId(service.id)} has no port ${String(name ?? number)}`;
      const names = ports.map((port) => port["name"]).filter((each) => typeof each === "string");
      return [warning(ingress, at, message, String(name ?? ""), names)];
    }),
  );
}

function warning(
  { id, origin }: Desired,
  field: readonly (string | number)[],
  message: string,
  wanted: string,
  known: Iterable<string>,
): Problem {
  return {
    code: "port-unknown",
    message: `${field.join(".").replace(/\.(\d+)/g, "[$1]")}: ${message}`,
    id,
    field,
    address: origin.address,
    ...(origin.position === undefined ? {} : { position: origin.position }),
    remedy: didYouMean(wanted, known) ?? "name a port that is there, or give its number",
    severity: "warning",
  };
}

function fields(value: unknown): Fields {
  const plain = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
  return plain ? (value as Fields) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
