import { X509Certificate } from "node:crypto";
import type { ClusterAccess } from "../model/access.ts";
import type { Secret } from "../model/secrets.ts";

/** What `cluster credentials` shows: PEM texts, never paths. */
export interface ClusterCredentials {
  readonly name: string;
  readonly host: string;
  readonly clusterCaCertificate: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: Secret | null;
  readonly token: Secret | null;
  /** ISO time at which the client certificate ends; null where there is none, or it cannot be read. */
  readonly expires: string | null;
}

export function credentialsOf(access: ClusterAccess): ClusterCredentials {
  const { credentials } = access;
  const certificate = credentials.kind === "certificate" ? credentials.certificate : null;
  return {
    name: access.name,
    host: access.server,
    clusterCaCertificate: access.certificateAuthority,
    clientCertificate: certificate,
    clientKey: credentials.kind === "certificate" ? credentials.key : null,
    token: credentials.kind === "token" ? credentials.token : null,
    expires: certificate === null ? null : endOfCertificate(certificate),
  };
}

/** ISO time at which a PEM certificate ends; null for what is no certificate. */
export function endOfCertificate(certificate: string): string | null {
  try {
    return new Date(new X509Certificate(certificate).validTo).toISOString();
  } catch {
    return null;
  }
}
