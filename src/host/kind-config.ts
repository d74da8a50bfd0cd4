import { resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { type Problem, type SourcePosition, UserError, userError } from "../model/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import type { Files } from "../ports.ts";
import { Locator, type Path } from "../project/locate.ts";
import { type KindShape, PLAIN_SHAPE, patchesDigest, shapeOfConfig } from "./kind-shape.ts";

/** What we need to know of a kind config; kind itself reads all of it. */
export interface KindPlan {
  readonly nodes: number;
  /** Ports of this machine that the cluster will listen on, with the place that asks for each. */
  readonly ports: readonly HostPort[];
  /** false with `disableDefaultCNI`: then nodes are not Ready before somebody installs a network. */
  readonly network: boolean;
  readonly shape: KindShape;
  /** Of all patches; see kind-shape.ts. */
  readonly patches: string;
}

export interface HostPort {
  readonly address: string;
  readonly port: number;
  readonly position: SourcePosition;
}

const API_VERSION = "kind.x-k8s.io/v1alpha4";
const REMEDY = "correct the kind config (https://kind.sigs.k8s.io/docs/user/configuration/)";

/** A cluster without a config: one control plane, no fixed ports. */
const PLAIN: KindPlan = { nodes: 1, ports: [], network: true, shape: PLAIN_SHAPE, patches: patchesDigest({}) };

/**
 * Reads the kind config of a project. Throws UserError `kind-config-missing`, or `kind-config` with every problem and
 * its place. Fields that we do not know and that are near to no known one are kind's to judge: it may be newer than we.
 */
export async function readKindConfig(
  config: string | null,
  { root, files }: { readonly root: string; readonly files: Files },
): Promise<KindPlan> {
  if (config === null) return PLAIN;
  const text = await files.read(resolve(root, config));
  if (text === null) {
    throw userError("kind-config-missing", `the kind config ${config} does not exist`, {
      remedy: "write it (https://kind.sigs.k8s.io/docs/user/configuration/), or remove `config:` from k8sctl.yaml",
    });
  }
  return parseKindConfig(text, config, root);
}

function parseKindConfig(text: string, file: string, root: string): KindPlan {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const locate = new Locator(document, lines, file);
  const problems: Problem[] = document.errors.map((e) => wrong(`not valid YAML: ${e.message}`, locate.at(e.pos[0])));
  if (problems.length > 0) throw new UserError(problems);
  const value: unknown = document.toJS();
  if (!isJsonObject(value)) throw new UserError(wrong("not a kind config", locate.at(0)));
  problems.push(...headProblems(value, locate), ...misspelt(value, CLUSTER, [], locate));
  const nodes = listOf(value["nodes"]).filter(isJsonObject);
  const planes = nodes.filter((node) => (node["role"] ?? "control-plane") === "control-plane");
  if (nodes.length > 0 && planes.length === 0)
    problems.push(wrong("no node is a control-plane", locate.key(["nodes"])));
  if (problems.length > 0) throw new UserError(problems);
  const networking = isJsonObject(value["networking"]) ? value["networking"] : {};
  return {
    nodes: Math.max(1, nodes.length),
    ports: [...mappedPorts(nodes, locate), ...serverPort(networking, locate)],
    network: networking["disableDefaultCNI"] !== true,
    shape: shapeOfConfig(value, root),
    patches: patchesDigest(value),
  };
}

function headProblems(value: JsonObject, locate: Locator): Problem[] {
  const problems: Problem[] = [];
  if (value["kind"] !== "Cluster") {
    problems.push(wrong(`kind is ${shown(value["kind"])}, not Cluster`, locate.key(["kind"])));
  }
  if (value["apiVersion"] !== API_VERSION) {
    const message = `apiVersion is ${shown(value["apiVersion"])}; kind understands ${API_VERSION}`;
    problems.push(wrong(message, locate.key(["apiVersion"])));
  }
  return problems;
}

/** Keys of kind.x-k8s.io/v1alpha4, by the key that leads there; `[]` is a list of them. */
interface Keys {
  readonly [key: string]: Keys | readonly [Keys] | null;
}

const PATCH: Keys = { group: null, version: null, kind: null, patch: null };
const NODE: Keys = {
  role: null,
  image: null,
  labels: null,
  extraMounts: [{ containerPath: null, hostPath: null, readOnly: null, selinuxRelabel: null, propagation: null }],
  extraPortMappings: [{ containerPort: null, hostPort: null, listenAddress: null, protocol: null }],
  kubeadmConfigPatches: null,
  kubeadmConfigPatchesJSON6902: [PATCH],
};
const CLUSTER: Keys = {
  kind: null,
  apiVersion: null,
  name: null,
  nodes: [NODE],
  networking: {
    ipFamily: null,
    apiServerPort: null,
    apiServerAddress: null,
    podSubnet: null,
    serviceSubnet: null,
    disableDefaultCNI: null,
    kubeProxyMode: null,
    dnsSearch: null,
  },
  featureGates: null,
  runtimeConfig: null,
  kubeadmConfigPatches: null,
  kubeadmConfigPatchesJSON6902: [PATCH],
  containerdConfigPatches: null,
  containerdConfigPatchesJSON6902: null,
};

function misspelt(value: JsonObject, keys: Keys, path: Path, locate: Locator): Problem[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    const known = keys[key];
    if (known === undefined) {
      const meant = didYouMean(key, Object.keys(keys));
      return meant === undefined ? [] : [wrong(`unknown field "${key}"`, locate.key(at), meant)];
    }
    if (known === null) return [];
    if (!Array.isArray(known)) return isJsonObject(inner) ? misspelt(inner, known as Keys, at, locate) : [];
    return listOf(inner).flatMap((each, i) =>
      isJsonObject(each) ? misspelt(each, known[0] as Keys, [...at, i], locate) : [],
    );
  });
}

function mappedPorts(nodes: readonly JsonObject[], locate: Locator): HostPort[] {
  return nodes.flatMap((node, i) =>
    listOf(node["extraPortMappings"]).flatMap((mapping, j) => {
      if (!isJsonObject(mapping) || String(mapping["protocol"] ?? "TCP").toUpperCase() !== "TCP") return [];
      const path = ["nodes", i, "extraPortMappings", j, "hostPort"];
      return hostPort(mapping["hostPort"], mapping["listenAddress"] ?? "0.0.0.0", locate.value(path));
    }),
  );
}

function serverPort(networking: JsonObject, locate: Locator): HostPort[] {
  const { apiServerPort, apiServerAddress } = networking;
  return hostPort(apiServerPort, apiServerAddress ?? "127.0.0.1", locate.value(["networking", "apiServerPort"]));
}

/** 0 and -1 let kind or Docker choose one. */
function hostPort(port: Json | undefined, address: Json, position: SourcePosition): HostPort[] {
  return typeof port === "number" && port > 0 ? [{ address: String(address), port, position }] : [];
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function shown(value: Json | undefined): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}

function wrong(message: string, position: SourcePosition, remedy = REMEDY): Problem {
  return { code: "kind-config", message, position, remedy, severity: "error" };
}
