import type { ClusterAccess, ExecCredentialConfig } from "../../model/access.ts";
import { UserError, userError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { Secret } from "../../model/secrets.ts";
import type { Clock, Exec } from "../../ports.ts";
import type { CredentialSource, Proof } from "./proof.ts";

interface Held {
  readonly proof: Proof;
  /** Milliseconds since 1970; null: valid until the server says no. */
  readonly expires: number | null;
}

const TIMEOUT_MS = 60_000;
/** Renewed this long before the end, so that no request carries a token that ends on its way. */
const MARGIN_MS = 10_000;

/**
 * Credentials from a program (Kubernetes: client-go credential plugins, ExecCredential v1 and v1beta1). The program runs
 * at the first request, when its answer expires, and once after a 401. Throws UserError `exec-credentials`.
 */
export function execCredentials(
  access: ClusterAccess,
  config: ExecCredentialConfig,
  ports: { exec: Exec; clock: Clock },
): CredentialSource {
  let held: Promise<Held> | null = null;
  const fetch = (): Promise<Held> => {
    const asked = runPlugin(access, config, ports.exec);
    held = asked;
    asked.catch(() => {
      if (held === asked) held = null;
    });
    return asked;
  };
  // Many requests may find the same answer over or refused: the first one's renewal serves them all.
  const renewed = async (useless: (now: Held) => boolean): Promise<Held> => {
    const asked = held ?? fetch();
    const now = await asked;
    if (!useless(now)) return now;
    return held === null || held === asked ? fetch() : held;
  };
  const isOver = ({ expires }: Held) => expires !== null && ports.clock.wall() + MARGIN_MS >= expires;
  return {
    proof: async () => (await renewed(isOver)).proof,
    renew: async (refused) => (await renewed((now) => now.proof === refused)).proof,
  };
}

async function runPlugin(access: ClusterAccess, config: ExecCredentialConfig, exec: Exec): Promise<Held> {
  const failed = (what: string, cause?: unknown) =>
    userError("exec-credentials", `the credential program ${config.command} of ${access.name} ${what}`, {
      remedy:
        config.installHint ?? `run \`${[config.command, ...config.args].join(" ")}\` by hand to see what it needs`,
      cause,
    });
  if (config.interactiveMode === "Always")
    throw failed("wants a terminal (interactiveMode Always); log in with it first");
  const result = await exec
    .run([config.command, ...config.args], {
      env: { ...config.env, KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(access, config)) },
      timeoutMs: TIMEOUT_MS,
    })
    .catch((error) => {
      throw error instanceof UserError ? failed(`does not run: ${error.message}`, error) : error;
    });
  if (result.exitCode !== 0) {
    throw failed(`ended with exit code ${result.exitCode}: ${lastLines(result.stderr) || "it printed nothing"}`);
  }
  const status = statusOf(result.stdout, config.apiVersion);
  if (typeof status === "string") throw failed(status);
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = status;
  const pair =
    typeof certificate === "string" && typeof key === "string" && certificate !== "" ? { certificate, key } : null;
  const bearer = typeof token === "string" && token !== "" ? new Secret(token) : null;
  if (pair === null && bearer === null) throw failed("gave neither a token nor a certificate with its key");
  const expires = typeof expirationTimestamp === "string" ? Date.parse(expirationTimestamp) : Number.NaN;
  return { proof: { certificate: pair, token: bearer }, expires: Number.isNaN(expires) ? null : expires };
}

function statusOf(stdout: string, apiVersion: string): JsonObject | string {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    // Never quote what it printed: it may hold a token.
    return "did not print JSON";
  }
  if (!isJsonObject(answer) || answer["kind"] !== "ExecCredential") return "did not print an ExecCredential";
  if (answer["apiVersion"] !== apiVersion) {
    return `answered in ${String(answer["apiVersion"])}, but the kubeconfig asks for ${apiVersion}`;
  }
  return isJsonObject(answer["status"]) ? answer["status"] : "printed an ExecCredential without a status";
}

function execInfo(access: ClusterAccess, config: ExecCredentialConfig): JsonObject {
  return {
    apiVersion: config.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(config.provideClusterInfo ? { cluster: clusterInfo(access) } : {}) },
  };
}

function clusterInfo(access: ClusterAccess): JsonObject {
  return {
    server: access.server,
    ...(access.tlsServerName === null ? {} : { "tls-server-name": access.tlsServerName }),
    ...(access.insecureSkipTlsVerify ? { "insecure-skip-tls-verify": true } : {}),
    ...(access.certificateAuthority === null
      ? {}
      : { "certificate-authority-data": Buffer.from(access.certificateAuthority).toString("base64") }),
    ...(access.proxyUrl === null ? {} : { "proxy-url": access.proxyUrl }),
  };
}

function lastLines(stderr: string): string {
  return stderr.trim().split("\n").slice(-3).join(" ").slice(0, 500);
}
