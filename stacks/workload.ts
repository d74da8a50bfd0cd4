/** What all workloads of the library have in common. Shapes are those of `@cdktf/provider-kubernetes` containers. */
import { createHash } from "node:crypto";

/** Metadata of the objects of one construct: `NAME`, or `NAME-suffix`. */
export type MetadataOf = (suffix?: string) => {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
};

export function metadataOf(name: string, namespace: string, labels: Record<string, string>): MetadataOf {
  return (suffix = "") => ({ name: `${name}${suffix}`, namespace, labels });
}

/** Requests and limits of a container. CPU has no limit on purpose: throttling a database helps nobody. */
export interface Resources {
  readonly cpu: string;
  readonly memory: string;
}

/** Recommended labels (Kubernetes documentation, "Recommended Labels"). */
export function labelsOf(name: string, instance: string): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": instance };
}

export function resourcesOf({ cpu, memory }: Resources) {
  return { requests: { cpu, memory }, limits: { memory } };
}

/** Pod part of the restricted Pod Security level; `user` is the image's own user and owns the volumes. */
export function restrictedPod(user: number) {
  return {
    runAsNonRoot: true,
    runAsUser: String(user),
    runAsGroup: String(user),
    fsGroup: String(user),
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Container part of the restricted Pod Security level, which allows one capability beyond none. */
export function restrictedContainer(options: {
  readonly readOnlyRoot: boolean;
  readonly add?: readonly "NET_BIND_SERVICE"[];
}) {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: options.readOnlyRoot,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"], add: options.add === undefined ? undefined : [...options.add] },
  };
}

/**
 * Annotation of a pod template: another text gives another template, so that a changed file restarts its readers. A
 * reference counts by being there: CDKTF numbers it by whatever else the project has.
 */
export function configHash(text: string): Record<string, string> {
  const plain = text.replaceAll(/\$\{TfToken\[[^\]]*\]\}/g, "reference");
  return { "checksum/config": createHash("sha256").update(plain).digest("hex").slice(0, 16) };
}

/** Claim template of the one volume that a database keeps its data on; the cluster's default class where none is named. */
export function dataClaim(storage: string, storageClass: string | undefined) {
  return {
    metadata: { name: "data" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: storageClass,
      resources: { requests: { storage } },
    },
  };
}

/** Spreads pods over zones and nodes where there are several; never keeps one from starting. */
export function spreadOver(selector: { readonly matchLabels: Record<string, string> }) {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: [selector],
  }));
}

/** Annotations of a pod by which the library's Prometheus finds its metrics. */
export function scrapedAt(port: number): Record<string, string> {
  return { "prometheus.io/scrape": "true", "prometheus.io/port": String(port) };
}

/** Labels of a namespace that holds its pods to a Pod Security level. */
export function podSecurity(level: "restricted" | "baseline" | "privileged"): Record<string, string> {
  return { "pod-security.kubernetes.io/enforce": level };
}

/** `postgres:17.7`, or the same from a mirror: `registry.example/postgres:17.7`. */
export interface ImageOptions {
  /** Registry in front of the image's name; the image's own where absent. */
  readonly registry?: string;
  /** Name of the image; the published one where absent. */
  readonly image?: string;
  /** Version, which is the image's tag. */
  readonly version: string;
}

export function imageOf(published: string, { registry, image = published, version }: ImageOptions): string {
  return `${registry === undefined ? "" : `${registry.replace(/\/$/, "")}/`}${image}:${version}`;
}
