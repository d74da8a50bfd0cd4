import type { ClusterAccess } from "../model/access.ts";
import { Secret } from "../model/secrets.ts";
import type { ClusterCredentials } from "./credentials.ts";

/** What a client needs to come in as the administrator. */
export function accessOf(name: string, port: number, credentials: ClusterCredentials): ClusterAccess {
  return {
    name: `embedded/${name}`,
    server: `https://127.0.0.1:${port}`,
    certificateAuthority: credentials.authority.certificate,
    insecureSkipTlsVerify: false,
    tlsServerName: null,
    proxyUrl: null,
    credentials: {
      kind: "certificate",
      certificate: credentials.admin.certificate,
      key: new Secret(credentials.admin.key),
    },
    namespace: "default",
  };
}
