import type { KubeObject } from "../model/objects.ts";
import { at, listAt } from "./reading.ts";

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A quantity of the API as a number of its unit (cores, bytes); null where it is none. */
export function quantity(value: unknown): number | null {
  if (typeof value === "number") return value;
  const [, digits, suffix = ""] = /^([0-9.]+)([A-Za-z]*)$/.exec(typeof value === "string" ? value : "") ?? [];
  const unit = suffixes[suffix];
  return digits === undefined || unit === undefined ? null : Number(digits) * unit;
}

const resources = ["cpu", "memory", "ephemeral-storage"] as const;

/** `cpu 1000, memory 2.5Gi` that the containers of a pod ask for together; "" when they ask for nothing. */
export function describeRequests(pod: KubeObject): string {
  return resources
    .flatMap((resource) => {
      const asked = listAt(pod, "spec", "containers")
        .map((container) => quantity(at(container, "resources", "requests", resource)))
        .filter((each) => each !== null);
      const sum = asked.reduce((total, each) => total + each, 0);
      return sum === 0 ? [] : [`${resource} ${show(resource, sum)}`];
    })
    .join(", ");
}

/** `the largest node has cpu 4, memory 15.6Gi for pods`; "" when no node is known. */
export function roomOfNodes(nodes: readonly KubeObject[]): string {
  const cpu = Math.max(0, ...nodes.map((node) => quantity(at(node, "status", "allocatable", "cpu")) ?? 0));
  const memory = Math.max(0, ...nodes.map((node) => quantity(at(node, "status", "allocatable", "memory")) ?? 0));
  if (cpu === 0 && memory === 0) return "";
  return `the largest node has cpu ${show("cpu", cpu)}, memory ${show("memory", memory)} in all`;
}

function show(resource: string, amount: number): string {
  const rounded = (value: number) => String(Math.round(value * 10) / 10);
  if (resource === "cpu") return amount < 1 ? `${Math.round(amount * 1000)}m` : rounded(amount);
  if (amount >= 2 ** 30) return `${rounded(amount / 2 ** 30)}Gi`;
  return `${rounded(amount / 2 ** 20)}Mi`;
}
