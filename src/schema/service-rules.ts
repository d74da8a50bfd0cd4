import { fieldsOf, isOpen, listOf, textOr } from "./reading.ts";
import type { StructRule } from "./rule.ts";

/** What a Service's fields must keep together (API reference, ServiceSpec). */
export const serviceRule: StructRule = (spec, report) => {
  if (spec["type"] instanceof Object) return;
  const type = textOr(spec["type"], "ClusterIP");
  const ports = listOf(spec["ports"]);
  const headless = textOr(spec["clusterIP"]) === "None";
  if (ports.length === 0 && type !== "ExternalName" && !headless && !isOpen(spec["ports"])) {
    report(["ports"], "is required", "missing");
  }
  if (type === "ExternalName" && textOr(spec["externalName"]) === "" && !isOpen(spec["externalName"])) {
    report(["externalName"], "is required where type is ExternalName", "missing");
  }
  if (headless && ["NodePort", "LoadBalancer"].includes(type)) {
    report(["clusterIP"], `must not be None where type is ${type}`);
  }
  const names = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [index, item] of ports.entries()) {
    const port = fieldsOf(item);
    const name = textOr(port["name"]);
    if (ports.length > 1 && name === "" && !isOpen(port) && !isOpen(ports)) {
      report(["ports", index, "name"], "is required where there are several ports", "missing");
    }
    if (name !== "" && names.has(name))
      report(["ports", index, "name"], `is used twice: ${JSON.stringify(name)}`, "duplicate");
    names.add(name);
    const nodePort = port["nodePort"];
    if (typeof nodePort !== "number" || nodePort === 0) continue;
    if (type === "ClusterIP") report(["ports", index, "nodePort"], "is not allowed where type is ClusterIP");
    const used = `${nodePort}/${textOr(port["protocol"], "TCP")}`;
    if (nodePorts.has(used)) report(["ports", index, "nodePort"], `is used twice: ${nodePort}`, "duplicate");
    nodePorts.add(used);
  }
};
