import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { at, listAt, objectAt, textAt } from "../../model/read-field.ts";

export type SecurityLevel = "privileged" | "baseline" | "restricted";

/** A pod's spec with its containers of all sorts, as the checks read it. */
interface Subject {
  readonly spec: Json;
  readonly containers: readonly Json[];
}

type Check = (subject: Subject) => string | null;

/**
 * What keeps a pod from a level of the Pod Security Standards (kubernetes.io, "Pod Security Standards"), in the words and
 * the order of the real server; none when it conforms.
 */
export function securityViolations(spec: Json, level: SecurityLevel): string[] {
  if (level === "privileged") return [];
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((field) => [
    ...listAt(spec, field),
  ]);
  const subject = { spec, containers };
  return checks
    .filter(({ levels }) => levels.includes(level))
    .map(({ check }) => check(subject))
    .filter((text) => text !== null);
}

const quoted = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(", ");
const these = (what: string, names: readonly string[]) => `${what}${names.length === 1 ? "" : "s"} ${quoted(names)}`;
const named = (containers: readonly Json[]) =>
  these(
    "container",
    containers.map((container) => textAt(container, "name")),
  );
const unique = (texts: readonly string[]) => [...new Set(texts)].sort();

/** A check on each container: null where all pass, else the reason and what those that fail must do. */
function eachContainer(
  bad: (container: Json) => boolean,
  reason: string,
  must: (bad: readonly Json[]) => string,
): Check {
  return ({ containers }) => {
    const found = containers.filter(bad);
    return found.length === 0 ? null : `${reason} (${named(found)} ${must(found)})`;
  };
}

const context = (container: Json) => objectAt(container, "securityContext");

const allowedCapabilities = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);
const foreignCapabilities = (container: Json) =>
  listAt(container, "securityContext", "capabilities", "add")
    .map(String)
    .filter((name) => !allowedCapabilities.has(name));

const restrictedVolumes = new Set(
  "configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret".split(" "),
);
const volumeType = (volume: Json) =>
  Object.keys(isJsonObject(volume) ? volume : {}).find((key) => key !== "name") ?? "";

const both: readonly SecurityLevel[] = ["baseline", "restricted"];
const baseline: readonly SecurityLevel[] = ["baseline"];
const restricted: readonly SecurityLevel[] = ["restricted"];

const checks: readonly { levels: readonly SecurityLevel[]; check: Check }[] = [
  {
    levels: restricted,
    check: eachContainer(
      (container) => context(container)["allowPrivilegeEscalation"] !== false,
      "allowPrivilegeEscalation != false",
      () => "must set securityContext.allowPrivilegeEscalation=false",
    ),
  },
  {
    levels: baseline,
    check: eachContainer(
      (container) => foreignCapabilities(container).length > 0,
      "non-default capabilities",
      (bad) =>
        `must not include ${quoted(unique(bad.flatMap(foreignCapabilities)))} in securityContext.capabilities.add`,
    ),
  },
  { levels: restricted, check: restrictedCapabilities },
  { levels: both, check: hostNamespaces },
  { levels: baseline, check: hostPathVolumes },
  { levels: both, check: hostPorts },
  {
    levels: both,
    check: eachContainer(
      (container) => context(container)["privileged"] === true,
      "privileged",
      () => "must not set securityContext.privileged=true",
    ),
  },
  {
    levels: both,
    check: eachContainer(
      (container) => !["", "Default"].includes(textAt(container, "securityContext", "procMount")),
      "procMount",
      (bad) => {
        const mounts = unique(bad.map((container) => textAt(container, "securityContext", "procMount")));
        return `must not set securityContext.procMount to ${quoted(mounts)}`;
      },
    ),
  },
  { levels: restricted, check: volumeTypes },
  { levels: restricted, check: runAsNonRoot },
  { levels: restricted, check: runAsUser },
  { levels: both, check: seccompUnconfined },
  { levels: restricted, check: seccompMissing },
  { levels: both, check: sysctls },
];

function restrictedCapabilities({ containers }: Subject): string | null {
  const undropped = containers.filter(
    (container) => !listAt(container, "securityContext", "capabilities", "drop").includes("ALL"),
  );
  const added = (container: Json) =>
    listAt(container, "securityContext", "capabilities", "add")
      .map(String)
      .filter((name) => name !== "NET_BIND_SERVICE");
  const adding = containers.filter((container) => added(container).length > 0);
  const details: string[] = [];
  if (undropped.length > 0) details.push(`${named(undropped)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    const names = quoted(unique(adding.flatMap(added)));
    details.push(`${named(adding)} must not include ${names} in securityContext.capabilities.add`);
  }
  return details.length === 0 ? null : `unrestricted capabilities (${details.join("; ")})`;
}

function hostNamespaces({ spec }: Subject): string | null {
  const used = ["hostNetwork", "hostPID", "hostIPC"].filter((field) => at(spec, field) === true);
  return used.length === 0 ? null : `host namespaces (${used.map((field) => `${field}=true`).join(", ")})`;
}

function hostPathVolumes({ spec }: Subject): string | null {
  const volumes = listAt(spec, "volumes").filter((volume) => at(volume, "hostPath") !== undefined);
  const names = volumes.map((volume) => textAt(volume, "name"));
  return names.length === 0 ? null : `hostPath volumes (${these("volume", names)})`;
}

function hostPorts({ containers }: Subject): string | null {
  const portsOf = (container: Json) =>
    listAt(container, "ports")
      .map((port) => textAt(port, "hostPort"))
      .filter((port) => port !== "" && port !== "0");
  const bad = containers.filter((container) => portsOf(container).length > 0);
  const ports = unique(bad.flatMap(portsOf));
  if (bad.length === 0) return null;
  const uses = bad.length === 1 ? "uses" : "use";
  return `hostPort (${named(bad)} ${uses} hostPort${ports.length === 1 ? "" : "s"} ${ports.join(", ")})`;
}

function volumeTypes({ spec }: Subject): string | null {
  const bad = listAt(spec, "volumes").filter((volume) => !restrictedVolumes.has(volumeType(volume)));
  if (bad.length === 0) return null;
  const names = these(
    "volume",
    bad.map((volume) => textAt(volume, "name")),
  );
  const types = unique(bad.map(volumeType));
  const uses = bad.length === 1 ? "uses" : "use";
  return `restricted volume types (${names} ${uses} ${these("restricted volume type", types)})`;
}

function runAsNonRoot({ spec, containers }: Subject): string | null {
  const own = (container: Json) => context(container)["runAsNonRoot"];
  const ofPod = at(spec, "securityContext", "runAsNonRoot");
  const explicit = containers.filter((container) => own(container) === false);
  const missing = containers.filter((container) => own(container) === undefined && ofPod !== true);
  const setters = [
    ...(ofPod === false && missing.length > 0 ? ["pod"] : []),
    ...(explicit.length > 0 ? [named(explicit)] : []),
  ];
  if (setters.length > 0)
    return `runAsNonRoot != true (${setters.join(" and ")} must not set securityContext.runAsNonRoot=false)`;
  if (missing.length === 0) return null;
  return `runAsNonRoot != true (pod or ${named(missing)} must set securityContext.runAsNonRoot=true)`;
}

function runAsUser({ spec, containers }: Subject): string | null {
  const bad = containers.filter((container) => context(container)["runAsUser"] === 0);
  const setters = [
    ...(at(spec, "securityContext", "runAsUser") === 0 ? ["pod"] : []),
    ...(bad.length > 0 ? [named(bad)] : []),
  ];
  return setters.length === 0 ? null : `runAsUser=0 (${setters.join(" and ")} must not set runAsUser=0)`;
}

const seccomp = (of: Json | JsonObject) => textAt(of, "securityContext", "seccompProfile", "type");
const confined = new Set(["RuntimeDefault", "Localhost"]);

function seccompUnconfined({ spec, containers }: Subject): string | null {
  const isBad = (of: Json) => seccomp(of) !== "" && !confined.has(seccomp(of));
  const bad = containers.filter(isBad);
  const setters = [...(isBad(spec) ? ["pod"] : []), ...(bad.length > 0 ? [named(bad)] : [])];
  if (setters.length === 0) return null;
  const types = unique([...(isBad(spec) ? [seccomp(spec)] : []), ...bad.map(seccomp)]);
  return `seccompProfile (${setters.join(" and ")} must not set securityContext.seccompProfile.type to ${quoted(types)})`;
}

function seccompMissing(subject: Subject): string | null {
  const { spec, containers } = subject;
  if (seccompUnconfined(subject) !== null || confined.has(seccomp(spec))) return null;
  const missing = containers.filter((container) => seccomp(container) === "");
  if (missing.length === 0) return null;
  const must = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return `seccompProfile (pod or ${named(missing)} ${must})`;
}

const safeSysctls = new Set(
  "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_unprivileged_port_start net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_rmem net.ipv4.tcp_wmem".split(
    " ",
  ),
);

function sysctls({ spec }: Subject): string | null {
  const set = listAt(spec, "securityContext", "sysctls").map((sysctl) => textAt(sysctl, "name"));
  const bad = set.filter((name) => !safeSysctls.has(name));
  return bad.length === 0 ? null : `forbidden sysctls (${bad.join(", ")})`;
}
