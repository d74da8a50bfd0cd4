import { subdomainError } from "./formats.ts";

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

function isIp(text: string): boolean {
  return IPV4.test(text) || (/^[\da-fA-F:.]+$/.test(text) && text.includes(":") && URL.canParse(`http://[${text}]/`));
}

export function ipError(text: string): string | null {
  return isIp(text) ? null : `is no IP address: ${JSON.stringify(text)}`;
}

export function cidrError(text: string): string | null {
  const [ip = "", bits = "", ...more] = text.split("/");
  const widest = ip.includes(":") ? 128 : 32;
  const whole = /^\d{1,3}$/.test(bits) && Number(bits) <= widest && more.length === 0;
  return whole && isIp(ip) ? null : `is no block of addresses such as 10.0.0.0/8: ${JSON.stringify(text)}`;
}

/** A name of a container's port (RFC 6335, section 5.1). */
export function portNameError(name: string): string | null {
  const right = name.length <= 15 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name);
  return right
    ? null
    : `must be at most 15 lower-case letters, digits and single "-", with a letter among them: ${JSON.stringify(name)}`;
}

export function portNumberError(port: number): string | null {
  return port >= 1 && port <= 65_535 ? null : `must be from 1 to 65535, is ${port}`;
}

/** A port by its number or by the name of a container's port. */
export function portError(port: unknown): string | null {
  if (typeof port === "number") return portNumberError(port);
  return typeof port === "string" ? portNameError(port) : null;
}

/** A host of an Ingress: a DNS name, `*.` before it or not, and no address. */
export function hostError(host: string): string | null {
  if (isIp(host)) return `must be a DNS name, is the address ${host}`;
  return subdomainError(host.replace(/^\*\./, ""));
}
