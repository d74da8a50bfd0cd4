import type { ClusterAccess } from "../../model/access.ts";
import { assertNever } from "../../model/json.ts";
import type { Clock, Exec } from "../../ports.ts";
import { execCredentials } from "./exec-credentials.ts";
import type { CredentialSource, Proof } from "./proof.ts";

export function credentialSource(access: ClusterAccess, ports: { exec: Exec; clock: Clock }): CredentialSource {
  const { credentials } = access;
  switch (credentials.kind) {
    case "certificate":
      return fixed({
        certificate: { certificate: credentials.certificate, key: credentials.key.reveal() },
        token: null,
      });
    case "token":
      return fixed({ certificate: null, token: credentials.token });
    case "none":
      return fixed({ certificate: null, token: null });
    case "exec":
      return execCredentials(access, credentials.exec, ports);
    default:
      return assertNever(credentials);
  }
}

function fixed(proof: Proof): CredentialSource {
  return { proof: () => Promise.resolve(proof), renew: () => Promise.resolve(null) };
}
