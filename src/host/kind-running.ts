import { parseAllDocuments } from "yaml";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { Exec } from "../ports.ts";
import type { KindShape, NodeShape } from "./kind-shape.ts";

const SHORT_MS = 30_000;
const API_PORT = "6443/TCP";
/** What kind mounts by itself. */
const OWN_MOUNTS: ReadonlySet<string> = new Set(["/lib/modules", "/dev/mapper"]);

/**
 * The shape of the cluster NAME from its containers and from the kubeadm config that kind leaves in each node; null
 * where the engine tells nothing. Nodes that are stopped tell only what their container says.
 */
export async function runningShape(exec: Exec, engine: string, name: string): Promise<KindShape | null> {
  const filter = `label=io.x-k8s.kind.cluster=${name}`;
  const listed = await exec.run([engine, "ps", "-a", "--filter", filter, "--format", "{{.Names}}"], {
    timeoutMs: SHORT_MS,
  });
  const names = listed.stdout.split("\n").filter((line) => line.trim() !== "");
  if (listed.exitCode !== 0 || names.length === 0) return null;
  const inspected = await exec.run([engine, "inspect", ...names], { timeoutMs: SHORT_MS });
  const containers = parseJson(inspected.stdout);
  if (inspected.exitCode !== 0 || !Array.isArray(containers)) return null;
  const nodes = await Promise.all(
    containers.filter(isJsonObject).map(async (container) => {
      const node = String(container["Name"] ?? "").replace(/^\//, "");
      return { container, name: node.slice(name.length + 1), kubeadm: await kubeadmConfig(exec, engine, node) };
    }),
  );
  const balancer = nodes.find((node) => role(node.container) === "external-load-balancer");
  const real = nodes.filter((node) => node !== balancer).sort((a, b) => a.name.localeCompare(b.name));
  const first = real.find((node) => role(node.container) === "control-plane");
  if (first === undefined) return null;
  return {
    nodes: real.map(({ name, container, kubeadm }) => nodeShape(name, container, kubeadm)),
    ...serverShape(first.kubeadm),
    networking: {
      ...serverShape(first.kubeadm).networking,
      ...apiAddress((balancer ?? first).container),
    },
  };
}

/** The documents of /kind/kubeadm.conf by their kind; none where the node does not run. */
async function kubeadmConfig(exec: Exec, engine: string, node: string): Promise<ReadonlyMap<string, JsonObject>> {
  const { exitCode, stdout } = await exec.run([engine, "exec", node, "cat", "/kind/kubeadm.conf"], {
    timeoutMs: SHORT_MS,
  });
  if (exitCode !== 0) return new Map();
  const documents = parseAllDocuments(stdout).flatMap((document): JsonObject[] => {
    const value: unknown = document.errors.length > 0 ? null : document.toJS();
    return isJsonObject(value) ? [value] : [];
  });
  return new Map(documents.map((document) => [String(document["kind"]), document]));
}

function serverShape(kubeadm: ReadonlyMap<string, JsonObject>): Omit<KindShape, "nodes"> {
  const cluster = kubeadm.get("ClusterConfiguration");
  if (cluster === undefined) return { networking: {}, featureGates: {}, runtimeConfig: {} };
  const args = argsOf(at(cluster, "apiServer", "extraArgs"));
  const podSubnet = String(at(cluster, "networking", "podSubnet") ?? "");
  const mode = kubeadm.get("KubeProxyConfiguration")?.["mode"];
  const family = podSubnet.includes(",") ? "dual" : podSubnet.includes(":") ? "ipv6" : "ipv4";
  return {
    networking: {
      ipFamily: family,
      podSubnet,
      serviceSubnet: String(at(cluster, "networking", "serviceSubnet") ?? ""),
      kubeProxyMode: typeof mode === "string" && mode !== "" ? mode : "none",
    },
    featureGates: pairs(args.get("feature-gates")),
    runtimeConfig: pairs(args.get("runtime-config")),
  };
}

function nodeShape(name: string, container: JsonObject, kubeadm: ReadonlyMap<string, JsonObject>): NodeShape {
  const bindings = at(container, "HostConfig", "PortBindings");
  const binds = at(container, "HostConfig", "Binds");
  const join = kubeadm.get("InitConfiguration") ?? kubeadm.get("JoinConfiguration");
  const args = join === undefined ? null : argsOf(at(join, "nodeRegistration", "kubeletExtraArgs"));
  const ports = Object.entries(isJsonObject(bindings) ? bindings : {}).map(([port, hosts]): [string, string] => {
    const host = Array.isArray(hosts) && isJsonObject(hosts[0]) ? hosts[0] : {};
    return [port.toUpperCase(), `${String(host["HostIp"] || "0.0.0.0")}:${String(host["HostPort"])}`];
  });
  return {
    name,
    image: String(at(container, "Config", "Image") ?? ""),
    ports: Object.fromEntries(ports.filter(([port]) => port !== API_PORT)),
    mounts: Object.fromEntries((Array.isArray(binds) ? binds : []).flatMap(mountOf)),
    labels: args === null ? null : pairs(args.get("node-labels")),
  };
}

/** `/host:/node:ro`; a path of Windows holds a colon of its own. */
function mountOf(bind: Json): [string, string][] {
  const [, host, target, options = ""] = /^(.+):(\/[^:]+)(?::([a-zA-Z,]+))?$/.exec(String(bind)) ?? [];
  if (host === undefined || target === undefined || OWN_MOUNTS.has(target)) return [];
  return [[target, options.split(",").includes("ro") ? `${host} (read only)` : host]];
}

function apiAddress(container: JsonObject): Record<string, string> {
  const bound = at(container, "HostConfig", "PortBindings", API_PORT.toLowerCase());
  const host = Array.isArray(bound) && isJsonObject(bound[0]) ? bound[0] : undefined;
  if (host === undefined) return {};
  return { apiServerAddress: String(host["HostIp"]), apiServerPort: String(host["HostPort"]) };
}

/** kubeadm's extraArgs: a map up to v1beta3, a list of name and value from v1beta4 on. */
function argsOf(value: Json | undefined): ReadonlyMap<string, string> {
  if (Array.isArray(value)) {
    return new Map(value.filter(isJsonObject).map((arg) => [String(arg["name"]), String(arg["value"])]));
  }
  return new Map(Object.entries(isJsonObject(value) ? value : {}).map(([key, each]) => [key, String(each)]));
}

/** `a=b,c=d` */
function pairs(text = ""): Record<string, string> {
  const parts = text.split(",").filter((part) => part !== "");
  return Object.fromEntries(
    parts.map((part): [string, string] => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

function role(container: JsonObject): unknown {
  return at(container, "Config", "Labels", "io.x-k8s.kind.role");
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, key) => (isJsonObject(found) ? found[key] : undefined), value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
