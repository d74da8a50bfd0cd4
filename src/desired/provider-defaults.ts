import { type FieldPath, type Template, Unknown } from "../model/desired.ts";
import type { Json } from "../model/json.ts";
import type { Habits } from "./to-object.ts";

type Fields = { [key: string]: Template };

/** What the provider's own schema fills in where the configuration has the block but not the attribute. */
const added: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  "core.v1.PodSpec": {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    automountServiceAccountToken: true,
    shareProcessNamespace: false,
    enableServiceLinks: true,
  },
  "core.v1.Container": { terminationMessagePath: "/dev/termination-log" },
  "core.v1.ContainerPort": { protocol: "TCP" },
  "core.v1.Probe": { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  "core.v1.HTTPGetAction": { scheme: "HTTP" },
  "core.v1.ObjectFieldSelector": { apiVersion: "v1" },
  "core.v1.SecurityContext": {
    privileged: false,
    runAsNonRoot: false,
    readOnlyRootFilesystem: false,
    allowPrivilegeEscalation: true,
  },
  "core.v1.VolumeMount": { mountPropagation: "None" },
  "core.v1.ServicePort": { protocol: "TCP" },
  "core.v1.ServiceSpec": { type: "ClusterIP", sessionAffinity: "None" },
};

/** Structs as the provider would have sent them: with its defaults, without what it never sends. */
export function providerHabits(apiVersion: string, kind: string): Habits {
  void apiVersion;
  void kind;
  return {
    finish(struct, fields, path) {
      for (const [name, value] of Object.entries(added[struct] ?? {})) {
        if (!Object.hasOwn(fields, name)) fields[name] = structuredClone(value);
      }
      special[struct]?.(fields, path);
      for (const [name, value] of Object.entries(fields)) if (value === "") delete fields[name];
    },
  };
}

const special: Readonly<Record<string, (fields: Fields, path: FieldPath) => void>> = {};

export function isKnown(value: Template | undefined): value is Json {
  return value !== undefined && !(value instanceof Unknown);
}
