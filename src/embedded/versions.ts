import type { Json, JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import { at, listAt, objectAt, textAt } from "../model/read-field.ts";
import type { Catalog, ServedType } from "./catalog.ts";
import { coreEvent, newerEvent } from "./event-versions.ts";

/** How a version of another shape than the stored one is made of it, and the other way. */
interface Conversion {
  readonly group: string;
  readonly version: string;
  readonly shown: (stored: KubeObject) => KubeObject;
  /** `live`: what the sent version cannot say is kept from it. */
  readonly stored: (sent: KubeObject, live: KubeObject | null) => KubeObject;
}

/** Versions of every other kind differ in name only. */
const conversions: Readonly<Record<string, Conversion>> = {
  "autoscaling/v1/HorizontalPodAutoscaler": {
    group: "autoscaling",
    version: "v2",
    shown: autoscalerV1,
    stored: autoscalerV2,
  },
  "events.k8s.io/v1/Event": { group: "", version: "v1", shown: newerEvent, stored: coreEvent },
};

const conversionOf = ({ group, version, kind }: ServedType) => conversions[`${group}/${version}/${kind}`];

/** The type under which objects of that kind are kept. */
export function storedType(catalog: Catalog, type: ServedType): ServedType {
  const conversion = conversionOf(type);
  if (conversion === undefined) return type;
  return catalog.findKind(conversion.group, conversion.version, type.kind) ?? type;
}

/** A stored object as the requested version shows it. */
export function asVersion(object: KubeObject, type: ServedType): KubeObject {
  const apiVersion = type.group === "" ? type.version : `${type.group}/${type.version}`;
  if (object.apiVersion === apiVersion) return object;
  return conversionOf(type)?.shown(object) ?? { ...object, apiVersion };
}

/** What a client sent in its version, as it is stored. `live`: what the sent version cannot say is kept from it. */
export function toStored(object: KubeObject, type: ServedType, live: KubeObject | null): KubeObject {
  return conversionOf(type)?.stored(object, live) ?? object;
}

const isCpu = (metric: Json) =>
  textAt(metric, "type") === "Resource" &&
  textAt(metric, "resource", "name") === "cpu" &&
  (at(metric, "resource", "target", "type") ?? "Utilization") === "Utilization";

function autoscalerV1(object: KubeObject): KubeObject {
  const { metrics: _, behavior: __, ...spec } = objectAt(object, "spec");
  const percentage = at(listAt(object, "spec", "metrics").find(isCpu), "resource", "target", "averageUtilization");
  const { currentMetrics: ___, conditions: ____, ...status } = objectAt(object, "status");
  const current = at(
    listAt(object, "status", "currentMetrics").find(isCpu),
    "resource",
    "current",
    "averageUtilization",
  );
  return {
    ...object,
    apiVersion: "autoscaling/v1",
    spec: { ...spec, ...(percentage === undefined ? {} : { targetCPUUtilizationPercentage: percentage }) },
    status: {
      ...{ currentReplicas: 0, desiredReplicas: 0 },
      ...status,
      ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
    },
  };
}

function autoscalerV2(object: KubeObject, live: KubeObject | null): KubeObject {
  const { targetCPUUtilizationPercentage: percentage, ...spec } = objectAt(object, "spec");
  const cpu = (value: Json): JsonObject => ({
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: value } },
  });
  const others = listAt(live, "spec", "metrics").filter((metric) => !isCpu(metric));
  const metrics = [...others, ...(percentage === undefined || percentage === null ? [] : [cpu(percentage)])];
  const behavior = at(live, "spec", "behavior");
  const status = asJson(object)["status"];
  return {
    ...object,
    apiVersion: "autoscaling/v2",
    spec: {
      ...spec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behavior === undefined ? {} : { behavior }),
    },
    ...(status === undefined ? {} : { status: live?.["status"] ?? {} }),
  };
}
