import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { Password } from "@cdktf/provider-random/lib/password/index.js";
import type { Construct } from "constructs";
import type { MetadataOf } from "../workload.ts";
import type { Declared } from "./declared.ts";
import type { UserOptions } from "./options.ts";
import { PORT } from "./tuning.ts";

export interface Passwords {
  readonly superuser: Password;
  /** Those of the declared users. */
  readonly of: ReadonlyMap<string, Password>;
}

/** One password for each role, made once; another version makes it anew. */
export function makePasswords(scope: Construct, { users }: Declared, version: number | undefined): Passwords {
  const make = (id: string, own: number | undefined = version) => makePassword(scope, id, own);
  return {
    superuser: make("password-superuser"),
    of: new Map(
      [...users].map(([name, options], i) => [
        name,
        make(i === 0 ? "password" : `password-user-${name}`, options.passwordVersion),
      ]),
    ),
  };
}

/** All of them in one Secret, for the servers and the construct's own Jobs: superuser, replication, user-NAME. */
export function makePasswordSecret(
  scope: Construct,
  metadata: MetadataOf,
  { superuser, of }: Passwords,
  version: number | undefined,
): SecretV1 {
  const replication = makePassword(scope, "password-replication", version);
  const data = Object.fromEntries([...of].map(([name, password]) => [`user-${name}`, password.result]));
  return new SecretV1(scope, "passwords", {
    metadata: metadata("-passwords"),
    data: { superuser: superuser.result, replication: replication.result, ...data },
  });
}

function makePassword(scope: Construct, id: string, version: number | undefined): Password {
  return new Password(scope, id, {
    length: 32,
    special: false,
    keepers: version === undefined ? undefined : { version: String(version) },
  });
}

/** What a client needs, in a Secret of its own; made when the server knows the password. */
export function makeCredentials(
  scope: Construct,
  client: {
    readonly id: string;
    readonly metadata: ReturnType<MetadataOf>;
    readonly username: string;
    readonly password: Password;
    readonly database: string;
    readonly host: string;
    readonly readHost: string;
    /** The authority of encrypted connections, and whether there are no others. */
    readonly tls: { readonly ca: string; readonly required: boolean } | undefined;
    readonly after: Construct & { readonly fqn: string };
  },
): SecretV1 {
  const { username, password, database, host, readHost, tls } = client;
  const query = tls?.required === true ? "?sslmode=require" : "";
  const uri = (at: string) => `postgresql://${username}:${password.result}@${at}:${PORT}/${database}${query}`;
  const readOnly: Record<string, string> =
    readHost === host ? {} : { "read-host": readHost, "read-uri": uri(readHost) };
  return new SecretV1(scope, client.id, {
    metadata: client.metadata,
    data: {
      username,
      password: password.result,
      database,
      host,
      port: String(PORT),
      uri: uri(host),
      ...readOnly,
      ...(tls === undefined ? {} : { "ca.crt": tls.ca }),
    },
    dependsOn: [client.after],
  });
}

/** The database that a user's address names: the first that it owns, writes or reads. */
export function homeOf(user: string, { write = [], read = [] }: UserOptions, { databases }: Declared): string {
  const owned = [...databases].find(([, { owner }]) => owner === user)?.[0];
  return owned ?? write[0] ?? read[0] ?? [...databases.keys()][0]!;
}
