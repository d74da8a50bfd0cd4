import type { Secret } from "./secrets.ts";

/** How a client proves who it is. */
export type Credentials =
  | { readonly kind: "certificate"; readonly certificate: string; readonly key: Secret }
  | { readonly kind: "token"; readonly token: Secret }
  | { readonly kind: "exec"; readonly exec: ExecCredentialConfig }
  | { readonly kind: "none" };

/** kubeconfig's `users[].user.exec`. */
export interface ExecCredentialConfig {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly interactiveMode: "Never" | "IfAvailable" | "Always";
  readonly provideClusterInfo: boolean;
  readonly installHint?: string;
}

/**
 * All that is needed to talk to one cluster: PEM texts, never paths. Redacts itself when printed, because key material
 * is held as `Secret`.
 */
export interface ClusterAccess {
  /** The kubeconfig context or `provider/name` this came from; for messages. */
  readonly name: string;
  /** `https://127.0.0.1:6443`, no trailing slash. */
  readonly server: string;
  /** PEM bundle; null means the system's roots. */
  readonly certificateAuthority: string | null;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName: string | null;
  readonly proxyUrl: string | null;
  readonly credentials: Credentials;
  /** The context's namespace; "default" where it names none. */
  readonly namespace: string;
}
