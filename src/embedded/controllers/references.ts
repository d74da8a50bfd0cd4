import type { Container, Pod } from "./shapes.ts";

/** Something that a pod refers to and that is not there. */
export interface Missing {
  /** As the kubelet names it: `configmap "settings" not found`. */
  readonly message: string;
  /** The container or volume that needs it. */
  readonly by: string;
}

type Exists = (kind: "ConfigMap" | "Secret", name: string) => boolean;

/** A volume that cannot be mounted holds the whole pod. */
export function missingVolume(pod: Pod, exists: Exists): Missing | null {
  for (const volume of pod.spec.volumes ?? []) {
    const { configMap, secret } = volume;
    if (configMap?.name !== undefined && configMap.optional !== true && !exists("ConfigMap", configMap.name))
      return { by: volume.name, message: `configmap "${configMap.name}" not found` };
    if (secret?.secretName !== undefined && secret.optional !== true && !exists("Secret", secret.secretName))
      return { by: volume.name, message: `secret "${secret.secretName}" not found` };
  }
  return null;
}

/** A reference in the environment holds its container. */
export function missingEnvironment(pod: Pod, exists: Exists): Missing | null {
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    const message = missingIn(container, exists);
    if (message !== null) return { by: container.name, message };
  }
  return null;
}

function missingIn(container: Container, exists: Exists): string | null {
  const all = [
    ...(container.envFrom ?? []).map((each) => ({ map: each.configMapRef, secret: each.secretRef })),
    ...(container.env ?? []).map(({ valueFrom }) => ({
      map: valueFrom?.configMapKeyRef,
      secret: valueFrom?.secretKeyRef,
    })),
  ];
  for (const { map, secret } of all) {
    if (map?.name !== undefined && map.optional !== true && !exists("ConfigMap", map.name))
      return `configmap "${map.name}" not found`;
    if (secret?.name !== undefined && secret.optional !== true && !exists("Secret", secret.name))
      return `secret "${secret.name}" not found`;
  }
  return null;
}
