import { X509Certificate } from "node:crypto";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";

/** When the certificate of a `kubernetes.io/tls` Secret ends, ms since 1970; null for all else, and for what is no PEM. */
export function certificateExpiry(object: KubeObject): number | null {
  const data = object["data"];
  const pem = object["type"] === "kubernetes.io/tls" && isJsonObject(data) ? data["tls.crt"] : undefined;
  if (typeof pem !== "string") return null;
  try {
    return Date.parse(new X509Certificate(Buffer.from(pem, "base64")).validTo);
  } catch {
    return null;
  }
}
