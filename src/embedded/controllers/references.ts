import type { KubeObject } from "../../model/objects.ts";
import type { Container, Pod } from "./shapes.ts";

/** Something that a pod refers to and that is not there. */
export interface Missing {
  /** As the kubelet names it: `configmap "settings" not found`. */
  readonly message: string;
  /** The container or volume that needs it. */
  readonly by: string;
}

type Read = (kind: "ConfigMap" | "Secret", name: string) => KubeObject | null;

/** A volume that cannot be mounted holds the whole pod. */
export function missingVolume(pod: Pod, read: Read): Missing | null {
  for (const volume of pod.spec.volumes ?? []) {
    const { configMap, secret } = volume;
    if (configMap?.name !== undefined && configMap.optional !== true && read("ConfigMap", configMap.name) === null)
      return { by: volume.name, message: `configmap "${configMap.name}" not found` };
    if (secret?.secretName !== undefined && secret.optional !== true && read("Secret", secret.secretName) === null)
      return { by: volume.name, message: `secret "${secret.secretName}" not found` };
  }
  return null;
}

/** A reference in the environment holds its container. */
export function missingEnvironment(pod: Pod, read: Read): Missing[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container) => {
    const message = missingIn(container, pod.metadata.namespace ?? "", read);
    return message === null ? [] : [{ by: container.name, message }];
  });
}

interface Ref {
  readonly name?: string;
  readonly optional?: boolean;
  readonly key?: string;
}

function missingIn(container: Container, namespace: string, read: Read): string | null {
  const all = [
    ...(container.envFrom ?? []).map((each) => ({ map: each.configMapRef, secret: each.secretRef })),
    ...(container.env ?? []).map(({ valueFrom }) => ({
      map: valueFrom?.configMapKeyRef,
      secret: valueFrom?.secretKeyRef,
    })),
  ];
  for (const { map, secret } of all) {
    const why = missingRef("ConfigMap", map, namespace, read) ?? missingRef("Secret", secret, namespace, read);
    if (why !== null) return why;
  }
  return null;
}

function missingRef(kind: "ConfigMap" | "Secret", ref: Ref | undefined, namespace: string, read: Read): string | null {
  if (ref?.name === undefined || ref.optional === true) return null;
  const found = read(kind, ref.name);
  if (found === null) return `${kind.toLowerCase()} "${ref.name}" not found`;
  if (ref.key === undefined) return null;
  const holds = [found["data"], found["binaryData"]].some(
    (data) => typeof data === "object" && data !== null && ref.key! in data,
  );
  return holds ? null : `couldn't find key ${ref.key} in ${kind} ${namespace}/${ref.name}`;
}
