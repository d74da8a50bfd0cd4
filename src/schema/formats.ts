/** Formats of scalars and names, as the API reference states them. Each returns what is wrong, or null. */

const QUANTITY = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const LABEL_1123 = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?)?$/;

export function quantityError(value: unknown): string | null {
  if (typeof value === "number") return null;
  return typeof value === "string" && QUANTITY.test(value)
    ? null
    : `is no quantity such as 500m, 2 or 1Gi: ${JSON.stringify(value)}`;
}

export function formatError(value: string, format: string): string | null {
  if (format === "byte") return BASE64.test(value.replace(/[\r\n]/g, "")) ? null : "is not base64";
  if (format === "date-time") return RFC3339.test(value) ? null : `is no RFC 3339 time: ${JSON.stringify(value)}`;
  return null;
}

export function dnsLabelError(name: string): string | null {
  return name.length <= 63 && LABEL_1123.test(name)
    ? null
    : `must be at most 63 lower-case letters, digits and "-", with a letter or digit first and last: ${JSON.stringify(name)}`;
}

function serviceNameError(name: string): string | null {
  return name.length <= 63 && LABEL_1035.test(name)
    ? null
    : `must be at most 63 lower-case letters, digits and "-", with a letter first: ${JSON.stringify(name)}`;
}

export function subdomainError(name: string): string | null {
  return name.length <= 253 && name.split(".").every((label) => LABEL_1123.test(label))
    ? null
    : `must be at most 253 lower-case letters, digits, "-" and ".", with a letter or digit first and last: ${JSON.stringify(name)}`;
}

function pathSegmentError(name: string): string | null {
  return name !== "" && name !== "." && name !== ".." && !/[/%]/.test(name)
    ? null
    : `must not be "." or "..", nor hold "/" or "%": ${JSON.stringify(name)}`;
}

/** metadata.name, whose rule depends on the kind. */
export function nameError(group: string, kind: string, name: string): string | null {
  if (group === "rbac.authorization.k8s.io" || kind === "IPAddress" || kind === "CertificateSigningRequest") {
    return pathSegmentError(name);
  }
  if (group === "" && kind === "Namespace") return dnsLabelError(name);
  if (group === "" && kind === "Service") return serviceNameError(name);
  return subdomainError(name);
}

/** A key of a label, an annotation or a node selector: `app`, `example.com/app`. */
export function labelKeyError(key: string): string | null {
  const [name = "", prefix, ...more] = key.split("/").reverse();
  const named = name !== "" && name.length <= 63 && LABEL_VALUE.test(name);
  const right = named && more.length === 0 && (prefix === undefined || subdomainError(prefix) === null);
  return right ? null : `is no key such as app or example.com/app: ${JSON.stringify(key)}`;
}

/** Annotations take keys of any case. */
export function annotationKeyError(key: string): string | null {
  return labelKeyError(key.toLowerCase());
}

export function labelValueError(value: string): string | null {
  return value.length <= 63 && LABEL_VALUE.test(value)
    ? null
    : `must be at most 63 letters, digits, "-", "_" and ".", with a letter or digit first and last: ${JSON.stringify(value)}`;
}

/** A key of a ConfigMap or Secret, which may become a file's name. */
export function dataKeyError(key: string): string | null {
  const right = key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && key !== "." && !key.startsWith("..");
  return right ? null : `must be letters, digits, "-", "_" and ".", not starting with "..": ${JSON.stringify(key)}`;
}

export function envNameError(name: string): string | null {
  return name !== "" && /^[\x20-\x3c\x3e-\x7e]+$/.test(name)
    ? null
    : `must be printable ASCII without "=": ${JSON.stringify(name)}`;
}
