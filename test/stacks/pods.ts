import type { Desired } from "../../src/model/desired.ts";

// biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON; the schema check sees to its shape.
type Json = any;

/** The pod specs that objects hold, by name of their owner. */
export function podsOf(desired: readonly Desired[]): readonly { readonly owner: string; readonly spec: Json }[] {
  return desired.flatMap(({ id, object }) => {
    const spec = (object as Json).spec?.template?.spec;
    return spec === undefined ? [] : [{ owner: `${id.kind} ${id.namespace}/${id.name}`, spec }];
  });
}

export function containersOf(spec: Json): readonly Json[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** What a pod breaks of the restricted level (Kubernetes documentation, "Pod Security Standards"), baseline included. */
export function restrictedBreaches(spec: Json): string[] {
  const breaches: string[] = [];
  const check = (ok: boolean, what: string): void => {
    if (!ok) breaches.push(what);
  };
  const volumes = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ];
  for (const { name, ...source } of spec.volumes ?? [])
    check(
      Object.keys(source).every((kind) => volumes.includes(kind)),
      `volume ${name}`,
    );
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) check(spec[field] !== true, field);
  for (const container of containersOf(spec)) {
    const own = container.securityContext ?? {};
    const pod = spec.securityContext ?? {};
    check(own.privileged !== true, "privileged");
    check(own.allowPrivilegeEscalation === false, "allowPrivilegeEscalation");
    check((own.runAsNonRoot ?? pod.runAsNonRoot) === true, "runAsNonRoot");
    check((own.runAsUser ?? pod.runAsUser) !== 0, "runAsUser");
    check(["RuntimeDefault", "Localhost"].includes((own.seccompProfile ?? pod.seccompProfile)?.type), "seccompProfile");
    check(own.capabilities?.drop?.includes("ALL") === true, "capabilities.drop");
    const added: string[] = own.capabilities?.add ?? [];
    check(
      added.every((each) => each === "NET_BIND_SERVICE"),
      "capabilities.add",
    );
    check(
      (container.ports ?? []).every((port: Json) => !port.hostPort),
      "hostPort",
    );
  }
  return [...new Set(breaches)];
}
