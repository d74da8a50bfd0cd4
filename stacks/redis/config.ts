import { amountOf } from "../checks.ts";
import { CA_FILE, CERTIFICATE_FILE, KEY_FILE } from "../tls.ts";

export const PORT = 6379;

/** Where the files of the ConfigMap and of the Secret lie in the containers. */
export const CONFIG = "/etc/redis";
export const USERS = "/etc/redis-users";

/** What redis.conf depends on. */
export interface ServerSettings {
  readonly persistence: "both" | "aof" | "rdb";
  readonly eviction: string;
  readonly memory: string;
  readonly tls?: object;
}

/** How a server or a sentinel listens, and how it goes to others. With TLS there is no other port. Clients log in by password. */
export function listening(port: number, tls: object | undefined): string[] {
  if (tls === undefined) return ["bind * -::*", `port ${port}`];
  return [
    "bind * -::*",
    "port 0",
    `tls-port ${port}`,
    `tls-cert-file ${CERTIFICATE_FILE}`,
    `tls-key-file ${KEY_FILE}`,
    `tls-ca-cert-file ${CA_FILE}`,
    "tls-auth-clients no",
    "tls-replication yes",
  ];
}

/** The client with what it needs to be let in, as words. */
export function clientProgram(tls: object | undefined): readonly string[] {
  return ["redis-cli", ...(tls === undefined ? [] : ["--tls", "--cacert", CA_FILE])];
}

/**
 * What is left of the memory beside the data serves client buffers and the pages that change while a forked child
 * writes a snapshot or rewrites the AOF (redis.io, "Persistence").
 */
export function redisConf({ persistence, eviction, memory, tls }: ServerSettings): string {
  return [
    ...listening(PORT, tls),
    "# no password-less access: the ACL file gives the default user its password",
    "protected-mode no",
    `aclfile ${USERS}/users.acl`,
    "dir /data",
    "# a replica that needs everything begins at once instead of waiting five seconds for others",
    "repl-diskless-sync-delay 0",
    `appendonly ${persistence === "rdb" ? "no" : "yes"}`,
    "appendfsync everysec",
    `save ${persistence === "aof" ? '""' : "3600 1 300 100 60 10000"}`,
    `maxmemory ${Math.floor(amountOf(memory) * 0.75)}`,
    `maxmemory-policy ${eviction}`,
    "",
  ].join("\n");
}
