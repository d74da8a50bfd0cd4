import { UnreachableError } from "../../model/errors.ts";

/** A network or TLS error of Node's as an UnreachableError that says what is likely wrong. */
export function unreachable(server: string, error: unknown): UnreachableError {
  if (error instanceof UnreachableError) return error;
  const { code = "EUNKNOWN", message = String(error) } = error as { code?: string; message?: string };
  return new UnreachableError(server, code, describe(server, code, message), { cause: error });
}

/** Failures that a second try will not mend: the name, the certificates or the protocol are wrong. */
export function isLasting(code: string): boolean {
  return (
    code === "ENOTFOUND" || code === "ECLOSED" || isTlsFailure(code) || code === "EPROTO" || code.startsWith("EPROXY")
  );
}

function isTlsFailure(code: string): boolean {
  return /^(CERT_|ERR_TLS|ERR_SSL|ERR_OSSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/.test(code);
}

function describe(server: string, code: string, message: string): string {
  switch (code) {
    case "ECONNREFUSED":
      return `nothing answers at ${server} (connection refused); is the cluster running?`;
    case "ECONNRESET":
    case "EPIPE":
      return `the connection to ${server} was cut`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host name of ${server} cannot be resolved`;
    case "ETIMEDOUT":
      return `${server} does not answer (${message})`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `there is no route to ${server}`;
    case "CERT_HAS_EXPIRED":
      return `the certificate of ${server} has expired`;
    case "CERT_NOT_YET_VALID":
      return `the certificate of ${server} is not valid yet; is the clock of this machine right?`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate of ${server} is made out to another name (${message})`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "CERT_SIGNATURE_FAILURE":
      return `the certificate of ${server} is signed by an authority that the credentials do not name (${code})`;
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "EPROTO":
      return `${server} does not speak TLS`;
    default:
      if (/ALERT|UNKNOWN_CA|BAD_CERTIFICATE/.test(code)) return `${server} refused our client certificate (${message})`;
      return `${server} cannot be reached (${message})`;
  }
}
