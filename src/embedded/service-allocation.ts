import { randomInt } from "node:crypto";
import type { JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import { listAt, numberAt, textAt } from "../model/read-field.ts";
import { child, each, fill } from "../schema/defaults/missing.ts";
import type { Cluster } from "./call.ts";
import { type FieldError, forbiddenField, invalid, invalidValue } from "./failures.ts";
import { goJson } from "./validation/go-text.ts";
import { ip } from "./validation/rules/checks.ts";

const nodePorts = { first: 30_000, last: 32_767 };
const addressPrefix = "10.96.";

/**
 * Gives a Service its cluster address and node ports. A dry run shows an address that is never given out, as the real
 * server does. Throws Refusal 422 for what is out of range or taken.
 */
export function allocateService(cluster: Cluster, service: KubeObject, dryRun: boolean): void {
  const spec = child(asJson(service), "spec");
  const type = textAt(spec, "type");
  if (type === "ExternalName") {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) delete spec[field];
    return;
  }
  const others = cluster.store
    .list(cluster.catalog.find("", "v1", "services")!)
    .filter((other) => other.metadata.uid === undefined || other.metadata.uid !== service.metadata.uid);
  const asked = textAt(spec, "clusterIP") || String(listAt(spec, "clusterIPs")[0] ?? "");
  const errors: FieldError[] = [];
  if (asked === "") {
    const taken = new Set(others.map((other) => textAt(other, "spec", "clusterIP")));
    spec["clusterIP"] = dryRun ? `${addressPrefix}0.0` : freeAddress(taken);
  } else {
    spec["clusterIP"] = asked;
    errors.push(...checkAddress(asked, others));
  }
  spec["clusterIPs"] = [spec["clusterIP"]];
  fill(spec, { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
  if (type === "NodePort" || (type === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false))
    errors.push(...allocateNodePorts(spec, others, dryRun));
  const checked = type === "LoadBalancer" && spec["externalTrafficPolicy"] === "Local";
  if (checked) fill(spec, { healthCheckNodePort: freePort(portsOf(others), "TCP") });
  if (errors.length > 0) throw invalid({ group: "", kind: "Service" }, service.metadata.name, errors);
}

/**
 * What a new Service says of its addresses, judged before anything is allocated (API reference, ServiceSpec.clusterIPs).
 * Throws Refusal 422.
 */
export function checkNewAddresses(service: KubeObject): void {
  const spec = child(asJson(service), "spec");
  const first = textAt(spec, "clusterIP");
  const said = listAt(spec, "clusterIPs").map(String);
  const listed = said.length === 0 && first !== "" ? [first] : said;
  const errors = listed.length === 0 ? [] : wrongAddresses(textAt(spec, "type"), first, listed, spec);
  if (errors.length > 0) throw invalid({ group: "", kind: "Service" }, service.metadata.name, errors);
}

function wrongAddresses(type: string, first: string, listed: readonly string[], spec: JsonObject): FieldError[] {
  const field = "spec.clusterIPs";
  if (type === "ExternalName") return [forbiddenField(field, "may not be set for ExternalName services")];
  const wrong = (why: string) => invalidValue(field, goJson([...listed]), why);
  const unreadable = listed.flatMap((address, index) =>
    index === 0 && address === "None" ? [] : ip(address, `${field}[${index}]`),
  );
  const errors = [
    ...(first === "" ? [wrong("must be empty when `clusterIP` is not specified")] : []),
    ...(first !== "" && listed[0] !== first ? [wrong("first value must match `clusterIP`")] : []),
    ...(listed[0] === "None" && listed.length > 1 ? [wrong("'None' must be the first and only value")] : []),
    ...unreadable,
    ...(listed.length > 2 ? [wrong("may only hold up to 2 values")] : []),
  ];
  if (unreadable.length > 0 || listed[0] === "None" || listed.length === 1) return errors;
  if (listed.length > 2 || listed[0]!.includes(":") === listed[1]!.includes(":"))
    return [...errors, wrong("may specify no more than one IP for each IP family")];
  const policy = textAt(spec, "ipFamilyPolicy") || "SingleStack";
  const single = "must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified";
  const at = listed.findIndex((address) => address.includes(":"));
  return [
    ...errors,
    ...(policy === "SingleStack" ? [invalidValue("spec.ipFamilyPolicy", JSON.stringify(policy), single)] : []),
    invalidValue(`${field}[${at}]`, goJson([...listed]), "IPv6 is not configured on this cluster"),
  ];
}

function checkAddress(asked: string, others: readonly KubeObject[]): FieldError[] {
  if (asked === "None") return [];
  const shown = JSON.stringify([asked]);
  if (!asked.startsWith(addressPrefix)) {
    const range = `the provided IP (${asked}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`;
    return [invalidValue("spec.clusterIPs", shown, `failed to allocate IP ${asked}: ${range}`)];
  }
  const taken = others.some((other) => textAt(other, "spec", "clusterIP") === asked);
  const why = `failed to allocate IP ${asked}: provided IP is already allocated`;
  return taken ? [invalidValue("spec.clusterIPs", shown, why)] : [];
}

function freeAddress(taken: ReadonlySet<string>): string {
  for (;;) {
    const address = `${addressPrefix}${randomInt(1, 256)}.${randomInt(1, 255)}`;
    if (!taken.has(address)) return address;
  }
}

function allocateNodePorts(spec: JsonObject, others: readonly KubeObject[], dryRun: boolean): FieldError[] {
  const taken = portsOf(others);
  const errors: FieldError[] = [];
  for (const [index, port] of each(spec, "ports").entries()) {
    const asked = numberAt(port, "nodePort");
    const field = `spec.ports[${index}].nodePort`;
    if (asked === 0) port["nodePort"] = freePort(taken, textAt(port, "protocol"));
    else if (taken.has(keyOf(port)))
      errors.push(invalidValue(field, String(asked), "provided port is already allocated"));
    else if (!dryRun && (asked < nodePorts.first || asked > nodePorts.last)) {
      const range = `${nodePorts.first}-${nodePorts.last}`;
      const why = `provided port is not in the valid range. The range of valid ports is ${range}`;
      errors.push(invalidValue(field, String(asked), why));
    }
    taken.add(keyOf(port));
  }
  return errors;
}

const keyOf = (port: unknown) => `${numberAt(port, "nodePort")}/${textAt(port, "protocol")}`;

function portsOf(services: readonly KubeObject[]): Set<string> {
  return new Set(services.flatMap((service) => listAt(service, "spec", "ports").map(keyOf)));
}

function freePort(taken: ReadonlySet<string>, protocol: string): number {
  for (;;) {
    const port = randomInt(nodePorts.first, nodePorts.last + 1);
    if (!taken.has(`${port}/${protocol}`)) return port;
  }
}

/** A write that leaves out what was allocated keeps it, as long as the Service's type still has it. */
export function keepAllocated(service: KubeObject, live: KubeObject): void {
  const spec = child(asJson(service), "spec");
  const old = asJson(live)["spec"] as JsonObject;
  const type = textAt(spec, "type");
  if (type === "ExternalName" || textAt(old, "type") === "ExternalName") return;
  if (textAt(spec, "clusterIP") === "" && listAt(spec, "clusterIPs").length === 0)
    fill(spec, { clusterIP: old["clusterIP"] ?? "", clusterIPs: old["clusterIPs"] ?? [] });
  fill(spec, { ipFamilies: old["ipFamilies"] ?? ["IPv4"], ipFamilyPolicy: old["ipFamilyPolicy"] ?? "SingleStack" });
  for (const port of each(spec, "ports")) {
    const before = each(old, "ports").find((p) => p["port"] === port["port"] && p["protocol"] === port["protocol"]);
    if (type === "ClusterIP") {
      if (before !== undefined && before["nodePort"] === port["nodePort"]) delete port["nodePort"];
    } else if (before?.["nodePort"] !== undefined) fill(port, { nodePort: before["nodePort"] });
  }
}

/**
 * A changed Service without what its old type needed and its new one does not have, unless the writer sets it anew. Who
 * wrote it keeps owning it: managedFields are made before.
 */
export function settleService(service: KubeObject, live: KubeObject): KubeObject {
  const copy = structuredClone(service);
  dropOld(child(asJson(copy), "spec"), asJson(live)["spec"] as JsonObject);
  if (textAt(copy, "spec", "type") !== "LoadBalancer") child(asJson(copy), "status")["loadBalancer"] = {};
  return copy;
}

function dropOld(spec: JsonObject, old: JsonObject): void {
  const exposed = (type: unknown) => type === "NodePort" || type === "LoadBalancer";
  const drop = (field: string) => {
    if (spec[field] === old[field]) delete spec[field];
  };
  if (exposed(old["type"]) && !exposed(spec["type"])) drop("externalTrafficPolicy");
  if (old["type"] !== "ExternalName" && spec["type"] === "ExternalName") drop("internalTrafficPolicy");
  if (old["type"] === "LoadBalancer" && spec["type"] !== "LoadBalancer") drop("allocateLoadBalancerNodePorts");
  const checked = (of: JsonObject) => of["type"] === "LoadBalancer" && of["externalTrafficPolicy"] === "Local";
  if (checked(old) && !checked(spec)) drop("healthCheckNodePort");
  else if (checked(old)) fill(spec, { healthCheckNodePort: old["healthCheckNodePort"] ?? 0 });
}
