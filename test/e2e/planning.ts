import { expect } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Kube } from "../../src/ports.ts";
import {
  connectTo as connectToEmbedded,
  type Json,
  temporaryHome,
  type Workplace,
  workplace,
} from "../cli/command-line.ts";
import { projectYaml, terraformJson } from "../cli/stacks.ts";
import { clusterOfFile, onReal, theCluster } from "./cluster.ts";

type Resources = Parameters<typeof terraformJson>[0];

export interface Place extends Workplace {
  /** Changes the stack's resources. */
  want(resources: Resources, stack?: string): void;
  /** `up --yes` that must end well. */
  up(...more: readonly string[]): Promise<void>;
  /** `plan --output json`. */
  plan(...more: readonly string[]): Promise<Json>;
}

/**
 * A folder for K8SCTL_HOME, shared by the tests of a file. Their cluster `dev` is an embedded one of this home, which
 * `up` makes as it does for any user, or the context of the real API server.
 */
export function homeWithCluster(): string {
  if (onReal) clusterOfFile();
  return temporaryHome();
}

/** k8sctl.yaml of a project on the cluster `dev`. */
export function yamlOf(name: string, files: readonly string[]): string {
  const yaml = projectYaml(name, files);
  if (!onReal) return yaml;
  const context = `{ provider: context, context: api, kubeconfig: ${theCluster().kubeconfig} }`;
  return yaml.replace("{ provider: embedded, name: dev }", context);
}

/** A project `name` with one stack `web` (or several) on the cluster `dev`. */
export function place(home: string, name: string, stacks: Readonly<Record<string, Resources>>): Place {
  const files = Object.keys(stacks).map((stack) => `stacks/${stack}.tf.json`);
  const texts = Object.entries(stacks).map(([stack, resources]) => [
    `stacks/${stack}.tf.json`,
    terraformJson(resources),
  ]);
  const work = workplace(home, { "k8sctl.yaml": yamlOf(name, files), ...Object.fromEntries(texts) });
  return {
    ...work,
    want: (resources, stack = "web") => work.write({ [`stacks/${stack}.tf.json`]: terraformJson(resources) }),
    async up(...more) {
      const { exitCode, all } = await work.run(["up", "--yes", ...more]);
      expect(exitCode, all).toBe(0);
    },
    async plan(...more) {
      const { stdout, all } = await work.run(["plan", "--output", "json", ...more]);
      expect(stdout, all).not.toBe("");
      return JSON.parse(stdout);
    },
  };
}

/** Items of a plan document that change something, as one line each. */
export function changed(plan: Json): string[] {
  return plan.stacks.flatMap((stack: Json) =>
    stack.items.filter((item: Json) => item.action !== "unchanged").map(line),
  );
}

function line(item: Json): string {
  const { namespace, name, kind } = item.id;
  return `${item.action} ${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
}

export function itemOf(plan: Json, name: string): Json {
  const items = plan.stacks.flatMap((stack: Json) => stack.items);
  return items.find((item: Json) => item.id.name === name);
}

/** A plain write (`Update`) by another program. */
export async function patch(kube: Kube, kind: string, path: string, body: JsonObject, manager: string): Promise<void> {
  const [namespace = "", name = ""] = path.split("/");
  await kube.patch({ ...typeOfKind(kind), namespace, name }, body, manager);
}

export function get(kube: Kube, kind: string, path: string): Promise<KubeObject | null> {
  const [namespace = "", name = ""] = path.split("/");
  return kube.get({ ...typeOfKind(kind), namespace, name });
}

const groups: Readonly<Record<string, [string, string]>> = {
  Deployment: ["apps", "v1"],
  StatefulSet: ["apps", "v1"],
  Job: ["batch", "v1"],
  HorizontalPodAutoscaler: ["autoscaling", "v2"],
};

function typeOfKind(kind: string) {
  const [group, version] = groups[kind] ?? ["", "v1"];
  return { group, version, kind };
}

/** A connection of the test's own to the cluster of this home. */
export async function connectTo(home: string): Promise<Kube> {
  return onReal ? theCluster().kube : await connectToEmbedded(home, "dev");
}
