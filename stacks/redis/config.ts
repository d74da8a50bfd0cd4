import { amountOf } from "../checks.ts";

export const PORT = 6379;

/** Where the files of the ConfigMap and of the Secret lie in the containers. */
export const CONFIG = "/etc/redis";
export const USERS = "/etc/redis-users";

/** What redis.conf depends on. */
export interface ServerSettings {
  readonly persistence: "both" | "aof" | "rdb";
  readonly eviction: string;
  readonly memory: string;
}

/**
 * What is left of the memory beside the data serves client buffers and the pages that change while a forked child
 * writes a snapshot or rewrites the AOF (redis.io, "Persistence").
 */
export function redisConf({ persistence, eviction, memory }: ServerSettings): string {
  return [
    "bind * -::*",
    `port ${PORT}`,
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
