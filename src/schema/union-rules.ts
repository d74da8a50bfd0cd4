import { type Fields, isOpen, isSet, textOr } from "./reading.ts";
import type { StructRule } from "./rule.ts";

/** Fields of which at most one, or exactly one, may be set; `what` names them together. */
interface Union {
  readonly what: string;
  /** All fields of the struct but these where `of` is absent. */
  readonly of?: readonly string[];
  readonly besides?: readonly string[];
  readonly needed: boolean;
}

/** Fields of a PersistentVolume's spec that do not say where the data is: all others are its source. */
export const BESIDES_VOLUME_SOURCE: readonly string[] = [
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
];

/** Structs of which the API takes one alternative at a time; OpenAPI does not say so. */
const unions: Readonly<Record<string, Union>> = {
  "core.v1.Probe": { what: "handler", of: ["exec", "httpGet", "tcpSocket", "grpc"], needed: true },
  "core.v1.DownwardAPIVolumeFile": { what: "source", of: ["fieldRef", "resourceFieldRef"], needed: true },
  "admissionregistration.v1.WebhookClientConfig": { what: "address", of: ["url", "service"], needed: true },
  "core.v1.LifecycleHandler": { what: "handler", needed: true },
  "core.v1.EnvVarSource": { what: "source", needed: true },
  "core.v1.EnvFromSource": { what: "source", besides: ["prefix"], needed: true },
  // A volume without a source is an emptyDir to the server.
  "core.v1.Volume": { what: "source", besides: ["name"], needed: false },
  "core.v1.PersistentVolumeSpec": {
    what: "source",
    besides: BESIDES_VOLUME_SOURCE,
    needed: true,
  },
  "networking.v1.IngressBackend": { what: "backend", of: ["service", "resource"], needed: true },
  "networking.v1.NetworkPolicyPeer": { what: "peer", needed: true },
  "policy.v1.PodDisruptionBudgetSpec": {
    what: "of minAvailable and maxUnavailable",
    of: ["minAvailable", "maxUnavailable"],
    needed: false,
  },
};

/** Structs whose `type` says which of the other fields is to be set. */
const discriminated: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "autoscaling.v2.MetricSpec": {
    Resource: "resource",
    Pods: "pods",
    Object: "object",
    External: "external",
    ContainerResource: "containerResource",
  },
  "autoscaling.v2.MetricTarget": {
    Utilization: "averageUtilization",
    AverageValue: "averageValue",
    Value: "value",
  },
};

export function unionRule(struct: string): StructRule | null {
  const union = unions[struct];
  if (union !== undefined) return (fields, report, type) => checkUnion(union, fields, Object.keys(type.fields), report);
  const byType = discriminated[struct];
  if (byType === undefined) return null;
  return (fields, report) => {
    const type = textOr(fields["type"]);
    const wanted = byType[type];
    if (wanted !== undefined && !isSet(fields[wanted]))
      report([wanted], `is required where type is ${type}`, "missing");
    if (type !== "" && wanted === undefined && struct === "autoscaling.v2.MetricSpec") {
      report(["type"], `must be one of ${Object.keys(byType).join(", ")}, is ${JSON.stringify(type)}`, "enum");
    }
  };
}

function checkUnion(union: Union, fields: Fields, all: readonly string[], report: Parameters<StructRule>[1]): void {
  const names = union.of ?? all.filter((name) => union.besides?.includes(name) !== true);
  const set = names.filter((name) => isSet(fields[name]));
  // A network policy's peer may have both selectors, but no block of addresses beside them.
  const several = union.what === "peer" ? set.length > 1 && set.includes("ipBlock") : set.length > 1;
  if (several) report([set[1]!], `stands beside ${set[0]}: only one ${union.what} is allowed`);
  if (union.needed && set.length === 0 && !isOpen(fields)) report([], `has no ${union.what}`, "missing");
}
