import { createProgram } from "../src/desired/program.ts";
import type { SynthStack } from "../src/model/desired.ts";
import type { JsonObject } from "../src/model/json.ts";
import type { Figures } from "./figures.ts";

/** Resources of a stack whose decoding is measured. */
const SIZES = [5_000, 10_000, 20_000];

/** Terraform JSON to objects, in this process: the native engine's own share of a plan. */
export function measureDecode(figures: Figures, runs: number): void {
  const stacks = new Map(SIZES.map((size) => [size, stackOf(size)]));
  for (let run = 0; run < runs; run += 1) {
    for (const [size, stack] of stacks) {
      const started = performance.now();
      const { desired, problems } = createProgram([stack]).decode({ live: new Map(), generated: new Map() });
      const ms = performance.now() - started;
      if (desired.length !== size || problems.length > 0) throw new Error(`${desired.length} objects of ${size}`);
      figures.add("decode", size, { ms });
    }
  }
}

/** A namespace, and of every five resources two Deployments, two ConfigMaps and a Service, all with references. */
function stackOf(size: number): SynthStack {
  const namespace = "${kubernetes_namespace_v1.home.metadata[0].name}";
  const [deployments, configMaps, services]: [JsonObject, JsonObject, JsonObject] = [{}, {}, {}];
  for (let made = 1; made < size; made += 1) {
    const unit = Math.floor(made / 5);
    const name = `r-${made}`;
    const metadata = { name, namespace, labels: { app: `unit-${unit}` } };
    if (made % 5 < 2) configMaps[name] = { metadata, data: { unit: `unit ${unit}`, home: `in ${namespace}` } };
    else if (made % 5 < 4) deployments[name] = { metadata, spec: deploymentSpec(unit) };
    else services[name] = { metadata, spec: { selector: { app: `unit-${unit}` }, port: [{ port: 80 }] } };
  }
  const json = {
    resource: {
      kubernetes_namespace_v1: { home: { metadata: { name: "home" } } },
      kubernetes_config_map_v1: configMaps,
      kubernetes_deployment_v1: deployments,
      kubernetes_service_v1: services,
    },
  };
  return { name: "bench", file: "stacks/bench.ts", after: [], vars: {}, json, positions: {} };
}

function deploymentSpec(unit: number): JsonObject {
  const labels = { app: `unit-${unit}` };
  const settings = `\${kubernetes_config_map_v1.r-${unit === 0 ? 1 : unit * 5}.metadata[0].name}`;
  const container = {
    name: "main",
    image: "web:1",
    port: [{ container_port: 80, name: "http" }],
    env: [{ name: "UNIT", value: `unit-${unit}` }],
    env_from: [{ config_map_ref: { name: settings } }],
    resources: { limits: { cpu: "100m", memory: "64Mi" } },
  };
  return {
    replicas: "1",
    selector: { match_labels: labels },
    template: { metadata: { labels }, spec: { container: [container] } },
  };
}
