import type { Dependency, EdgeKind, Template } from "../../src/model/desired.ts";
import { type ObjectId, objectKey } from "../../src/model/ids.ts";
import type { Prediction } from "../../src/model/observed.ts";
import type { Plan, PlanAction, PlanCounts, PlanItem, StackPlan } from "../../src/model/plan.ts";
import { applySetId, PART_OF_LABEL } from "../../src/plan/applyset.ts";

const groups: Record<string, string> = {
  Deployment: "apps",
  StatefulSet: "apps",
  Job: "batch",
  CustomResourceDefinition: "apiextensions.k8s.io",
  Widget: "example.com",
};

/** `Deployment web/shop` or `Namespace web` */
export function id(text: string): ObjectId {
  const [kind = "", place = ""] = text.split(" ");
  const [namespace = "", name = ""] = place.includes("/") ? place.split("/") : ["", place];
  return { group: groups[kind] ?? "", kind, namespace, name };
}

export interface ItemOptions {
  readonly needs?: readonly string[];
  /** Waits for these to be ready. */
  readonly ready?: readonly string[];
  readonly body?: { readonly [key: string]: Template };
  readonly uid?: string;
  readonly skip?: boolean;
  readonly timeoutSeconds?: number;
  readonly dependsOn?: readonly Dependency[];
  readonly prediction?: Prediction;
}

export type Line = readonly [action: PlanAction, object: string, options?: ItemOptions];

export function item(stack: string, [action, object, options = {}]: Line): PlanItem {
  const objectId = id(object);
  const apiVersion = objectId.group === "" ? "v1" : `${objectId.group}/v1`;
  const edge = (kind: EdgeKind) => (target: string) => ({
    kind,
    on: { type: "object" as const, key: objectKey(id(target)) },
  });
  return {
    id: objectId,
    key: objectKey(objectId),
    action,
    stack,
    origin: { stack, address: `test.${objectId.name}`, constructPath: "" },
    sent:
      action === "delete" || action === "forget"
        ? null
        : {
            apiVersion,
            kind: objectId.kind,
            metadata: {
              name: objectId.name,
              ...(objectId.namespace ? { namespace: objectId.namespace } : {}),
              labels: { [PART_OF_LABEL]: applySetId("shop", stack, "default") },
            },
            ...options.body,
          },
    sensitive: [],
    apiVersion,
    uid: options.uid ?? null,
    changes: [],
    consequences: [],
    prediction: options.prediction ?? null,
    refusal: null,
    warnings: [],
    why: "",
    dependsOn: [
      ...(options.needs ?? []).map(edge("exists")),
      ...(options.ready ?? []).map(edge("ready")),
      ...(options.dependsOn ?? []),
    ],
    lifecycle: { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [] },
    wait: { skip: options.skip ?? false, timeoutSeconds: options.timeoutSeconds ?? null },
    force: false,
  };
}

export function stack(name: string, lines: readonly Line[], more: Partial<StackPlan> = {}): StackPlan {
  return {
    name,
    file: `stacks/${name}.ts`,
    after: [],
    generated: [],
    items: lines.map((line) => item(name, line)),
    ...more,
  };
}

export function plan(...stacks: StackPlan[]): Plan {
  const items = stacks.flatMap((each) => each.items);
  const count = (action: PlanAction) => items.filter((each) => each.action === action).length;
  const counts = Object.fromEntries(
    (["create", "update", "replace", "delete", "unchanged", "adopt", "forget", "blocked"] as const).map((action) => [
      action,
      count(action),
    ]),
  ) as unknown as PlanCounts;
  const cluster = { name: "dev", provider: "embedded", action: "unchanged", version: "v1.34.1", nodes: 1 } as const;
  return { project: "shop", cluster, stacks, counts };
}
