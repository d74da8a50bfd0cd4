import { describe, expect, test } from "vitest";
import type { Desired } from "../../src/model/desired.ts";
import { deduceUnknown } from "../../src/schema/deduced.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";
import { containersOf, podsOf, restrictedBreaches } from "./pods.ts";
import { decode, projects, synthesize } from "./synthesized.ts";

/** Pods that do not pass the restricted level, what they break, and why. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // Serves on the node's own ports, where kind's port mappings lead; with `hostPorts: false` it passes.
  "DaemonSet nginx-ingress/nginx-ingress": ["hostPort"],
  // The first walks take the image that everybody knows; it starts as root.
  "Deployment learn/nginx": ["allowPrivilegeEscalation", "runAsNonRoot", "seccompProfile", "capabilities.drop"],
  "Deployment hello/web": ["allowPrivilegeEscalation", "runAsNonRoot", "seccompProfile", "capabilities.drop"],
};

/** Fields that hold a generated password, or something made of one, without being marked. */
function leaks({ id, object, sensitive }: Desired): string[] {
  const marked = (path: readonly (string | number)[]) =>
    (id.kind === "Secret" && (path[0] === "data" || path[0] === "stringData")) ||
    sensitive.some((prefix) => prefix.every((step, i) => String(step) === String(path[i])));
  const found: string[] = [];
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === "string" && /made-\w+-result/.test(value) && !marked(path)) found.push(path.join("."));
    else if (Array.isArray(value)) for (const [i, each] of value.entries()) walk(each, [...path, i]);
    else if (typeof value === "object" && value !== null)
      for (const [key, each] of Object.entries(value)) walk(each, [...path, key]);
  };
  walk(object, []);
  return found;
}

describe.each(projects)("%s", async (folder) => {
  const decoded = decode(await synthesize(folder));
  const pods = podsOf(decoded.desired);

  test("decodes without a problem, and the schema finds nothing wrong", () => {
    expect(decoded.problems).toEqual([]);
    expect(pods.length).toBeGreaterThan(0);
    const types = deduceUnknown(builtinTypes);
    const findings = decoded.desired.flatMap(({ id, object }) =>
      validateObject(object, types).map((finding) => `${id.kind} ${id.name} ${finding.path} ${finding.message}`),
    );
    expect(findings).toEqual([]);
  });

  test("images are pinned to a version", () => {
    const images = pods.flatMap(({ spec }) => containersOf(spec).map(({ image }) => image as string));
    for (const image of images) expect(image).toMatch(/:v?\d+\.\d+[\w.-]*$/);
  });

  test("every container asks for CPU and memory, has a memory limit and can be asked whether it is ready", () => {
    for (const { spec } of pods) {
      // What runs to its end is never asked.
      const asked = spec.restartPolicy === "Never" ? [] : spec.containers;
      for (const { readinessProbe } of asked) expect(readinessProbe).toBeDefined();
      for (const { resources } of containersOf(spec)) {
        expect(resources).toMatchObject({
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
    }
  });

  test("pods pass the restricted Pod Security level, but for the exceptions", () => {
    const breaches = Object.fromEntries(pods.map(({ owner, spec }) => [owner, restrictedBreaches(spec)]));
    expect(breaches).toEqual(Object.fromEntries(pods.map(({ owner }) => [owner, exceptions[owner] ?? []])));
  });

  test("no password stands outside a Secret or a field marked sensitive", () => {
    expect(
      decoded.desired.flatMap((each) => leaks(each).map((path) => `${each.id.kind} ${each.id.name} ${path}`)),
    ).toEqual([]);
    const open = decoded.outputs.filter(
      ({ value, sensitive }) => !sensitive && JSON.stringify(value).includes("-result"),
    );
    expect(open.map(({ name }) => name)).toEqual([]);
  });
});

test("the five stacks fit on 2 cores and 4 GiB", async () => {
  const { desired } = decode(await synthesize("."));
  const sum = { cpu: 0, memory: 0 };
  for (const { spec } of podsOf(desired)) {
    for (const { resources } of containersOf(spec)) {
      sum.cpu += Number(/^(\d+)m$/.exec(resources.requests.cpu)![1]);
      const [, digits, unit] = /^(\d+)(Mi|Gi)$/.exec(resources.requests.memory)!;
      sum.memory += Number(digits) * (unit === "Gi" ? 1024 : 1);
    }
  }
  expect(sum.cpu).toBeLessThanOrEqual(2000);
  expect(sum.memory).toBeLessThanOrEqual(4096);
});
