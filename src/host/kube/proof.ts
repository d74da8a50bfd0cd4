import type { Secret } from "../../model/secrets.ts";
import type { ClientCertificate } from "./connector.ts";

/** What goes with a request to show who asks. */
export interface Proof {
  readonly certificate: ClientCertificate | null;
  readonly token: Secret | null;
}

export interface CredentialSource {
  proof(): Promise<Proof>;
  /** After a 401 to `refused`: fresh credentials, or null where there are no others. */
  renew(refused: Proof): Promise<Proof | null>;
}
