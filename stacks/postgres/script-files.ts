import { ARCHIVE, BASE, DUMP, RESTORE_BASE, RESTORE_DUMP, RESTORE_REPLICA } from "./backup-scripts.ts";
import { type Declared, declaredSql, ownRolesSql } from "./declared.ts";
import type { RestoreOptions } from "./options.ts";
import { VERIFIED_CONNECTION } from "./pods.ts";
import { CLONE, KEEP_PASSWORDS, optionsSh, PREPARE, SETTLE } from "./scripts.ts";

/** The files of the ConfigMap that all pods mount. They are read when they are needed, so that a change restarts nothing. */
export function scriptFiles(options: {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly replicas: number;
  readonly metrics?: boolean;
  readonly tls?: object;
  readonly restoreFrom?: RestoreOptions;
  readonly backup: { readonly method: "dump" | "wal"; readonly keep: number } | undefined;
  readonly declared: Declared;
}): Readonly<Record<string, string>> {
  const { name, namespace, host, replicas, restoreFrom = {}, backup, declared } = options;
  const member = (pod: string): string => `${pod}.${name}-headless.${namespace}.svc`;
  const { dump, base, until = "", replica } = restoreFrom;
  const values = {
    // By the Service, which leads to a primary that is ready; replicas follow the pod itself.
    PRIMARY: host,
    FIRST: member(`${name}-0`),
    FIRST_REPLICA: member(`${name}-replica-0`),
    READERS: `${name}-ro.${namespace}.svc`,
    REPLICAS: replicas,
    KEEP: backup?.keep ?? 0,
    DUMP: dump ?? "",
    BASE: base ?? "",
    UNTIL: until,
    VERIFIED: options.tls === undefined ? "" : VERIFIED_CONNECTION,
  };
  return {
    "options.sh": optionsSh(values),
    "prepare.sh": PREPARE,
    "clone.sh": CLONE,
    "passwords.sh": KEEP_PASSWORDS,
    "own-roles.sql": ownRolesSql({ metrics: options.metrics === true }),
    "settle.sh": SETTLE,
    "declared.sql": declaredSql(declared),
    ...(base !== undefined
      ? { "restore.sh": RESTORE_BASE }
      : replica === true
        ? { "restore.sh": RESTORE_REPLICA }
        : {}),
    ...(dump !== undefined ? { "restore-dump.sh": RESTORE_DUMP } : {}),
    ...(backup === undefined ? {} : { "backup.sh": backup.method === "wal" ? BASE : DUMP }),
    ...(backup?.method === "wal" ? { "archive.sh": ARCHIVE } : {}),
  };
}
