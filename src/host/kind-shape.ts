import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";

/** A cluster as a kind config asks for it, or as it runs; what is not said is not there. */
export interface KindShape {
  readonly nodes: readonly NodeShape[];
  /** By the field of `networking`. Without the API server's port where kind or the engine chooses one. */
  readonly networking: Readonly<Record<string, string>>;
  readonly featureGates: Readonly<Record<string, string>>;
  readonly runtimeConfig: Readonly<Record<string, string>>;
}

export interface NodeShape {
  /** As kind names nodes: `control-plane`, `worker`, `worker2`. */
  readonly name: string;
  /** null: kind's own choice, or not known. */
  readonly image: string | null;
  /** `30080/TCP` -> `0.0.0.0:8080`; `0.0.0.0:any` where the port is chosen for us. */
  readonly ports: Readonly<Record<string, string>>;
  /** Path in the node -> `/host/path`, or `/host/path (read only)`. */
  readonly mounts: Readonly<Record<string, string>>;
  /** null: not known, as of a node that is stopped. */
  readonly labels: Readonly<Record<string, string>> | null;
}

export const ANY_PORT = "any";

/** Subnets without a word on them (kind's documentation, "Networking"). */
const SUBNETS: Readonly<Record<string, { readonly podSubnet: string; readonly serviceSubnet: string }>> = {
  ipv4: { podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/16" },
  ipv6: { podSubnet: "fd00:10:244::/56", serviceSubnet: "fd00:10:96::/112" },
  dual: { podSubnet: "10.244.0.0/16,fd00:10:244::/56", serviceSubnet: "10.96.0.0/16,fd00:10:96::/112" },
};

/** The shape of a cluster without a config. */
export const PLAIN_SHAPE: KindShape = shapeOfConfig({}, "");

/** `config` is a parsed kind config without mistakes in its form; paths on the host count from `root`. */
export function shapeOfConfig(config: JsonObject, root: string): KindShape {
  const networking = objectOf(config["networking"]);
  const family = textOf(networking["ipFamily"]) ?? "ipv4";
  const listen = family === "ipv6" ? "::" : "0.0.0.0";
  const nodes = listOf(config["nodes"]).filter(isJsonObject);
  const counts = new Map<string, number>();
  const said = Object.entries(networking).flatMap(([field, value]): [string, string][] => {
    if (field === "disableDefaultCNI" || field === "dnsSearch") return [];
    if (field === "apiServerPort" && !(typeof value === "number" && value > 0)) return [];
    return [[field, String(value)]];
  });
  return {
    nodes: (nodes.length === 0 ? [{}] : nodes).map((node: JsonObject) => {
      const role = textOf(node["role"]) ?? "control-plane";
      const count = (counts.get(role) ?? 0) + 1;
      counts.set(role, count);
      return {
        name: count === 1 ? role : `${role}${count}`,
        image: textOf(node["image"]),
        ports: Object.fromEntries(
          listOf(node["extraPortMappings"])
            .filter(isJsonObject)
            .map((p) => port(p, listen)),
        ),
        mounts: Object.fromEntries(
          listOf(node["extraMounts"])
            .filter(isJsonObject)
            .map((m) => mount(m, root)),
        ),
        labels: textsOf(node["labels"]),
      };
    }),
    networking: { ipFamily: family, ...SUBNETS[family], ...Object.fromEntries(said) },
    featureGates: textsOf(config["featureGates"]),
    runtimeConfig: textsOf(config["runtimeConfig"]),
  };
}

/** sha256 over all patches of a config, which leave no trace by which a running cluster could be compared. */
export function patchesDigest(config: JsonObject): string {
  const patches = (value: JsonObject) => Object.entries(value).filter(([key]) => /Patches(JSON6902)?$/.test(key));
  const nodes = listOf(config["nodes"]).filter(isJsonObject);
  const patched = nodes.flatMap((node, i) => (patches(node).length === 0 ? [] : [[i, patches(node)]]));
  return createHash("sha256")
    .update(JSON.stringify([patches(config), patched]))
    .digest("hex");
}

function port(mapping: JsonObject, listen: string): [string, string] {
  const protocol = (textOf(mapping["protocol"]) ?? "TCP").toUpperCase();
  const host = mapping["hostPort"];
  const number = typeof host === "number" && host > 0 ? String(host) : ANY_PORT;
  return [`${String(mapping["containerPort"])}/${protocol}`, `${textOf(mapping["listenAddress"]) ?? listen}:${number}`];
}

function mount(given: JsonObject, root: string): [string, string] {
  const path = resolve(root, textOf(given["hostPath"]) ?? "");
  return [textOf(given["containerPath"]) ?? "", given["readOnly"] === true ? `${path} (read only)` : path];
}

function textsOf(value: Json | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([key, each]) => [key, String(each)]));
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
