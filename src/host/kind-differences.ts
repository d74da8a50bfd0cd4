import type { ClusterChange } from "../model/plan.ts";
import { ANY_PORT, type KindShape, type NodeShape } from "./kind-shape.ts";

/**
 * What a cluster would have to become to be as its config says; none of it can be changed in place. What the config
 * leaves to kind (an image, the API server's port, the proxy's mode) is no difference whatever it is.
 */
export function differences(running: KindShape, wanted: KindShape): ClusterChange[] {
  const names = [...new Set([...wanted.nodes, ...running.nodes].map((node) => node.name))].sort();
  const of = (shape: KindShape, name: string) => shape.nodes.find((node) => node.name === name);
  return [
    ...names.flatMap((name) => nodeChanges(name, of(running, name), of(wanted, name))),
    // A stopped node does not tell how it was set up.
    ...(running.networking["podSubnet"] === undefined
      ? []
      : [
          ...entries("networking.", running.networking, wanted.networking, "said"),
          ...entries("featureGates.", running.featureGates, wanted.featureGates),
          ...entries("runtimeConfig.", running.runtimeConfig, wanted.runtimeConfig),
        ]),
  ];
}

function nodeChanges(name: string, running?: NodeShape, wanted?: NodeShape): ClusterChange[] {
  const path = `nodes[${name}]`;
  if (running === undefined || wanted === undefined) {
    const is = (node?: NodeShape) => (node === undefined ? null : "one node");
    return [{ path, before: is(running), after: is(wanted) }];
  }
  return [
    ...(wanted.image === null || sameImage(running.image, wanted.image)
      ? []
      : [{ path: `${path}.image`, before: running.image, after: wanted.image }]),
    ...entries(`${path}.extraPortMappings `, running.ports, wanted.ports),
    ...entries(`${path}.extraMounts `, running.mounts, wanted.mounts),
    ...(running.labels === null ? [] : entries(`${path}.labels.`, running.labels, wanted.labels ?? {})),
  ];
}

/** `said`: what is wanted by no word is no difference. */
function entries(
  prefix: string,
  running: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  which: "all" | "said" = "all",
): ClusterChange[] {
  const keys = Object.keys(which === "said" ? wanted : { ...wanted, ...running }).sort();
  return keys.flatMap((key) => {
    const before = running[key] ?? null;
    const after = wanted[key] ?? null;
    return same(before, after) ? [] : [{ path: `${prefix}${key}`, before, after }];
  });
}

function same(before: string | null, after: string | null): boolean {
  if (before === after) return true;
  if (before === null || after === null || !after.endsWith(`:${ANY_PORT}`)) return false;
  return before.slice(0, before.lastIndexOf(":")) === after.slice(0, after.lastIndexOf(":"));
}

/** podman writes the registry out. */
function sameImage(running: string | null, wanted: string): boolean {
  return running === wanted || running === `docker.io/${wanted}`;
}
