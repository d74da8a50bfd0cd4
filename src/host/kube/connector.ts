import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { createSecureContext } from "node:tls";
import type { ClusterAccess } from "../../model/access.ts";
import { userError } from "../../model/errors.ts";
import { tunnelAgent } from "./proxy.ts";

/** A client certificate with its key, both PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** The connections to one server under one identity. */
export interface Connector {
  readonly server: string;
  readonly url: URL;
  /** Keep-alive pool of the short requests. */
  readonly requests: HttpAgent;
  /** Watches hold a connection for minutes: in the pool above they would starve the short requests. */
  readonly streams: HttpAgent;
  close(): void;
}

const MAX_SOCKETS = 32;

/** Throws UserError where the PEM texts are no certificate or key, or the server's address is none. */
export function openConnector(access: ClusterAccess, client: ClientCertificate | null): Connector {
  const url = serverUrl(access);
  const pools = url.protocol === "http:" ? plainPools() : tlsPools(access, client);
  return {
    server: access.server,
    url,
    ...pools,
    close() {
      pools.requests.destroy();
      pools.streams.destroy();
    },
  };
}

function plainPools(): { requests: HttpAgent; streams: HttpAgent } {
  return {
    requests: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    streams: new HttpAgent({ keepAlive: true }),
  };
}

function tlsPools(
  access: ClusterAccess,
  client: ClientCertificate | null,
): { requests: HttpAgent; streams: HttpAgent } {
  const options = {
    keepAlive: true,
    rejectUnauthorized: !access.insecureSkipTlsVerify,
    // One context for all connections: parsing the PEM texts for each costs more than the handshake's own work.
    secureContext: secureContext(access, client),
    ...(access.tlsServerName === null ? {} : { servername: access.tlsServerName }),
  };
  const agent = (maxSockets: number) =>
    access.proxyUrl === null
      ? new HttpsAgent({ ...options, maxSockets })
      : tunnelAgent(access.proxyUrl, { ...options, maxSockets });
  return { requests: agent(MAX_SOCKETS), streams: agent(Number.POSITIVE_INFINITY) };
}

function secureContext(access: ClusterAccess, client: ClientCertificate | null) {
  try {
    return createSecureContext({
      ...(access.certificateAuthority === null ? {} : { ca: access.certificateAuthority }),
      ...(client === null ? {} : { cert: client.certificate, key: client.key }),
    });
  } catch (error) {
    throw userError("credentials-broken", `the certificates or the key of ${access.name} cannot be read`, {
      remedy: "check certificate-authority-data, client-certificate-data and client-key-data in the kubeconfig",
      cause: error,
    });
  }
}

function serverUrl(access: ClusterAccess): URL {
  const url = URL.canParse(access.server) ? new URL(access.server) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw userError("server-address", `the server of ${access.name} is not an address: ${access.server}`, {
      remedy: "write it as https://host:port in the kubeconfig",
    });
  }
  return url;
}
