import { isIP } from "node:net";
import { DataKubernetesSecretV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-secret-v1/index.js";
import { Fn } from "cdktf";
import type { Construct } from "constructs";
import { type Check, fieldsOf, flag, listOf, objectName, show } from "./checks.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { OwnAuthority } from "./own-authority.ts";
import type { MetadataOf } from "./workload.ts";

/** Where certificates come from: exactly one of `selfSigned` and `secret`. */
export interface TlsOptions {
  /**
   * Makes an authority of the stack's own and a certificate for the names of all its Services and pods, and renews them: the
   * first `up` within the last 90 days of a certificate's year makes the next one.
   */
  readonly selfSigned?: boolean;
  /** With `selfSigned`: more DNS names or addresses for the certificate, such as those of a load balancer. */
  readonly hosts?: readonly string[];
  /**
   * Secret in the same namespace with tls.crt, tls.key (PKCS #8) and ca.crt, as cert-manager keeps them. It must be there
   * before: the plan fails where it, or one of its keys, does not exist.
   */
  readonly secret?: string;
}

const hostName: Check<string> = (value) => {
  if (typeof value === "string" && isIP(value) !== 0) return value;
  const label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
  if (typeof value === "string" && value.length <= 253 && new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`).test(value)) {
    return value;
  }
  throw new Error(`${show(value)} is not a DNS name or an address, such as db.example.com`);
};

const secretName: Check<string> = (value) => {
  if (typeof value === "string" && value.includes("/")) {
    throw new Error(`${show(value)} names a namespace: pods read Secrets of their own only, so the name alone`);
  }
  return objectName(value);
};

export const tlsChecks = { selfSigned: flag, hosts: listOf(hostName), secret: secretName };

/** `more`: fields that one stack has beside those of all. */
export function tlsOptions<T extends TlsOptions>(checks: Parameters<typeof fieldsOf<T>>[0]): Check<T> {
  const fields = fieldsOf<T>(checks);
  return (value) => {
    if (typeof value !== "object") throw new Error(`${show(value)} is not { selfSigned: true } or { secret: NAME }`);
    const read = fields(value);
    if ((read.selfSigned === true) === (read.secret !== undefined)) {
      throw new Error("says not exactly one of selfSigned: true and secret");
    }
    if (read.hosts !== undefined && read.selfSigned !== true) {
      throw new Error('"hosts" goes with "selfSigned" only: the certificate of a Secret has its names already');
    }
    return read;
  };
}

/** What the pods of a construct and its clients need. */
export interface Tls {
  /** Secret with tls.crt, tls.key and ca.crt. */
  readonly secret: string;
  /** Certificate of the authority to trust, PEM. */
  readonly ca: string;
  /** Another text for another certificate, key or authority. */
  readonly fingerprint: string;
}

/** Where pods mount it. */
export const TLS = "/etc/tls";
export const CA_FILE = `${TLS}/ca.crt`;
export const CERTIFICATE_FILE = `${TLS}/tls.crt`;
export const KEY_FILE = `${TLS}/tls.key`;

/**
 * `services`: names of the Services; `headless`: those whose pods are known by name; `hosts`: more names and addresses.
 * Undefined where the option is absent.
 */
export function tlsOf(
  scope: Construct,
  option: TlsOptions | undefined,
  names: {
    readonly metadata: MetadataOf;
    readonly services: readonly string[];
    readonly headless: readonly string[];
    readonly hosts?: readonly string[];
  },
): Tls | undefined {
  if (option === undefined) return undefined;
  const { metadata, services, headless } = names;
  const own = metadata("-tls");
  if (option.secret !== undefined) return fromSecret(scope, option.secret, own.namespace);
  // By port forwarding, and on kind, clients say localhost.
  const hosts = [...new Set(["localhost", ...(names.hosts ?? []), ...(option.hosts ?? [])])];
  const made = new OwnAuthority(scope, "tls", {
    names: [
      ...services.flatMap((name) => namesOf(name, own.namespace)),
      ...headless.flatMap((name) => namesOf(`*.${name}`, own.namespace).slice(2)),
      ...hosts.filter((each) => isIP(each) === 0),
    ],
    addresses: hosts.filter((each) => isIP(each) !== 0),
    metadata: own,
  });
  return {
    secret: made.secret.metadata.name,
    ca: made.ca,
    fingerprint: Fn.sha256(Fn.join("", [made.certificate, made.ca])),
  };
}

/** As clients of the namespace, of the cluster, and those that complete names say it. */
function namesOf(service: string, namespace: string): string[] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ];
}

function fromSecret(scope: Construct, name: string, namespace: string): Tls {
  const place = NamespacedStack.nameOf(scope, namespace);
  const found = new DataKubernetesSecretV1(scope, "tls", { metadata: { name, namespace: place } });
  const part = (key: string): string => Fn.lookup(found.data, key);
  const all = ["tls.crt", "tls.key", "ca.crt"].map(part);
  return {
    secret: found.metadata.name,
    // What clients trust is no secret.
    ca: Fn.nonsensitive(part("ca.crt")),
    fingerprint: Fn.nonsensitive(Fn.sha256(Fn.join("", all))),
  };
}

/** The volume; `keys`: which files, all where absent. A group's read is as much as PostgreSQL allows of a key that root owns. */
export function tlsVolume({ secret }: Tls, keys?: readonly string[]) {
  return {
    name: "tls",
    secret: { secretName: secret, defaultMode: "0440", items: keys?.map((key) => ({ key, path: key })) },
  };
}

export const tlsMount = { name: "tls", mountPath: TLS, readOnly: true };

/**
 * Of the pods of a set whose members speak either TLS with each other or not, and cannot be replaced one by one from
 * one to the other. As the selector of a set never changes, the set is made anew: all its pods stop, then all start.
 */
export function tlsLabel(tls: Tls | undefined): Record<string, string> {
  return tls === undefined ? {} : { transport: "tls" };
}
