import { crc32 } from "node:zlib";
import { isList, layBare, type Plain, toText, type Value } from "./expression/value.ts";

/**
 * What the provider sorts the elements of a set by: their text, their text as one of several attributes, or what their
 * block holds (terraform-plugin-sdk, helper/schema, HashString and HashResource).
 */
type Order = "text" | "attribute" | Block;

/** Attributes with the defaults of their schema, and sets of blocks. */
interface Block {
  readonly [name: string]: string | Block;
}

const named: Block = { name: "" };
const address: Block = { hostname: "", ip: "", node_name: "" };
const port: Block = { name: "", port: "", protocol: "TCP" };

/**
 * Lists of the API that are sets in the provider's schema, by struct and field. Their order means nothing: we send them in
 * the provider's, so that an object that it made is unchanged, and so is one whose elements were only written in another.
 */
const sets: Readonly<Record<string, Order>> = {
  "certificates.v1.CertificateSigningRequestSpec.usages": "text",
  "core.v1.CephFSPersistentVolumeSource.monitors": "text",
  "core.v1.CephFSVolumeSource.monitors": "text",
  "core.v1.EndpointSubset.addresses": address,
  "core.v1.EndpointSubset.notReadyAddresses": address,
  "core.v1.EndpointSubset.ports": port,
  "core.v1.Endpoints.subsets": { address, not_ready_address: address, port },
  "core.v1.FCVolumeSource.targetWWNs": "text",
  "core.v1.NodeSelectorRequirement.values": "text",
  "core.v1.PersistentVolumeClaimSpec.accessModes": "text",
  "core.v1.PersistentVolumeSpec.accessModes": "text",
  "core.v1.PersistentVolumeSpec.mountOptions": "text",
  "core.v1.PodAffinityTerm.namespaces": "text",
  "core.v1.PodSecurityContext.supplementalGroups": "attribute",
  "core.v1.RBDPersistentVolumeSource.monitors": "text",
  "core.v1.RBDVolumeSource.monitors": "text",
  "core.v1.ResourceQuotaSpec.scopes": "text",
  "core.v1.ScopedResourceSelectorRequirement.values": "attribute",
  "core.v1.ServiceAccount.imagePullSecrets": named,
  "core.v1.ServiceAccount.secrets": named,
  "core.v1.ServiceSpec.externalIPs": "attribute",
  "core.v1.ServiceSpec.loadBalancerSourceRanges": "attribute",
  "core.v1.TopologySelectorLabelRequirement.values": "attribute",
  "meta.v1.LabelSelectorRequirement.values": "text",
  "storage.v1.StorageClass.mountOptions": "text",
};

/** A ClusterRole's rules have lists there. */
const setsOfRole: ReadonlySet<string> = new Set(
  ["apiGroups", "resourceNames", "resources", "verbs"].map((field) => `rbac.v1.PolicyRule.${field}`),
);

/** A list as the provider sends it where it has a set: each element once, in its order. As it stands while one is unknown. */
export function asProviderSet(field: string, kind: string, value: Value): Value {
  if (!isList(value) || value.length < 2) return value;
  const order = Object.hasOwn(sets, field)
    ? sets[field]
    : kind === "Role" && setsOfRole.has(field)
      ? "text"
      : undefined;
  if (order === undefined) return value;
  const byText = new Map<string, Value>();
  for (const item of value) {
    const { plain, needs } = layBare(item);
    const text = needs === null ? textOf(plain, order) : null;
    if (text === null) return value;
    byText.set(text, item);
  }
  return sorted([...byText.keys()]).map((text) => byText.get(text)!);
}

function sorted(texts: readonly string[]): string[] {
  const hash = (text: string): string => String(crc32(text));
  return [...texts].sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
}

/** null where the element is not what the field is made of, which is told elsewhere. */
function textOf(plain: Plain, order: Order): string | null {
  if (typeof order !== "string") return blockText(plain, order);
  return plain === null || typeof plain === "object" ? null : toText(plain) + (order === "text" ? "" : ";");
}

function blockText(plain: Plain, block: Block): string | null {
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return null;
  const given = plain as { readonly [name: string]: Plain };
  if (Object.keys(given).some((name) => !Object.hasOwn(block, name))) return null;
  const parts = Object.entries(block).map(([name, inner]) => {
    const value = given[name] ?? null;
    const text = typeof inner === "string" ? textOf(value ?? inner, "attribute") : setText(value, inner);
    return text === null ? null : `${name}:${text}`;
  });
  return parts.every((part) => part !== null) ? parts.join("") : null;
}

function setText(value: Plain, block: Block): string | null {
  const items = value === null ? [] : Array.isArray(value) ? (value as readonly Plain[]) : [value];
  const texts = items.map((item) => blockText(item, block));
  if (!texts.every((text) => text !== null)) return null;
  return `{${sorted([...new Set(texts)])
    .map((text) => `<${text}>;`)
    .join("")}};`;
}
