import { userError } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import { idOf, type KubeObject } from "../model/objects.ts";
import type { Kube } from "../ports.ts";
import { conditionsOf } from "../status/index.ts";
import { podsOf } from "./target-pods.ts";

/** A port of an object that can be reached over one of its pods. */
export interface ForwardablePort {
  readonly object: KubeObject;
  /** Of the Service, or of the container. */
  readonly port: number;
  /** `http`, `postgres`; "" where it has none. */
  readonly name: string;
  /** Number or name of the container's port. */
  readonly target: number | string;
}

/** The TCP ports of an object: a Service's, or those that its pods' containers name. */
function portsOf(object: KubeObject): ForwardablePort[] {
  const spec = isJsonObject(object["spec"]) ? object["spec"] : {};
  if (object.kind === "Service") {
    return list(spec["ports"]).flatMap((each): ForwardablePort[] => {
      const port = Number(each["port"]);
      const target = each["targetPort"];
      if (!isTcp(each)) return [];
      const reached = typeof target === "string" || typeof target === "number" ? target : port;
      return [{ object, port, name: String(each["name"] ?? ""), target: reached }];
    });
  }
  const template = isJsonObject(spec["template"]) ? spec["template"]["spec"] : object.kind === "Pod" ? spec : null;
  if (!isJsonObject(template)) return [];
  return list(template["containers"]).flatMap((container) =>
    list(container["ports"])
      .filter(isTcp)
      .map((each): ForwardablePort => {
        const port = Number(each["containerPort"]);
        return { object, port, name: String(each["name"] ?? ""), target: port };
      }),
  );
}

/**
 * The ports that `LOCAL:REMOTE`, `REMOTE` or `:REMOTE` ask for; REMOTE is a number or a name. UserErrors
 * `object-port-unknown`, `port-syntax`.
 */
export function choosePorts(
  objects: readonly KubeObject[],
  asked: readonly string[],
): { readonly local: number | null; readonly chosen: ForwardablePort }[] {
  // A Service stands for its pods: their own ports would only say the same again.
  const services = objects.filter(({ kind }) => kind === "Service");
  const known = (services.length > 0 ? services : objects).flatMap(portsOf);
  if (asked.length === 0) {
    if (known.length > 0) return known.map((chosen) => ({ local: null, chosen }));
    const [only] = objects;
    const what = only === undefined || objects.length > 1 ? "what was named" : describeId(idOf(only));
    throw userError("object-port-unknown", `${what} has no TCP ports`, {
      remedy: "name a Service, or say which: LOCAL:REMOTE",
    });
  }
  return asked.map((text) => {
    const [, local = "", remote = ""] = /^(?:(\d*):)?([\w-]+)$/.exec(text) ?? [];
    const chosen = known.find(({ port, name }) => String(port) === remote || name === remote);
    const object = (services[0] ?? objects[0]) as KubeObject | undefined;
    const number = Number(remote);
    if (remote === "" || Number(local) > 65_535) {
      throw userError("port-syntax", `${text} is no port`, { remedy: "write REMOTE, LOCAL:REMOTE or :REMOTE" });
    }
    if (chosen !== undefined) return { local: localPort(text, local, chosen.port), chosen };
    // A pod may listen where its container names no port.
    if (Number.isInteger(number) && number > 0 && number <= 65_535 && object !== undefined) {
      return { local: localPort(text, local, number), chosen: { object, port: number, name: "", target: number } };
    }
    const names = known.map(({ port, name }) => (name === "" ? String(port) : `${name} (${port})`)).join(", ");
    throw userError("object-port-unknown", `there is no port ${remote}`, {
      remedy: names === "" ? "give a number from 1 to 65535" : `use one of: ${names}`,
    });
  });
}

/** `:REMOTE` takes any local port, `REMOTE` the same. */
function localPort(text: string, local: string, remote: number): number {
  if (local !== "") return Number(local);
  return text.startsWith(":") ? 0 : remote;
}

/** A pod that is ready, and the number of its port. UserError `no-ready-pod`. */
export async function destinationOf(
  kube: Kube,
  { object, target }: ForwardablePort,
): Promise<{ pod: string; port: number }> {
  const pods = await podsOf(kube, [object]);
  const ready = pods.filter(isReady);
  const pod = ready.at(-1);
  if (pod === undefined) {
    throw userError("no-ready-pod", `none of ${pods.length} pods of ${describeId(idOf(object))} is ready`, {
      remedy: "`k8sctl describe` says why",
    });
  }
  if (typeof target === "number") return { pod: pod.metadata.name, port: target };
  const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  const ports = list(spec["containers"]).flatMap((container) => list(container["ports"]));
  const found = ports.find(({ name }) => name === target);
  if (found !== undefined) return { pod: pod.metadata.name, port: Number(found["containerPort"]) };
  throw userError("object-port-unknown", `pod ${pod.metadata.name} has no port called ${target}`, {
    remedy: "correct targetPort of the Service",
  });
}

function isReady(pod: KubeObject): boolean {
  const ready = conditionsOf(pod).find(({ type }) => type === "Ready");
  return pod.metadata.deletionTimestamp === undefined && ready?.status === "True";
}

function isTcp(port: { readonly [key: string]: unknown }): boolean {
  return (port["protocol"] ?? "TCP") === "TCP";
}

function list(value: unknown): { readonly [key: string]: unknown }[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
