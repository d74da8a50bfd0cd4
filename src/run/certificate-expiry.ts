import { endOfCertificate } from "../access/credentials.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";

/** ISO time at which the certificate of a `kubernetes.io/tls` Secret ends; null for all else, and for what is no PEM. */
export function certificateExpiry(object: KubeObject): string | null {
  const data = object["data"];
  const pem = object["type"] === "kubernetes.io/tls" && isJsonObject(data) ? data["tls.crt"] : undefined;
  return typeof pem === "string" ? endOfCertificate(Buffer.from(pem, "base64").toString()) : null;
}
