import type { FieldSpec, FieldType, StructType } from "../schema/types.ts";

/**
 * Types of two kinds that no server of today serves but the provider still speaks: extensions/v1beta1 Ingress and
 * policy/v1beta1 PodSecurityPolicy (API reference of Kubernetes 1.20).
 */
const text: FieldType = { type: "scalar", scalar: "string", format: "" };
const flag: FieldType = { type: "scalar", scalar: "boolean", format: "" };
const integer: FieldType = { type: "scalar", scalar: "integer", format: "int32" };
const port: FieldType = { type: "scalar", scalar: "any", format: "int-or-string" };

function of(ref: string): FieldType {
  return { type: "struct", ref, atomic: false };
}

function listOf(items: FieldType): FieldType {
  return { type: "list", items, list: { type: "atomic" } };
}

function struct(name: string, fields: Readonly<Record<string, FieldType>>): [string, StructType] {
  const specs = Object.entries(fields).map(([field, type]): [string, FieldSpec] => [field, { type, required: false }]);
  return [name, { name, fields: Object.fromEntries(specs) }];
}

const ingress = "extensions.v1beta1";
const policy = "policy.v1beta1";
const metadata = of("meta.v1.ObjectMeta");

const structs: ReadonlyMap<string, StructType> = new Map([
  struct(`${ingress}.Ingress`, { metadata, spec: of(`${ingress}.IngressSpec`) }),
  struct(`${ingress}.IngressSpec`, {
    backend: of(`${ingress}.IngressBackend`),
    ingressClassName: text,
    rules: listOf(of(`${ingress}.IngressRule`)),
    tls: listOf(of("networking.v1.IngressTLS")),
  }),
  struct(`${ingress}.IngressRule`, { host: text, http: of(`${ingress}.HTTPIngressRuleValue`) }),
  struct(`${ingress}.HTTPIngressRuleValue`, { paths: listOf(of(`${ingress}.HTTPIngressPath`)) }),
  struct(`${ingress}.HTTPIngressPath`, { backend: of(`${ingress}.IngressBackend`), path: text }),
  struct(`${ingress}.IngressBackend`, { serviceName: text, servicePort: port }),
  struct(`${policy}.PodSecurityPolicy`, { metadata, spec: of(`${policy}.PodSecurityPolicySpec`) }),
  struct(`${policy}.PodSecurityPolicySpec`, {
    allowPrivilegeEscalation: flag,
    allowedCapabilities: listOf(text),
    allowedFlexVolumes: listOf(of(`${policy}.Named`)),
    allowedHostPaths: listOf(of(`${policy}.AllowedHostPath`)),
    allowedProcMountTypes: listOf(text),
    allowedUnsafeSysctls: listOf(text),
    defaultAddCapabilities: listOf(text),
    defaultAllowPrivilegeEscalation: flag,
    forbiddenSysctls: listOf(text),
    fsGroup: of(`${policy}.Strategy`),
    hostIPC: flag,
    hostNetwork: flag,
    hostPID: flag,
    hostPorts: listOf(of(`${policy}.Range`)),
    privileged: flag,
    readOnlyRootFilesystem: flag,
    requiredDropCapabilities: listOf(text),
    runAsGroup: of(`${policy}.Strategy`),
    runAsUser: of(`${policy}.Strategy`),
    seLinux: of(`${policy}.SELinuxStrategy`),
    supplementalGroups: of(`${policy}.Strategy`),
    volumes: listOf(text),
  }),
  struct(`${policy}.AllowedHostPath`, { pathPrefix: text, readOnly: flag }),
  struct(`${policy}.Named`, { driver: text }),
  struct(`${policy}.Range`, { min: integer, max: integer }),
  struct(`${policy}.SELinuxStrategy`, { rule: text, seLinuxOptions: of("core.v1.SELinuxOptions") }),
  struct(`${policy}.Strategy`, { rule: text, ranges: listOf(of(`${policy}.Range`)) }),
]);

export function legacyStruct(ref: string): StructType | null {
  return structs.get(ref) ?? null;
}

/** The struct of a whole legacy object; null for every other kind. */
export function legacyRoot(apiVersion: string, kind: string): string | null {
  const name = `${apiVersion.replace("/", ".")}.${kind}`;
  return structs.has(name) ? name : null;
}
