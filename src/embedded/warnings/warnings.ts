import type { KubeObject } from "../../model/objects.ts";
import { at, listAt, objectAt, textAt } from "../../model/read-field.ts";
import type { ServedType } from "../catalog.ts";
import { checkDnsLabel } from "../validation/text-rules.ts";
import { formerVolumes, podWarnings, termWarnings } from "./pods.ts";

type Warn = (object: KubeObject) => string[];

/** Where a kind keeps its pod template. */
const templates: Readonly<Record<string, string>> = {
  "apps/Deployment": "spec.template",
  "apps/ReplicaSet": "spec.template",
  "apps/StatefulSet": "spec.template",
  "apps/DaemonSet": "spec.template",
  "/ReplicationController": "spec.template",
  "batch/Job": "spec.template",
  "batch/CronJob": "spec.jobTemplate.spec.template",
  "/PodTemplate": "template",
};

const namesPods = new Set([
  "apps/Deployment",
  "apps/ReplicaSet",
  "/ReplicationController",
  "batch/Job",
  "batch/CronJob",
]);
const storageClass = "volume.beta.kubernetes.io/storage-class";
const formerClass = `metadata.annotations[${storageClass}]: deprecated since v1.8; use "storageClassName" attribute instead`;

/** What the server says of a new object that it takes all the same, by kind (words of the real server). */
const own: Readonly<Record<string, Warn>> = {
  "/Pod": (pod) => [...nameWarning(pod, "the Pod's hostname"), ...podWarnings(pod, "")],
  "/Service": (service) => {
    const type = textAt(service, "spec", "type");
    const hints = "service.kubernetes.io/topology-aware-hints";
    return [
      ...(service.metadata.annotations?.[hints] === undefined
        ? []
        : [`annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`]),
      ...(type === "ExternalName" && listAt(service, "spec", "externalIPs").length > 0
        ? ['spec.externalIPs is ignored when spec.type is "ExternalName"']
        : []),
      ...(type !== "ExternalName" && textAt(service, "spec", "externalName") !== ""
        ? ['spec.externalName is ignored when spec.type is not "ExternalName"']
        : []),
    ];
  },
  "networking.k8s.io/Ingress": (ingress) => {
    const key = "kubernetes.io/ingress.class";
    if (ingress.metadata.annotations?.[key] === undefined) return [];
    return [`annotation "${key}" is deprecated, please use 'spec.ingressClassName' instead`];
  },
  "/PersistentVolumeClaim": (claim) => (claim.metadata.annotations?.[storageClass] === undefined ? [] : [formerClass]),
  "/PersistentVolume": (volume) => [
    ...(volume.metadata.annotations?.[storageClass] === undefined ? [] : [formerClass]),
    ...(textAt(volume, "spec", "persistentVolumeReclaimPolicy") === "Recycle"
      ? [
          "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
        ]
      : []),
    ...listAt(volume, "spec", "nodeAffinity", "required", "nodeSelectorTerms").flatMap((term, index) =>
      termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`),
    ),
    ...Object.entries(formerVolumes).flatMap(([source, why]) =>
      objectAt(volume, "spec")[source] === undefined || source === "quobyte" || source === "flocker"
        ? []
        : [`spec.${source === "storageos" ? "storageOS" : source}: ${why}`],
    ),
  ],
};

/** What to warn of when an object is made (`live` null) or changed; a pod itself is not warned of again. */
export function warningsOf(object: KubeObject, type: ServedType, live: KubeObject | null): string[] {
  const key = `${type.group}/${type.kind}`;
  const path = templates[key];
  // A workload is warned of again when what it asks for has changed, which its generation tells; an Ingress never.
  const again =
    path === undefined
      ? ["/Service", "/PersistentVolume", "/PersistentVolumeClaim"].includes(key)
      : counted(object, live);
  if (live !== null && !again) return [];
  return [
    ...(live === null && namesPods.has(key) ? nameWarning(object, "Pod names and hostnames") : []),
    ...(own[key]?.(object) ?? []),
    ...(path === undefined ? [] : podWarnings(at(object, ...path.split(".")), path)),
  ];
}

const counted = (object: KubeObject, live: KubeObject | null) =>
  object.metadata.generation !== live?.metadata.generation;

function nameWarning(object: KubeObject, where: string): string[] {
  const wrong = checkDnsLabel("", object.metadata.name).map(({ message }) =>
    message.replace(/^Invalid value: "[^"]*": /, ""),
  );
  if (wrong.length === 0) return [];
  const advice = "which can result in surprising behavior; a DNS label is recommended";
  return [`metadata.name: this is used in ${where}, ${advice}: [${wrong.join(" ")}]`];
}
